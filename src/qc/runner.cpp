#include "qc/runner.h"

#include "qc/series_rows.h"

#include <algorithm>
#include <cmath>

namespace tilth::qc {
namespace {

constexpr size_t kBlockRows = 4096;

}  // namespace

size_t Runner::ContextRows(const Checker& checker) {
    return std::max(checker.reach().rows_back, kMinimumContext);
}

void Runner::Begin(
    SeriesState& state, std::vector<Observation> context, std::vector<FoldState> folds, Time from
) const {
    state.Reset();
    state.rows_ = std::move(context);
    state.pending_ = state.rows_.size();
    state.folds_ = std::move(folds);
    state.folds_.resize(checker_.folds().size());
    state.known_from_ = from;
    if (!state.rows_.empty()) state.settled_time_ = state.rows_.back().time;
    state.loaded_ = true;
}

Status Runner::Step(
    SeriesState& state, std::vector<Observation>& settled, std::vector<SavedFold>& checkpoints
) const {
    state.folds_.resize(checker_.folds().size());
    segment_.Build(checker_, state.rows_, state.pending_);
    TILTH_CHECK(segment_.LookUpCompanions(checker_, around_.companions, around_.source));
    const size_t end = segment_.SettledEnd(checker_.reach());
    segment_.Evaluate(checker_, end, {state.folds_, state.settled_time_, checkpoints});
    Write(state, end);

    const bool all = end == segment_.size();
    const size_t end_row = all ? state.rows_.size() : segment_.RowOf(end);
    const auto at = [&state](size_t row) {
        return state.rows_.begin() + static_cast<ptrdiff_t>(row);
    };
    settled.insert(settled.end(), at(state.pending_), at(end_row));
    if (end > segment_.first()) state.settled_time_ = segment_.TimeOf(end - 1);

    const size_t context = ContextRows(checker_);
    const size_t keep = end > context ? segment_.RowOf(end - context) : 0;
    if (keep > 0) {
        state.known_from_ = std::max(state.known_from_, state.rows_[keep].time);
        state.rows_.erase(state.rows_.begin(), at(keep));
    }
    state.pending_ = end_row - keep;
    return {};
}

void Runner::Write(SeriesState& state, size_t settled_end) const {
    size_t column = segment_.first();
    Time group{};
    bool group_provisional = false;
    for (size_t i = state.pending_; i < state.rows_.size(); ++i) {
        Observation& row = state.rows_[i];
        if (column == segment_.size() || segment_.RowOf(column) != i) {
            JudgeOutside(row, row.time == group && group_provisional);
            continue;
        }
        row.objected = segment_.Objected(column);
        row.not_evaluated = segment_.NotEvaluated(column);
        row.flag = PrimaryFlag(std::isnan(row.value), segment_.Heaviest(column));
        row.provisional = column >= settled_end;
        ApplyManual(row);
        group = row.time;
        group_provisional = row.provisional;
        ++column;
    }
}

void Runner::JudgeOutside(Observation& row, bool provisional) const {
    const uint64_t arrival = checker_.arrival_tests().bits();
    row.objected = TestSet(row.objected.bits() & arrival);
    row.not_evaluated = TestSet(row.not_evaluated.bits() & arrival);
    const bool failed = !row.objected.Empty();
    if (failed && row.counts) {
        row.not_evaluated = TestSet(
            row.not_evaluated.bits() | (checker_.tests().bits() & ~KeptTests(checker_).bits())
        );
    }
    row.flag = PrimaryFlag(std::isnan(row.value), failed ? Verdict::kFail : Verdict::kNotEvaluated);
    row.provisional = provisional;
    ApplyManual(row);
}

void Runner::ApplyManual(Observation& row) const {
    row.manual_flag = 0;
    if (manual_.empty()) return;
    row.manual_flag = manual_.At(row.time);
    const bool missing = row.flag == QualityFlag::kMissing;
    if (row.manual_flag != 0 && !missing) row.flag = manual_.FlagOf(row.manual_flag);
}

void Runner::AppendPending(const SeriesState& state, std::vector<Observation>& rows) const {
    rows.insert(
        rows.end(), state.rows_.begin() + static_cast<ptrdiff_t>(state.pending_), state.rows_.end()
    );
}

Status Runner::Take(
    SeriesState& state,
    std::span<const Arrival> arrivals,
    std::vector<Observation>& settled,
    std::vector<SavedFold>& checkpoints
) const {
    for (size_t i = 0; i < arrivals.size();) {
        const size_t block_end = state.rows_.size() + kBlockRows;
        while (i < arrivals.size() && state.rows_.size() < block_end) {
            const size_t group = state.rows_.size();
            const Time time = arrivals[i].time;
            for (; i < arrivals.size() && arrivals[i].time == time; ++i) {
                state.rows_.push_back(RowOf(arrivals[i], checker_));
            }
            if (state.rows_.size() - group > 1) MergeRows(state.rows_, group, checker_);
        }
        TILTH_CHECK(Step(state, settled, checkpoints));
    }
    return {};
}

Time Runner::PendingFrom(const SeriesState& state, Time otherwise) {
    return state.pending_ < state.rows_.size() ? state.rows_[state.pending_].time : otherwise;
}

bool Runner::PendingHasOutside(const SeriesState& state, const Checker& checker) {
    const auto pending = std::span(state.rows_).subspan(state.pending_);
    return std::ranges::any_of(pending, [&checker](const Observation& row) {
        return row.counts && Outside(row, checker);
    });
}

}  // namespace tilth::qc
