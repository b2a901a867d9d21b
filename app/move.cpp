// `tilth move`, `tilth backup`, `tilth restore`: a lab's stream into another store. The stream
// alone rebuilds everything, so results are not copied: they are computed where the stream has
// gone.
#include "app/commands.h"
#include "app/lab_folder.h"
#include "app/stores.h"
#include "pipeline/copy_stream.h"
#include "pipeline/horizon.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace tilth::app {
namespace {

struct MoveArguments {
    std::string from;
    std::string to;
    std::string folder;
    std::string from_password_file;
    std::string to_password_file;
};

/// A stream, and the lock on its folder where it is a file.
struct OpenedStream {
    std::optional<LabFolder> folder;
    std::unique_ptr<archive::ArchivedStream> store;
};

Result<OpenedStream> Open(
    const Settings& settings, const std::string& url, const std::string& password_file
) {
    static const SystemClock kClock;
    Settings own = settings;
    own.stream = url;
    if (!password_file.empty()) own.stream_password_file = password_file;
    OpenedStream opened;
    if (!IsServer(url)) {
        if (!url.starts_with("sqlite:")) {
            return Fail(
                Fault::kBadInput,
                "\"{}\" is neither sqlite:FILE nor mongodb://user@host:27017/sensor",
                url.substr(0, url.find(':'))
            );
        }
        const std::filesystem::path file(url.substr(7));
        TILTH_TRY(
            LabFolder folder, LabFolder::Lock(file.has_parent_path() ? file.parent_path() : ".")
        );
        opened.folder.emplace(std::move(folder));
    }
    TILTH_TRY(opened.store, OpenStream(own, {}, kClock));
    return opened;
}

void ShowProgress(uint64_t done, uint64_t total) {
    using std::chrono::steady_clock;
    static steady_clock::time_point shown{};
    if (isatty(STDERR_FILENO) == 0 || steady_clock::now() - shown < std::chrono::milliseconds{500})
        return;
    shown = steady_clock::now();
    fmt::print(stderr, "\r{} of {} records", done, total);
}

/// Of a copy only what the stream still has can be computed.
Status SayWhatIsMissing(StreamStore& stream) {
    TILTH_TRY(const std::optional<pipeline::Horizon> horizon, pipeline::LatestHorizon(stream));
    if (!horizon) return {};
    fmt::print(
        stderr,
        "tilth: records from before {} were deleted from this stream by {}: the results made of "
        "them are only in its processed store\n",
        FormatRfc3339(horizon->before),
        horizon->who
    );
    return {};
}

Status CopyAll(OpenedStream& from, OpenedStream& to, bool is_final) {
    TILTH_TRY(
        const pipeline::CopyReport report,
        pipeline::CopyStream(*from.store, *to.store, is_final, ShowProgress)
    );
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r");
    TILTH_CHECK(SayWhatIsMissing(*from.store));
    fmt::print(
        "{} records, {} bytes of payload, {} copied now; both have the digest {}\n",
        report.records,
        report.payload_bytes,
        report.copied,
        report.digest
    );
    return {};
}

Status RunMove(Session& session, const MoveArguments& arguments) {
    TILTH_CHECK(session.Resolve());
    TILTH_TRY(
        OpenedStream from, Open(session.settings, arguments.from, arguments.from_password_file)
    );
    TILTH_TRY(OpenedStream to, Open(session.settings, arguments.to, arguments.to_password_file));
    return CopyAll(from, to, true);
}

std::string StreamOf(const Settings& settings) {
    return settings.stream.empty() ? "sqlite:" + (settings.data / "stream.sqlite").string()
                                   : settings.stream;
}
std::string StreamIn(const std::string& folder) {
    return "sqlite:" + (std::filesystem::path(folder) / "stream.sqlite").string();
}

Status RunBackup(Session& session, const MoveArguments& arguments) {
    TILTH_CHECK(session.Resolve());
    TILTH_TRY(OpenedStream from, Open(session.settings, StreamOf(session.settings), {}));
    TILTH_TRY(OpenedStream to, Open(session.settings, StreamIn(arguments.folder), {}));
    return CopyAll(from, to, false);
}

Status RunRestore(Session& session, const MoveArguments& arguments) {
    TILTH_CHECK(session.Resolve());
    const std::string backup = StreamIn(arguments.folder);
    if (!std::filesystem::exists(backup.substr(7)))
        return Fail(Fault::kNotFound, "there is no backup in {}", arguments.folder);
    TILTH_TRY(OpenedStream from, Open(session.settings, backup, {}));
    TILTH_TRY(OpenedStream to, Open(session.settings, StreamOf(session.settings), {}));
    return CopyAll(from, to, true);
}

}  // namespace

void AddMove(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<MoveArguments>();
    CLI::App* command =
        app.add_subcommand("move", "Copy a lab's stream into another store, and compare both");
    command->add_option("--from", arguments->from, "sqlite:FILE or mongodb://...")->required();
    command->add_option("--to", arguments->to, "the same; an empty store, or an unfinished copy")
        ->required();
    command
        ->add_option(
            "--from-password-file", arguments->from_password_file, "password of --from's user"
        )
        ->type_name("FILE");
    command
        ->add_option("--to-password-file", arguments->to_password_file, "password of --to's user")
        ->type_name("FILE");
    command->footer(
        "tilth move --from sqlite:$HOME/.local/share/tilth/stream.sqlite --to "
        "mongodb://tilth@mongo/sensor\n"
        "Nothing may write to the source any more. Results are computed again by the processors "
        "there."
    );
    session.AddPlace(*command);
    command->callback([&session, arguments] {
        session.Finish([&] { return RunMove(session, *arguments); });
    });
}

void AddBackup(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<MoveArguments>();
    CLI::App* command = app.add_subcommand(
        "backup", "Copy a lab's stream into a folder; again into the same: what is new"
    );
    command->add_option("FOLDER", arguments->folder, "made if it is not there")->required();
    command->footer(
        "A lab on servers may go on meanwhile; one on files must not be running.\n"
        "The stream alone rebuilds everything: tilth restore FOLDER"
    );
    session.AddPlace(*command);
    command->callback([&session, arguments] {
        session.Finish([&] { return RunBackup(session, *arguments); });
    });
}

void AddRestore(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<MoveArguments>();
    CLI::App* command =
        app.add_subcommand("restore", "Copy a backup into an empty stream store, and compare both");
    command->add_option("FOLDER", arguments->folder, "that tilth backup filled")->required();
    command->footer("Restore into new stores, both of them: results are computed from the stream.");
    session.AddPlace(*command);
    command->callback([&session, arguments] {
        session.Finish([&] { return RunRestore(session, *arguments); });
    });
}

}  // namespace tilth::app
