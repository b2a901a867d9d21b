#include "pipeline/retention.h"

#include "telemetry/log.h"

#include <algorithm>
#include <map>

namespace tilth::pipeline {
namespace {

using telemetry::Level;
using telemetry::Log;

constexpr std::chrono::hours kInterval{1};

/// For each writer the place that all generations have come past.
Result<std::map<WriterId, Sequence>> PassedByAll(ProcessedStore& processed) {
    TILTH_TRY(const std::vector<Generation> generations, processed.Generations());
    std::map<WriterId, Sequence> passed;
    bool is_first = true;
    for (const Generation& generation : generations) {
        if (generation.state == GenerationState::kRetired) continue;
        TILTH_TRY(const auto cursors, processed.Cursors(generation.id));
        std::map<WriterId, Sequence> both;
        for (const auto& [writer, places] : cursors) {
            const Sequence place = std::ranges::min(places);
            if (is_first)
                both[writer] = place;
            else if (const auto before = passed.find(writer); before != passed.end())
                both[writer] = std::min(before->second, place);
        }
        passed = std::move(both);
        is_first = false;
    }
    if (is_first)
        return Fail(Fault::kUnavailable, "no record can be moved: there are no results yet");
    return passed;
}

}  // namespace

Result<MoveReport> MoveOldRecords(
    archive::ArchivedStream& stream, ProcessedStore& processed, Time before, const Waiter& wait
) {
    TILTH_TRY([[maybe_unused]] const archive::Descriptor lock, stream.LockArchive());
    TILTH_CHECK(stream.RemoveLeftovers());
    TILTH_TRY(const auto passed, PassedByAll(processed));
    MoveReport report;
    for (const auto& [writer, place] : passed) {
        const archive::MoveLimits limits{
            .writer = writer, .up_to = place, .received_before = before};
        while (true) {
            TILTH_TRY(const std::optional<ArchivedRange> moved, stream.CopyOut(limits));
            if (!moved) break;
            ++report.files;
            report.records += moved->records;
            report.payload_bytes += moved->payload_bytes;
            report.file_bytes += moved->file_bytes;
            if (!wait(std::chrono::milliseconds{0}))
                return Fail(Fault::kUnavailable, "stopped; the next move goes on from here");
        }
    }
    TILTH_CHECK(stream.RemoveCopied(wait));
    return report;
}

Retention::Retention(
    archive::ArchivedStream& stream, ProcessedStore& processed, const Clock& clock, Duration age
)
    : stream_(stream), processed_(processed), clock_(clock), age_(age) {
    thread_ = std::thread([this] { Run(); });
}

Retention::~Retention() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

bool Retention::Wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !wake_.wait_for(lock, time, [this] { return stop_; });
}

void Retention::Run() {
    do {
        MoveOnce();
    } while (Wait(kInterval));
}

void Retention::MoveOnce() {
    const Result<MoveReport> report = MoveOldRecords(
        stream_, processed_, clock_.Now() - age_, [this](auto time) { return Wait(time); }
    );
    if (!report && report.error().fault == Fault::kConflict) return;  // another process does it
    if (!report && !Wait(std::chrono::milliseconds{0})) return;       // asked to stop
    if (!report) {
        Log(Level::kWarning,
            "old records were not moved into archive files; it will be tried again",
            {{"reason", report.error().message}});
    } else if (report->files > 0) {
        Log(Level::kInfo,
            "old records are in archive files now",
            {{"files", report->files},
             {"records", report->records},
             {"payload_bytes", report->payload_bytes},
             {"file_bytes", report->file_bytes}});
    }
}

}  // namespace tilth::pipeline
