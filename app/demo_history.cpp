#include "app/demo_history.h"

#include "app/lab.h"
#include "pipeline/config_history.h"
#include "pipeline/import.h"
#include "pipeline/notes.h"

#include <algorithm>

namespace tilth::app {
namespace {

constexpr std::string_view kDone = "Two years of emulated history were imported";

Result<bool> IsDone(StreamStore& stream) {
    TILTH_TRY(const auto notes, pipeline::FindNotes(stream, {}));
    return std::ranges::any_of(notes, [](const pipeline::FieldNote& note) { return note.text == kDone; });
}

/// Ends where the lab began, so that a run that was interrupted makes the same files again.
Result<TimeRange> HistoryRange(Lab& lab) {
    TILTH_TRY(const auto configs, pipeline::ConfigHistory(*lab.stream));
    const Time began = configs.empty() ? lab.clock.Now() : configs.back().when;
    return TimeRange{FloorDay(began) - std::chrono::days{730}, FloorHour(began)};
}

Status ImportNode(
    Lab& lab, field::Field& field, uint64_t node, TimeRange range, const pipeline::ImportProgress& progress
) {
    pipeline::ImportOptions options;
    options.format = "csv";
    options.mapping = DemoHistoryMapping(field, node);
    const std::string name = field.DescribeNode(node).name + "-history.csv";
    const std::string csv = DemoHistory(field, node, range);
    TILTH_TRY(
        const pipeline::ImportReport report,
        pipeline::ImportFile(*lab.stream, lab.clock, name, csv, options, progress)
    );
    if (report.cancelled) return Fail(Fault::kUnavailable, "interrupted; the next start goes on");
    return {};
}

Status ImportAll(Lab& lab, TimeRange range, const pipeline::Tasks::Report& report) {
    TILTH_TRY(field::Field field, field::Field::Make(DemoField(lab.settings.emulate, lab.settings.seed)));
    // Of a large field the first nodes have a past.
    const uint64_t nodes = std::min<uint64_t>(field.NodeCount(), 64);
    const auto hours = static_cast<uint64_t>((range.to - range.from) / std::chrono::hours{1});
    for (uint64_t n = 0; n < nodes; ++n) {
        const uint64_t node = n + 1 == nodes ? field.NodeCount() - 1 : n;
        const auto progress = [&](const pipeline::ImportReport& so_far) {
            lab.processing->Notify();
            return report({n * hours + so_far.rows, nodes * hours, field.DescribeNode(node).name});
        };
        TILTH_CHECK(ImportNode(lab, field, node, range, progress));
    }
    pipeline::FieldNote note;
    note.time = note.when = lab.clock.Now();
    note.text = kDone;
    note.who = "tilth";
    return pipeline::AppendChange(*lab.stream, lab.clock, RecordKind::kFieldNote, "", pipeline::Encode(note));
}

}  // namespace

Status BeginDemoHistory(Lab& lab) {
    TILTH_TRY(const bool is_done, IsDone(*lab.stream));
    if (is_done) return {};
    TILTH_TRY(const TimeRange range, HistoryRange(lab));
    lab.tasks->Add("history", "two years of the emulated field", "rows", [&lab, range](const auto& report) {
        return ImportAll(lab, range, report);
    });
    return {};
}

}  // namespace tilth::app
