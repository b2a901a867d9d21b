// A stored series in memory, for tests: what the engine reads from, and what its output is applied
// to.
#pragma once

#include "qc/engine.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tilth::qc {

class MemorySeries final : public RowSource {
  public:
    /// Does what a processed store does with the output. Returns what is wrong with it, or nothing.
    std::string Write(const SeriesOutput& out);

    const std::vector<Observation>& rows() const { return rows_; }
    const std::vector<SavedFold>& checkpoints() const { return checkpoints_; }
    void AddCompanion(DatastreamId id, const MemorySeries& series) { companions_[id] = &series; }
    /// How often the engine asked, and how many rows it got, since the last time this was asked.
    size_t TakeQuestions() { return std::exchange(questions_, 0); }
    size_t TakeRowsRead() { return std::exchange(rows_read_, 0); }

    Result<std::vector<Observation>> Rows(TimeRange range, size_t before) override {
        ++questions_;
        const auto first = std::ranges::lower_bound(rows_, range.from, {}, &Observation::time);
        auto end = std::ranges::lower_bound(rows_, range.to, {}, &Observation::time);
        if (range.Empty()) end = first;
        std::vector<Observation> found;
        for (auto row = first; row != rows_.begin() && before > 0;) {
            --row;
            if (!row->counts) continue;
            found.push_back(*row);
            --before;
        }
        std::ranges::reverse(found);
        found.insert(found.end(), first, end);
        rows_read_ += found.size();
        return found;
    }

    Result<std::vector<SavedFold>> CheckpointsBefore(Time time) override {
        ++questions_;
        std::map<int, SavedFold> latest;
        for (const SavedFold& fold : checkpoints_) {
            if (fold.time < time) latest[fold.test] = fold;
        }
        std::vector<SavedFold> found;
        for (auto& [test, fold] : latest) found.push_back(fold);
        return found;
    }

    Result<std::vector<SavedFold>> CheckpointsFrom(Time time) override {
        ++questions_;
        const auto first = std::ranges::lower_bound(checkpoints_, time, {}, &SavedFold::time);
        return std::vector<SavedFold>(first, checkpoints_.end());
    }

    Result<std::vector<Observation>> CompanionRows(DatastreamId companion, TimeRange range)
        override {
        ++questions_;
        const auto found = companions_.find(companion);
        if (found == companions_.end()) return std::vector<Observation>{};
        const auto& rows = found->second->rows();
        const auto first = std::ranges::lower_bound(rows, range.from, {}, &Observation::time);
        const auto end = std::ranges::lower_bound(rows, range.to, {}, &Observation::time);
        return std::vector<Observation>(first, end);
    }

  private:
    std::string Replace(const ChangedPart& part, std::span<const Observation> with);

    std::vector<Observation> rows_;
    std::vector<SavedFold> checkpoints_;
    std::map<DatastreamId, const MemorySeries*> companions_;
    size_t questions_ = 0;
    size_t rows_read_ = 0;
};

inline std::string MemorySeries::Replace(
    const ChangedPart& part, std::span<const Observation> with
) {
    const auto first = std::ranges::lower_bound(rows_, part.range.from, {}, &Observation::time);
    const auto end = std::ranges::lower_bound(rows_, part.range.to, {}, &Observation::time);
    for (auto row = first; row != end; ++row) {
        if (part.tail_only && !row->provisional)
            return "tail_only, but a stored row is not provisional";
    }
    for (size_t i = 0; i < with.size(); ++i) {
        if (!part.range.Contains(with[i].time)) return "a row outside its part";
        if (i > 0 && with[i].time < with[i - 1].time) return "rows out of order";
    }
    const auto at = rows_.erase(first, end);
    rows_.insert(at, with.begin(), with.end());
    return "";
}

inline std::string MemorySeries::Write(const SeriesOutput& out) {
    std::vector<ChangedPart> parts = out.parts;
    std::ranges::sort(parts, {}, [](const ChangedPart& part) { return part.range.from; });
    for (size_t i = 1; i < parts.size(); ++i) {
        if (parts[i].range.from < parts[i - 1].range.to) {
            return fmt::format(
                "part from {} overlaps the one before it, to {}",
                FormatRfc3339(parts[i].range.from),
                FormatRfc3339(parts[i - 1].range.to)
            );
        }
    }
    for (const ChangedPart& part : parts) {
        const std::string problem = Replace(part, out.RowsOf(part));
        if (!problem.empty()) return problem;
    }
    const auto gone =
        std::ranges::lower_bound(checkpoints_, out.checkpoints_from, {}, &SavedFold::time);
    checkpoints_.erase(gone, checkpoints_.end());
    checkpoints_.insert(checkpoints_.end(), out.checkpoints.begin(), out.checkpoints.end());
    const bool ordered = std::ranges::is_sorted(checkpoints_, {}, &SavedFold::time);
    return ordered ? "" : "checkpoints out of order";
}

}  // namespace tilth::qc
