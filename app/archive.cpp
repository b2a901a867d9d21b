// `tilth archive`: old records in files beside the stream store.
#include "app/commands.h"
#include "app/lab.h"
#include "app/stop.h"
#include "app/stores.h"
#include "app/table.h"
#include "pipeline/horizon.h"
#include "pipeline/retention.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace tilth::app {
namespace {

struct ArchiveArguments {
    std::string older_than;
    std::string before;
    std::string who;
    std::string why;
    bool yes = false;
};

const char* NameOf(ArchiveState state) {
    switch (state) {
        case ArchiveState::kCopied:
            return "copied";
        case ArchiveState::kMoved:
            return "moved";
        case ArchiveState::kDeleted:
            return "deleted";
    }
    return "unknown";
}

/// False: asked to stop.
bool Wait(std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds kTick{100};
    for (; time.count() > 0 && !StopAsked(); time -= kTick)
        std::this_thread::sleep_for(std::min(time, kTick));
    return !StopAsked();
}

/// The lab's stores, opened by this process: where they are files, no other may have them.
Status OpenStores(Session& session, std::unique_ptr<Lab>& lab, const char* role) {
    TILTH_CHECK(session.Resolve());
    if (session.settings.stream.empty() &&
        !std::filesystem::exists(session.settings.data / "stream.sqlite")) {
        return Fail(Fault::kNotFound, "there is no lab in {}", session.settings.data.string());
    }
    lab = std::make_unique<Lab>(session.settings);
    return StartRole(*lab, role, nullptr);
}

Status Move(Session& session, const ArchiveArguments& arguments) {
    TILTH_TRY(const Duration age, ParseArchiveAge("--older-than", arguments.older_than));
    BlockStopSignals();
    std::unique_ptr<Lab> lab;
    TILTH_CHECK(OpenStores(session, lab, "stores"));
    TILTH_TRY(
        const pipeline::MoveReport report,
        pipeline::MoveOldRecords(*lab->stream, *lab->processed, lab->clock.Now() - age, Wait)
    );
    fmt::print(
        "{} records, {} bytes of payload, are in {} new files of {} bytes in {}\n",
        report.records,
        report.payload_bytes,
        report.files,
        report.file_bytes,
        lab->stream->folder().string()
    );
    return {};
}

Status List(Session& session) {
    std::unique_ptr<Lab> lab;
    TILTH_CHECK(OpenStores(session, lab, "stream"));
    TILTH_TRY(const std::vector<ArchivedRange> ranges, lab->stream->Archived());
    TablePrinter table(stdout);
    table.Add("file,state,writer,records,bytes,from,to\r\n");
    for (const ArchivedRange& range : ranges) {
        table.Add(fmt::format(
            "{},{},{},{},{},{},{}\r\n",
            range.file,
            NameOf(range.state),
            Raw(range.writer),
            range.records,
            range.file_bytes,
            FormatRfc3339(range.received_first),
            FormatRfc3339(range.received_last)
        ));
    }
    table.Finish();
    TILTH_TRY(
        const std::optional<pipeline::Horizon> horizon, pipeline::LatestHorizon(*lab->stream)
    );
    if (!horizon) return {};
    fmt::print(
        "deleted before {} by {} on {}: {}\n",
        FormatRfc3339(horizon->before),
        horizon->who,
        FormatRfc3339(horizon->when),
        horizon->why
    );
    return {};
}

Status Verify(Session& session) {
    std::unique_ptr<Lab> lab;
    TILTH_CHECK(OpenStores(session, lab, "stream"));
    TILTH_TRY(const std::vector<ArchivedRange> ranges, lab->stream->Archived());
    size_t good = 0;
    size_t bad = 0;
    for (const ArchivedRange& range : ranges) {
        if (range.state == ArchiveState::kDeleted) continue;
        const Status status = lab->stream->Verify(range);
        ++(status ? good : bad);
        if (!status) fmt::print(stderr, "fault: {}\n", status.error().message);
    }
    if (bad > 0) return Fail(Fault::kCorrupt, "{} of {} archive files are bad", bad, good + bad);
    fmt::print("{} archive files are whole\n", good);
    return {};
}

/// Without --yes it only says what it would delete.
Status Delete(Session& session, const ArchiveArguments& arguments) {
    TILTH_TRY(const Time before, ParseRfc3339(arguments.before));
    std::unique_ptr<Lab> lab;
    TILTH_CHECK(OpenStores(session, lab, "stores"));
    TILTH_TRY(const auto ranges, pipeline::FilesBefore(*lab->stream, before));
    if (!arguments.yes && !ranges.empty()) {
        for (const ArchivedRange& range : ranges) fmt::print("{}\n", range.file);
        return Fail(
            Fault::kRefused,
            "these {} files would be deleted for ever, and the results made of them could not be "
            "made again, with no other configuration either; say --yes if that is meant",
            ranges.size()
        );
    }
    TILTH_TRY(
        const pipeline::DeleteReport report,
        pipeline::DeleteArchived(
            *lab->stream,
            *lab->processed,
            lab->clock,
            {.before = before, .who = arguments.who, .why = arguments.why}
        )
    );
    fmt::print(
        "{} files of {} bytes with {} records are deleted; the results made of them stay\n",
        report.files,
        report.file_bytes,
        report.records
    );
    return {};
}

std::string LocalUser() {
    const char* user = std::getenv("USER");
    return user != nullptr && *user != '\0' ? user : "local";
}

}  // namespace

void AddArchive(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<ArchiveArguments>();
    CLI::App* archive =
        app.add_subcommand("archive", "Old records in files beside the stream store");
    archive->require_subcommand(1);
    archive->footer(
        "tilth archive move --older-than 90d\n"
        "tilth archive list\n"
        "tilth archive delete --before 2020-01-01T00:00:00Z --why \"the project has ended\"\n"
        "Archived records are read like all others, by replay, check and backup too. A lab on "
        "files "
        "must not be\nrunning; it can move them itself: tilth up --archive-after 90d"
    );
    const auto add = [&](const char* name, const char* help, auto run) {
        CLI::App* command = archive->add_subcommand(name, help);
        session.AddPlace(*command);
        command->callback([&session, run] { session.Finish(run); });
        return command;
    };
    CLI::App* move =
        add("move", "Move records of at least an age into archive files", [&session, arguments] {
            return Move(session, *arguments);
        });
    move->add_option("--older-than", arguments->older_than, "age since they came, such as 90d")
        ->required()
        ->type_name("AGE");
    add("list", "The files, and which records each has", [&session] { return List(session); });
    add("verify", "Read every file and compare it with what was written", [&session] {
        return Verify(session);
    });
    CLI::App* remove =
        add("delete",
            "Delete files for ever; the results made of them stay, and are not made again",
            [&session, arguments] { return Delete(session, *arguments); });
    remove->add_option("--before", arguments->before, "files whose records all came before this")
        ->required()
        ->type_name("TIME");
    remove->add_option("--why", arguments->why, "kept in the stream")
        ->required()
        ->type_name("TEXT");
    arguments->who = LocalUser();
    remove->add_option("--who", arguments->who, "kept with it")
        ->capture_default_str()
        ->type_name("NAME");
    remove->add_flag("--yes", arguments->yes, "really; without it the files are only named");
}

}  // namespace tilth::app
