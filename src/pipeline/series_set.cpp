#include "pipeline/series_set.h"

#include "pipeline/flag_order.h"

#include <algorithm>
#include <utility>

namespace tilth::pipeline {
namespace {

TimeRange Touched(std::span<const qc::Arrival> arrivals) {
    const auto [first, last] = std::ranges::minmax_element(arrivals, {}, &qc::Arrival::time);
    return {first->time, last->time + Duration{1}};
}

}  // namespace

SeriesSet::SeriesSet(
    const ProcessingConfig& config,
    Identifier& identifier,
    const std::vector<Datastream>& known,
    const std::vector<ManualFlag>& flags,
    const SeriesVersions* versions
)
    : config_(config), identifier_(identifier), flags_(flags) {
    if (versions != nullptr) versions_.emplace(*versions);
    for (const Datastream& datastream : known) may_have_rows_.insert(datastream.id);
    std::ranges::sort(flags_, StandsBefore);
    find_ = [this](DatastreamId id) -> const Series* {
        const auto found = index_.find(id);
        return found == index_.end() ? nullptr : &series_[found->second];
    };
}

Status SeriesSet::Grow(std::span<const size_t> changed) {
    for (const size_t index : changed) {
        if (index >= series_.size() || series_[index].IsMadeFor(identifier_.datastreams()[index]))
            continue;
        TILTH_CHECK(ChangeTests(index));
    }
    registered_.assign(changed.begin(), changed.end());
    const std::deque<Datastream>& datastreams = identifier_.datastreams();
    while (series_.size() < datastreams.size()) TILTH_CHECK(AddSeries(datastreams[series_.size()]));
    return {};
}

Status SeriesSet::AddSeries(const Datastream& datastream) {
    const size_t index = series_.size();
    TILTH_TRY(qc::Checker checker, CheckerOf(config_, datastream));
    Series& series = series_.emplace_back(datastream, std::move(checker));
    index_.emplace(series.id, index);
    if (!may_have_rows_.contains(series.id)) {
        series.state.StartEmpty();
        if (!series.derived) series.known.StartEmpty();
        series.rollups.emplace(open_rows_);
    }
    ConnectCompanions(index);
    if (const auto waiting = waiting_dependents_.find(series.id);
        waiting != waiting_dependents_.end()) {
        series.dependents = std::move(waiting->second);
        waiting_dependents_.erase(waiting);
        for (const size_t dependent : series.dependents) {
            const auto& uses = series_[dependent].checker.companions();
            for (size_t i = 0; i < uses.size(); ++i) {
                if (uses[i].id == series.id) series_[dependent].companions[i] = index;
            }
        }
    }
    for (size_t i = 0; i < config_.site.derivations.size(); ++i) {
        if (config_.site.derivations[i].source == series.name) series.derivations.push_back(i);
    }
    if (series.derived) return {};
    for (const ManualFlag& flag : flags_) {
        if (flag.datastream == series.name) series.manual_flags.push_back(flag);
    }
    return {};
}

Status SeriesSet::ChangeTests(size_t index) {
    Series& series = series_[index];
    const Datastream& datastream = identifier_.datastreams()[index];
    TILTH_TRY(qc::Checker checker, CheckerOf(config_, datastream));
    DisconnectCompanions(index);
    series.unit = datastream.unit;
    series.sensor = datastream.sensor;
    series.checker = std::move(checker);
    series.state.Reset();
    series.known.Touch(Time::min());
    ConnectCompanions(index);
    changed_.push_back(index);
    return {};
}

void SeriesSet::ConnectCompanions(size_t index) {
    Series& series = series_[index];
    for (const qc::CompanionUse& use : series.checker.companions()) {
        const auto found = index_.find(use.id);
        const bool is_there = found != index_.end();
        series.companions.push_back(is_there ? found->second : Series::kNone);
        std::vector<size_t>& dependents =
            is_there ? series_[found->second].dependents : waiting_dependents_[use.id];
        dependents.push_back(index);
    }
}

void SeriesSet::DisconnectCompanions(size_t index) {
    Series& series = series_[index];
    for (const qc::CompanionUse& use : series.checker.companions()) {
        const auto found = index_.find(use.id);
        std::erase(
            found != index_.end() ? series_[found->second].dependents : waiting_dependents_[use.id],
            index
        );
    }
    series.companions.clear();
}

Status SeriesSet::Apply(
    ProcessTransaction& transaction,
    const Intake& intake,
    const std::vector<DirtyRange>& dirty,
    size_t known_rows
) {
    known_rows_ = known_rows;
    again_.clear();
    TakeFlags(intake);
    for (const DirtyRange& range : dirty) {
        const auto found = index_.find(range.datastream);
        // A derived series follows its source, and is never judged by itself.
        if (found != index_.end() && !series_[found->second].derived)
            again_.push_back({found->second, range.range});
    }
    TILTH_CHECK(Lock(transaction, intake));
    // What is stored of these was judged by other tests, which nothing new may be joined to.
    for (const size_t index : std::exchange(changed_, {}))
        TILTH_CHECK(Recompute(transaction, index, {}));
    // Datastreams whose tests read no other come first; a test reads values only, so one more round
    // is enough.
    for (const bool reads_others : {false, true}) {
        tasks_.clear();
        for (const size_t index : intake.touched()) {
            if (series_[index].companions.empty() == reads_others) continue;
            tasks_.push_back({index, Touched(intake.ArrivalsOf(index))});
        }
        TILTH_CHECK(ForGroups(transaction, tasks_, [&](const Task& task) {
            return ApplyArrivals(transaction, task, intake.ArrivalsOf(task.series));
        }));
    }
    tasks_.clear();
    for (const Again& again : again_) tasks_.push_back({again.series, again.range});
    TILTH_CHECK(ForGroups(transaction, tasks_, [&](const Task& task) {
        return Recompute(transaction, task.series, task.touched);
    }));
    return FinishAll(transaction);
}

/// Everything a batch may read or write is locked at once, so that no two transactions wait for
/// each other.
Status SeriesSet::Lock(ProcessTransaction& transaction, const Intake& intake) {
    std::vector<size_t> changing = intake.touched();
    changing.insert(changing.end(), changed_.begin(), changed_.end());
    changing.insert(changing.end(), registered_.begin(), registered_.end());
    for (const Again& again : again_) changing.push_back(again.series);
    std::vector<DatastreamId> ids;
    for (const size_t index : changing) {
        AddLocks(index, ids);
        for (const size_t dependent : series_[index].dependents) AddLocks(dependent, ids);
    }
    // Also those that are not known here: who makes one must see the flag, or the other way round.
    for (const ManualFlag& flag : intake.manual_flags()) ids.push_back(IdOf(flag.datastream));
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    TILTH_TRY(const std::vector<uint64_t> versions, transaction.Lock(ids));
    return versions_ ? versions_->Check(ids, versions) : Status{};
}

/// What is read and written when a series is judged.
void SeriesSet::AddLocks(size_t index, std::vector<DatastreamId>& ids) const {
    const Series& series = series_[index];
    ids.push_back(series.id);
    for (const qc::CompanionUse& use : series.checker.companions()) ids.push_back(use.id);
    for (const size_t derivation : series.derivations) {
        AddLocks(index_.at(config_.site.derivations[derivation].datastream.id), ids);
    }
}

/// A flag that comes in behind others of its datastream moves their numbers, which their rows refer
/// to.
void SeriesSet::TakeFlags(const Intake& intake) {
    const auto insert = [](std::vector<ManualFlag>& flags, const ManualFlag& flag) {
        return flags.insert(std::ranges::upper_bound(flags, flag, StandsBefore), flag);
    };
    for (const ManualFlag& flag : intake.manual_flags()) {
        insert(flags_, flag);
        const auto found = index_.find(IdOf(flag.datastream));
        if (found == index_.end() || series_[found->second].derived) continue;
        std::vector<ManualFlag>& flags = series_[found->second].manual_flags;
        for (auto at = insert(flags, flag); at != flags.end(); ++at)
            again_.push_back({found->second, at->range});
    }
}

void SeriesSet::Use(size_t index) {
    if (series_[index].used == 0) used_.push_back(index);
}

Status SeriesSet::Prepare(ProcessTransaction& transaction, Series& series) {
    if (series.rollups) return {};
    TILTH_TRY(const std::optional<Time> last, transaction.LastTime(series.id));
    series.rollups.emplace(open_rows_, last);
    return {};
}

qc::Surroundings SeriesSet::Around(qc::RowSource& source, const Series& series) {
    companion_states_.clear();
    for (const size_t companion : series.companions) {
        companion_states_.push_back(
            companion == Series::kNone ? nullptr : &series_[companion].state
        );
    }
    return {source, companion_states_, series.manual_flags};
}

Status SeriesSet::ApplyArrivals(
    ProcessTransaction& transaction, const Task& task, std::span<const qc::Arrival> arrivals
) {
    Series& series = series_[task.series];
    MarkDependents(series, task.touched);
    TILTH_CHECK(Prepare(transaction, series));
    ForgetSnapshots(series, task.touched.from);
    TransactionRows rows(transaction, series, find_);
    Use(task.series);
    TILTH_CHECK(engine_.Apply(
        series.checker, arrivals, Around(rows, series), series.state, series.SpareOutput()
    ));
    series.KeepOutput();
    return {};
}

/// A dependent's rows that may have seen an older value are computed again; rows that come after
/// the new values, as live readings do, are judged with them in the first place.
void SeriesSet::MarkDependents(const Series& series, TimeRange changed) {
    for (const size_t dependent : series.dependents) {
        const Series& other = series_[dependent];
        for (const qc::CompanionUse& use : other.checker.companions()) {
            if (use.id != series.id) continue;
            const TimeRange range = qc::DependentRange(changed, use);
            const Observation* end = other.state.Last();
            const bool is_ahead =
                other.state.loaded() && (end == nullptr || end->time < range.from);
            if (!is_ahead) again_.push_back({dependent, range});
        }
    }
}

Status SeriesSet::Recompute(ProcessTransaction& transaction, size_t index, TimeRange range) {
    Series& series = series_[index];
    TILTH_CHECK(Prepare(transaction, series));
    ForgetSnapshots(series, range.from);
    TransactionRows rows(transaction, series, find_);
    Use(index);
    TILTH_CHECK(engine_.Recompute(
        series.checker, range, Around(rows, series), series.state, series.SpareOutput()
    ));
    series.KeepOutput();
    return {};
}

/// Roll-ups and derived rows of what changed; a derived series is appended to those in use and
/// finished in its turn.
Status SeriesSet::Finish(ProcessTransaction& transaction, size_t index) {
    Series& series = series_[index];
    TransactionRows source(transaction, series, find_);
    const auto read = [&source](TimeRange range) { return source.Rows(range, 0); };
    for (size_t i = 0; i < series.used; ++i) {
        const qc::SeriesOutput& output = series.outputs[i];
        for (const qc::ChangedPart& part : output.parts) {
            TILTH_CHECK(
                series.rollups->Update(part.range, output.RowsOf(part), read, series.rollup_changes)
            );
        }
        if (!series.derivations.empty()) DeriveFrom(series, i);
    }
    for (const size_t derivation : series.derivations) {
        Series& derived = series_[index_.at(config_.site.derivations[derivation].datastream.id)];
        TILTH_CHECK(Prepare(transaction, derived));
    }
    return {};
}

void SeriesSet::DeriveFrom(const Series& source, size_t output_index) {
    const qc::SeriesOutput& from = source.outputs[output_index];
    for (const size_t index : source.derivations) {
        const Derivation& derivation = config_.site.derivations[index];
        const size_t target = index_.at(derivation.datastream.id);
        Series& derived = series_[target];
        Use(target);
        qc::SeriesOutput& output = derived.SpareOutput();
        output.parts = from.parts;
        Derive(derivation, from.rows, output.rows);
        derived.KeepOutput();
    }
}

}  // namespace tilth::pipeline
