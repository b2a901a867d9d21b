// `tilth journal`: what the broker's plugin has kept and the broker may not have saved.
#include "app/commands.h"
#include "base/text.h"
#include "base/time.h"
#include "broker_plugin/recovery.h"
#include "broker_plugin/segment_file.h"
#include "broker_plugin/subscription_book.h"

#include <CLI/CLI.hpp>

namespace tilth::app {
namespace {

using broker_plugin::Kind;
using broker_plugin::Record;
using broker_plugin::SegmentHeader;
using broker_plugin::SegmentPath;
using broker_plugin::SegmentReader;

struct JournalArguments {
    std::string folder;
    std::string id;
    uint64_t limit = 50;
};

/// The folder that was named, else that of the lab's own broker.
std::filesystem::path FolderOf(const JournalArguments& arguments, const Settings& settings) {
    if (!arguments.folder.empty()) return arguments.folder;
    return settings.data / "broker" / "journal";
}

struct SegmentFacts {
    SegmentHeader header;
    uint64_t messages = 0;
    uint64_t end = 0;
    uint64_t damaged = 0;
    uint64_t first_damage = 0;
};

Result<SegmentFacts> Examine(const SegmentPath& segment) {
    TILTH_TRY(const auto file, broker_plugin::MappedFile::Open(segment.path));
    TILTH_TRY(SegmentReader reader, SegmentReader::Open(file.bytes()));
    SegmentFacts facts{reader.header()};
    while (const auto entry = reader.Next())
        facts.messages += entry->record.kind == Kind::kMessage ? 1 : 0;
    facts.end = reader.end();
    facts.damaged = reader.damaged();
    facts.first_damage = reader.first_damage();
    return facts;
}

/// How many messages a start would publish again.
Result<uint64_t> CountUnsaved(const std::vector<SegmentPath>& segments) {
    TILTH_TRY(
        const broker_plugin::Recovered recovered,
        broker_plugin::Recover(
            segments, [](const broker_plugin::BrokerRun&, const Record&) { return Status{}; }
        )
    );
    return recovered.messages;
}

Status List(const std::filesystem::path& folder) {
    TILTH_TRY(const std::vector<SegmentPath> segments, broker_plugin::ListSegments(folder));
    fmt::print(
        "{:<18}{:<18}{:<22}{:>10}{:>12}{:>12}\n",
        "segment",
        "run",
        "created",
        "messages",
        "bytes",
        "of"
    );
    for (const SegmentPath& segment : segments) {
        const auto facts = Examine(segment);
        if (!facts) {
            fmt::print("{:016x}  {}\n", segment.sequence, facts.error().message);
            continue;
        }
        fmt::print(
            "{:016x}  {:016x}  {:<22}{:>10}{:>12}{:>12}\n",
            segment.sequence,
            facts->header.run.number,
            FormatRfc3339(FromMicros(facts->header.created / 1'000'000 * 1'000'000)),
            facts->messages,
            facts->end,
            segment.bytes
        );
    }
    TILTH_TRY(const uint64_t unsaved, CountUnsaved(segments));
    fmt::print("{} messages would be published again by a start of the broker\n", unsaved);
    return {};
}

void PrintRecord(const SegmentHeader& header, const Record& record) {
    const broker_plugin::MessageId id(header.run, record.counter);
    fmt::print(
        "{}  {}  QoS {}{}  {}  {}\n",
        id.view(),
        FormatRfc3339(FromMicros(record.arrival)),
        record.qos,
        record.retain ? " retained" : "",
        Printable(record.topic),
        Printable(record.payload, 200)
    );
}

Status Show(const std::filesystem::path& folder, const JournalArguments& arguments) {
    TILTH_TRY(const std::vector<SegmentPath> segments, broker_plugin::ListSegments(folder));
    uint64_t left = arguments.limit;
    uint64_t shown = 0;
    std::vector<std::string> damage;
    TILTH_CHECK(broker_plugin::ReadJournal(
        segments,
        [&](const SegmentHeader& header, const Record& record) {
            if (record.kind != Kind::kMessage) return true;
            const broker_plugin::MessageId id(header.run, record.counter);
            if (!arguments.id.empty() && !id.view().starts_with(arguments.id)) return true;
            if (left == 0) return false;
            --left;
            ++shown;
            PrintRecord(header, record);
            return true;
        },
        damage
    ));
    if (shown == 0 && !arguments.id.empty())
        return Fail(Fault::kNotFound, "the journal has no message {}", arguments.id);
    return {};
}

/// Prints a line for each damage; returns how many there are.
Result<uint64_t> VerifySegments(const std::vector<SegmentPath>& segments, uint64_t& messages) {
    uint64_t bad = 0;
    for (const SegmentPath& segment : segments) {
        const auto facts = Examine(segment);
        if (!facts) {
            fmt::print("{}: {}\n", segment.path.string(), facts.error().message);
            ++bad;
            continue;
        }
        messages += facts->messages;
        if (facts->damaged == 0) continue;
        fmt::print(
            "{}: {} bytes between good records are damaged, the first at {}\n",
            segment.path.string(),
            facts->damaged,
            facts->first_damage
        );
        ++bad;
    }
    return bad;
}

Status Verify(const std::filesystem::path& folder) {
    TILTH_TRY(const std::vector<SegmentPath> segments, broker_plugin::ListSegments(folder));
    uint64_t messages = 0;
    TILTH_TRY(uint64_t bad, VerifySegments(segments, messages));
    const auto book = broker_plugin::SubscriptionBook::Read(folder / "subscriptions");
    if (!book) {
        fmt::print("{}\n", book.error().message);
        ++bad;
    }
    fmt::print("{} segments, {} messages, {} damaged files\n", segments.size(), messages, bad);
    if (bad != 0)
        return Fail(
            Fault::kCorrupt, "the journal {} is damaged; the rest can be read", folder.string()
        );
    return {};
}

}  // namespace

void AddJournal(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<JournalArguments>();
    CLI::App* journal = app.add_subcommand(
        "journal", "The broker's journal: what was acknowledged and may not be saved yet"
    );
    journal->require_subcommand(1);
    journal->footer(
        "tilth journal list\n"
        "tilth journal show --id 6b056a94fac36115 /var/lib/mosquitto/journal"
    );
    const auto add = [&](const char* name, const char* help, auto run) {
        CLI::App* command = journal->add_subcommand(name, help);
        command->add_option("FOLDER", arguments->folder, "of the journal; default: the lab's");
        session.AddPlace(*command);
        command->callback([&session, arguments, run] {
            session.Finish([&]() -> Status {
                TILTH_CHECK(session.Resolve());
                return run(FolderOf(*arguments, session.settings), *arguments);
            });
        });
        return command;
    };
    using Folder = const std::filesystem::path&;
    add("list",
        "Its segments, and how much a start would publish again",
        [](Folder folder, const JournalArguments&) { return List(folder); });
    CLI::App* show = add("show", "Its messages, the oldest first", Show);
    show->add_option("--id", arguments->id, "only ids that begin so");
    show->add_option("--limit", arguments->limit)->capture_default_str();
    add("verify", "Checks every byte", [](Folder folder, const JournalArguments&) {
        return Verify(folder);
    });
}

}  // namespace tilth::app
