// What a step writes, and what stays in memory of it after the commit.
#include "pipeline/series_set.h"

#include <algorithm>
#include <deque>

namespace tilth::pipeline {
namespace {

constexpr size_t kKeptRows = 64;  ///< Of each series, between steps.

}  // namespace

Status SeriesSet::Write(ProcessTransaction& transaction, StepReport& report) {
    TILTH_CHECK(WriteOutputs(transaction, report));
    TILTH_CHECK(WriteRollups(transaction, report));
    TILTH_CHECK(WriteCheckpoints(transaction));
    return TouchCompanions(transaction);
}

/// A process that writes a datastream judges those that depend on it anew, as far as it knows them.
/// So it must learn of a new one: the versions of what the new one depends on, which are locked
/// here and there, rise.
Status SeriesSet::TouchCompanions(ProcessTransaction& transaction) {
    touched_.clear();
    if (!versions_) return {};
    for (const size_t index : registered_) {
        for (const qc::CompanionUse& use : series_[index].checker.companions())
            touched_.push_back(use.id);
    }
    std::ranges::sort(touched_);
    touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
    return touched_.empty() ? Status{} : transaction.Touch(touched_);
}

Status SeriesSet::WriteOutputs(ProcessTransaction& transaction, StepReport& report) {
    written_.clear();
    for (const size_t index : used_) {
        const Series& series = series_[index];
        for (size_t i = 0; i < series.used; ++i) {
            const qc::SeriesOutput& output = series.outputs[i];
            for (const qc::ChangedPart& part : output.parts) {
                written_.push_back({series.id, part.range, part.tail_only, output.RowsOf(part)});
                report.rows += part.count;
                if (!part.tail_only) report.revised += part.count;
            }
        }
    }
    return written_.empty() ? Status{} : transaction.Write(written());
}

Status SeriesSet::WriteRollups(ProcessTransaction& transaction, StepReport& report) {
    std::vector<RollupChange> changes;
    for (const size_t index : used_) {
        const Series& series = series_[index];
        for (const RollupWriter::Change& change : series.rollup_changes) {
            changes.push_back({series.id, change.level, change.range, change.rows});
            report.rollups += change.rows.size();
        }
    }
    return changes.empty() ? Status{} : transaction.Write(std::span<const RollupChange>(changes));
}

Status SeriesSet::WriteCheckpoints(ProcessTransaction& transaction) {
    std::deque<std::vector<Checkpoint>> rows;
    std::vector<ProcessTransaction::CheckpointChange> changes;
    for (const size_t index : used_) {
        const Series& series = series_[index];
        for (size_t i = 0; i < series.used; ++i) {
            const qc::SeriesOutput& output = series.outputs[i];
            if (output.checkpoints_from == Time::max()) continue;
            std::vector<Checkpoint>& mine = rows.emplace_back();
            for (const qc::SavedFold& fold : output.checkpoints) {
                mine.push_back({series.id, fold.test, fold.time, fold.state});
            }
            changes.push_back({series.id, output.checkpoints_from, mine});
        }
    }
    if (changes.empty()) return {};
    return transaction.Write(std::span<const ProcessTransaction::CheckpointChange>(changes));
}

void SeriesSet::Committed() {
    if (versions_) versions_->Committed(written_, touched_);
    written_.clear();
    for (const size_t index : used_) {
        Series& series = series_[index];
        KeepKnown(series);
        series.used = 0;
        series.rollup_changes.clear();
        // What live readings need is kept for the next ones; what a backlog needed is not.
        const bool is_large =
            std::ranges::any_of(series.outputs, [](const qc::SeriesOutput& output) {
                return output.rows.capacity() > kKeptRows;
            });
        if (!is_large) continue;
        series.outputs.clear();
        series.rollup_changes.shrink_to_fit();
    }
    used_.clear();
    read_ahead_rows_ = 0;
}

size_t SeriesSet::MemoryBytes() const {
    size_t bytes = 0;
    for (const Series& series : series_) {
        bytes += sizeof(Series) + series.state.MemoryBytes();
        bytes += series.known.size() * sizeof(Observation);
    }
    return bytes;
}

}  // namespace tilth::pipeline
