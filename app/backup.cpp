// `tilth backup`, `tilth restore`: a copy of a lab that is the same lab.
#include "app/commands.h"
#include "app/results_backup.h"
#include "app/stream_copy.h"

#include <CLI/CLI.hpp>

#include <filesystem>

namespace tilth::app {
namespace {

std::string StreamOf(const Settings& settings) {
    return settings.stream.empty() ? "sqlite:" + (settings.data / "stream.sqlite").string()
                                   : settings.stream;
}
std::string StreamIn(const std::string& folder) {
    return "sqlite:" + (std::filesystem::path(folder) / "stream.sqlite").string();
}

/// Results first: so they are never ahead of the stream they are restored beside.
Status RunBackup(Session& session, const std::string& folder) {
    TILTH_CHECK(session.Resolve());
    TILTH_TRY(OpenedStream from, OpenForCopy(session.settings, StreamOf(session.settings)));
    TILTH_TRY(
        OpenedStream to, OpenForCopy(session.settings, StreamIn(folder), {}, from.store->LabId())
    );
    TILTH_CHECK(BackupResults(session.settings, folder));
    return CopyAll(from, to, false);
}

Status RunRestore(Session& session, const std::string& folder) {
    TILTH_CHECK(session.Resolve());
    const std::string backup = StreamIn(folder);
    if (!std::filesystem::exists(backup.substr(7)))
        return Fail(Fault::kNotFound, "there is no backup in {}", folder);
    TILTH_TRY(OpenedStream from, OpenForCopy(session.settings, backup));
    TILTH_TRY(
        OpenedStream to,
        OpenForCopy(session.settings, StreamOf(session.settings), {}, from.store->LabId())
    );
    TILTH_CHECK(CopyAll(from, to, true));
    return RestoreResults(session.settings, folder);
}

}  // namespace

void AddBackup(CLI::App& app, Session& session) {
    auto folder = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("backup", "Copy a lab into a folder; again into the same: what is new");
    command->add_option("FOLDER", *folder, "made if it is not there")->required();
    command->footer(
        "A lab on servers may go on meanwhile; one on files must not be running.\n"
        "Results on PostgreSQL are copied by pg_dump where it is installed; the stream alone "
        "rebuilds "
        "them."
    );
    session.AddPlace(*command);
    command->callback([&session, folder] {
        session.Finish([&] { return RunBackup(session, *folder); });
    });
}

void AddRestore(CLI::App& app, Session& session) {
    auto folder = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("restore", "Copy a backup into empty stores, and compare the streams");
    command->add_option("FOLDER", *folder, "that tilth backup filled")->required();
    command->footer(
        "Both stores must be new. It is the same lab again: do not start it beside the old one."
    );
    session.AddPlace(*command);
    command->callback([&session, folder] {
        session.Finish([&] { return RunRestore(session, *folder); });
    });
}

}  // namespace tilth::app
