#include "app/demo_history.h"

#include "app/stop.h"
#include "pipeline/config_history.h"
#include "pipeline/import.h"
#include "pipeline/notes.h"

#include <algorithm>
#include <chrono>

namespace tilth::app {
namespace {

constexpr Duration kHistory = std::chrono::days{730};
constexpr std::string_view kDone = "Two years of emulated history were imported";

Result<bool> IsDone(StreamStore& stream) {
    TILTH_TRY(const auto notes, pipeline::FindNotes(stream, {}));
    return std::ranges::any_of(notes, [](const pipeline::FieldNote& note) {
        return note.text == kDone;
    });
}

/// Ends where the lab began, so that a run that was interrupted makes the same files again.
Result<TimeRange> HistoryRange(Lab& lab) {
    TILTH_TRY(const auto configs, pipeline::ConfigHistory(*lab.stream));
    const Time began = configs.empty() ? lab.clock.Now() : configs.back().when;
    // Up to the last full hour, of which the row is the last.
    const Time until = FloorHour(began - HeadStart(lab.settings.speed));
    return TimeRange{FloorDay(began) - kHistory, until + std::chrono::hours{1}};
}

/// One line a second, and one at the end.
class Progress {
  public:
    Progress(Say say, uint64_t total) : say_(say), total_(total) {}

    void Report(uint64_t done) {
        const auto now = std::chrono::steady_clock::now();
        const double seconds = std::chrono::duration<double>(now - start_).count();
        const bool is_last = done == total_;
        if (say_ == nullptr || (now - said_ < std::chrono::seconds{1} && !is_last)) return;
        said_ = now;
        const double rate = static_cast<double>(done) / seconds;
        say_(
            is_last ? fmt::format("history    {} rows of two years, in {:.1f} s", total_, seconds)
                    : fmt::format(
                          "history    {:.0f} %, {:.0f} rows/s, about {:.0f} s left",
                          100.0 * static_cast<double>(done) / static_cast<double>(total_),
                          rate,
                          static_cast<double>(total_ - done) / rate
                      )
        );
    }

  private:
    const Say say_;
    const uint64_t total_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point said_ = start_;
};

/// False: a stop was asked for.
Result<bool> ImportNode(
    Lab& lab,
    field::Field& field,
    uint64_t node,
    TimeRange range,
    const pipeline::ImportProgress& progress
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
    return !report.cancelled && !StopAsked();
}

/// The note in the lab's own journal is what tells the next start that the history is complete.
Status NoteDone(Lab& lab) {
    pipeline::FieldNote note;
    note.time = note.when = lab.clock.Now();
    note.text = kDone;
    note.who = "tilth";
    return pipeline::AppendChange(
        *lab.stream, note.when, RecordKind::kFieldNote, "", pipeline::Encode(note)
    );
}

}  // namespace

Duration HeadStart(double speed) {
    const auto hours = std::chrono::duration<double, std::ratio<3600>>(std::max(0.0, speed - 1));
    return std::min(std::chrono::duration_cast<Duration>(hours), kHistory);
}

Status ImportDemoHistory(Lab& lab, Say say) {
    TILTH_TRY(const bool is_done, IsDone(*lab.stream));
    if (is_done) return {};
    TILTH_TRY(const TimeRange range, HistoryRange(lab));
    TILTH_TRY(
        field::Field field, field::Field::Make(DemoField(lab.settings.emulate, lab.settings.seed))
    );
    // Of a large field the first nodes have a past.
    const uint64_t nodes = std::min<uint64_t>(field.NodeCount(), 64);
    const auto hours = static_cast<uint64_t>((range.to - range.from) / std::chrono::hours{1});
    Progress progress(say, nodes * hours);
    for (uint64_t n = 0; n < nodes; ++n) {
        const uint64_t node = n + 1 == nodes ? field.NodeCount() - 1 : n;
        const auto report = [&](const pipeline::ImportReport& so_far) {
            lab.processing->Notify();
            progress.Report(n * hours + so_far.rows);
            return !StopAsked();
        };
        TILTH_TRY(const bool go_on, ImportNode(lab, field, node, range, report));
        if (!go_on) return {};
    }
    return NoteDone(lab);
}

}  // namespace tilth::app
