#include "backend/duckdb/transaction.h"

#include "backend/duckdb/queries.h"

#include <algorithm>

namespace tilth::duckdb {
namespace {

/// The neutral element of a hull: a change that readers do not see.
constexpr TimeRange kNothingToSee{Time::max(), Time::min()};

bool InOrder(const Observation& a, const Observation& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.counts != b.counts) return a.counts;
    return a.reading_id < b.reading_id;
}

Status CheckRows(const SeriesChange& change) {
    for (size_t i = 0; i < change.rows.size(); ++i) {
        const bool inside = change.range.Contains(change.rows[i].time);
        const bool ordered = i == 0 || InOrder(change.rows[i - 1], change.rows[i]);
        if (!inside || !ordered) {
            return Fail(
                Fault::kBadInput,
                "row {} of datastream {} is {}",
                i,
                Raw(change.datastream),
                inside ? "out of order" : "outside of the range it replaces"
            );
        }
    }
    return {};
}

}  // namespace

Transaction::Transaction(Core& core, GenerationId generation, Lease lease)
    : core_(core),
      lock_(core.writer.mutex),
      generation_(generation),
      lease_(std::move(lease)),
      connection_(core.writer.connection),
      tables_(core.writer.TablesOf(generation)) {}

Result<std::unique_ptr<Transaction>> Transaction::Begin(
    Core& core, GenerationId generation, const Lease& lease
) {
    {
        const std::scoped_lock lock(core.memory_mutex);
        const auto found = std::ranges::find(core.memory.list, generation, &Generation::id);
        if (found == core.memory.list.end() || found->state == GenerationState::kRetired) {
            return Fail(Fault::kNotFound, "no generation {} to write to", Raw(generation));
        }
    }
    TILTH_CHECK(core.leases.Check(lease));
    std::unique_ptr<Transaction> transaction(new Transaction(core, generation, lease));
    if (!core.memory.generations.contains(generation)) {
        transaction->open_ = false;
        return Fail(Fault::kNotFound, "generation {} was dropped", Raw(generation));
    }
    if (core.suspect) {
        transaction->open_ = false;
        return Fail(Fault::kUnavailable, "the processed store must be opened again");
    }
    core.GuardCheckpoints();
    if (auto begun = core.writer.connection.Execute("BEGIN"); !begun) {
        core.Suspect();
        transaction->open_ = false;
        return std::unexpected(std::move(begun.error()));
    }
    return transaction;
}

Transaction::~Transaction() {
    if (!open_) return;
    tables_.Abandon();
    if (!connection_.Execute("ROLLBACK")) core_.Suspect();
}

const std::vector<TailRow>& Transaction::TailOf(DatastreamId datastream) const {
    static const std::vector<TailRow> kNone;
    if (const auto mine = tails_.find(datastream); mine != tails_.end()) return mine->second;
    const auto before = Before().series.find(datastream);
    return before == Before().series.end() ? kNone : before->second.tail;
}

std::optional<int32_t> Transaction::KnownNumberOf(DatastreamId datastream) const {
    const auto known = core_.memory.series.find(datastream);
    if (known != core_.memory.series.end()) return known->second;
    const auto fresh = new_series_.find(datastream);
    if (fresh != new_series_.end()) return fresh->second;
    return std::nullopt;
}

int32_t Transaction::NumberOf(DatastreamId datastream) {
    if (const auto number = KnownNumberOf(datastream)) return *number;
    const auto number = static_cast<int32_t>(core_.memory.series.size() + new_series_.size()) + 1;
    new_series_.emplace(datastream, number);
    return number;
}

void Transaction::NoteChange(DatastreamId datastream, TimeRange range) {
    TimeRange& hull = changed_.try_emplace(datastream, kNothingToSee).first->second;
    hull.from = std::min(hull.from, range.from);
    hull.to = std::max(hull.to, range.to);
}

Result<std::vector<uint64_t>> Transaction::Lock(std::span<const DatastreamId> datastreams) {
    // There is one transaction at a time, so all are locked already.
    std::vector<uint64_t> versions;
    versions.reserve(datastreams.size());
    for (const DatastreamId datastream : datastreams) {
        const auto found = Before().series.find(datastream);
        const uint64_t version = found == Before().series.end() ? 0 : found->second.version;
        versions.push_back(std::max(version, core_.memory.token_at_opening));
    }
    return versions;
}

// ---------------------------------------------------------------- rows of series

Status Transaction::Apply(int32_t series, const TailPlan& plan) {
    for (const TimeRange& range : plan.deletes) {
        TILTH_CHECK(tables_.observation.Delete(series, range));
    }
    for (const auto rows : plan.inserts) TILTH_CHECK(tables_.observation.Append(series, rows));
    for (const auto& rows : plan.rewritten) {
        TILTH_CHECK(tables_.observation.Append(series, rows));
    }
    return {};
}

Status Transaction::ExtendTail(int32_t series, std::vector<TailRow>& tail, Time from) {
    TILTH_CHECK(tables_.observation.Flush());
    const TimeRange missing{from, tail.front().row.time};
    TILTH_TRY(
        const std::vector<Observation> rows,
        SelectObservations(connection_, tables_.schema, series, missing)
    );
    std::vector<TailRow> longer;
    for (const Observation& row : rows) {
        longer.push_back({row, row.provisional});
        longer.back().row.provisional = false;
    }
    longer.insert(longer.end(), tail.begin(), tail.end());
    tail = std::move(longer);
    return {};
}

Status Transaction::RefillTail(int32_t series, TailPlan& plan) {
    TILTH_CHECK(tables_.observation.Flush());
    const Time end = plan.tail.empty() ? Time::max() : plan.tail.front().row.time;
    TILTH_TRY(
        Statement * select,
        connection_.Cached(fmt::format(
            "SELECT coalesce(max(time) FILTER (counts), max(time)), count(*) FROM {}.observation"
            " WHERE series = $1 AND time < $2",
            tables_.schema
        ))
    );
    select->Bind(0, series);
    select->Bind(1, end);
    TILTH_TRY(Rows newest, select->Run());
    TILTH_CHECK(newest.Next());
    if (newest.size() == 0 || newest.Column<int64_t>(1)[0] == 0) return {};
    const Time from = FromMicros(newest.Column<int64_t>(0)[0]);
    TILTH_TRY(
        const std::vector<Observation> rows,
        SelectObservations(connection_, tables_.schema, series, {from, end})
    );
    TailPlan refill;
    for (const Observation& row : rows) {
        refill.tail.push_back({row, row.provisional});
        refill.tail.back().row.provisional = false;
    }
    refill.tail.insert(refill.tail.end(), plan.tail.begin(), plan.tail.end());
    RewriteMisleading(refill);
    TILTH_CHECK(Apply(series, refill));
    plan.tail = std::move(refill.tail);
    return {};
}

Status Transaction::WriteSeries(const SeriesChange& change) {
    TILTH_CHECK(CheckRows(change));
    if (change.range.Empty()) return {};
    const int32_t series = NumberOf(change.datastream);
    std::vector<TailRow> tail = TailOf(change.datastream);
    const bool had_rows = !tail.empty();
    const Time known_from = KnownFrom(tail, change);
    if (had_rows && known_from < tail.front().row.time) {
        TILTH_CHECK(ExtendTail(series, tail, known_from));
    }
    TailPlan plan = PlanChange(tail, known_from, change);
    TILTH_CHECK(Apply(series, plan));
    if (had_rows && !HasCountingRow(plan.tail)) TILTH_CHECK(RefillTail(series, plan));
    tails_[change.datastream] = std::move(plan.tail);
    NoteChange(change.datastream, change.range);
    return {};
}

Status Transaction::Write(std::span<const SeriesChange> changes) {
    for (const SeriesChange& change : changes) TILTH_CHECK(WriteSeries(change));
    return {};
}

// ---------------------------------------------------------------- roll-ups and checkpoints

Status Transaction::LoadNewestRollups() {
    auto& newest = tables_.newest_rollups.emplace();
    for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
        TILTH_TRY(
            Rows rows,
            connection_.Query(fmt::format(
                "SELECT series, max(time) FROM {}.{} GROUP BY series",
                tables_.schema,
                TableOf(level)
            ))
        );
        while (true) {
            TILTH_TRY(const bool more, rows.Next());
            if (!more) break;
            for (size_t i = 0; i < rows.size(); ++i) {
                NewestRollups& mine = newest[rows.Column<int32_t>(0)[i]];
                const Time time = FromMicros(rows.Column<int64_t>(1)[i]);
                (level == RollupLevel::kHour ? mine.hour : mine.day) = time;
            }
        }
    }
    return {};
}

Status Transaction::WriteRollups(const RollupChange& change) {
    const bool ordered = std::ranges::is_sorted(change.rows, std::less_equal{}, &Rollup::start);
    for (const Rollup& row : change.rows) {
        if (!change.range.Contains(row.start) || !ordered) {
            return Fail(
                Fault::kBadInput,
                "the roll-ups of datastream {} are out of order or outside of their range",
                Raw(change.datastream)
            );
        }
    }
    const int32_t series = NumberOf(change.datastream);
    const bool hourly = change.level == RollupLevel::kHour;
    RangeTable<Rollup>& table = hourly ? tables_.hourly : tables_.daily;
    NewestRollups& both = (*tables_.newest_rollups)[series];
    Time& newest = hourly ? both.hour : both.day;
    // Beyond the newest there is nothing to delete, which is the common case.
    if (change.range.from <= newest) TILTH_CHECK(table.Delete(series, change.range));
    TILTH_CHECK(table.Append(series, change.rows));
    if (!change.rows.empty()) newest = std::max(newest, change.rows.back().start);
    NoteChange(change.datastream, change.range);
    return {};
}

Status Transaction::Write(std::span<const RollupChange> changes) {
    if (!tables_.newest_rollups) TILTH_CHECK(LoadNewestRollups());
    for (const RollupChange& change : changes) TILTH_CHECK(WriteRollups(change));
    return {};
}

Status Transaction::Write(std::span<const CheckpointChange> changes) {
    for (const CheckpointChange& change : changes) {
        const int32_t series = NumberOf(change.datastream);
        TILTH_CHECK(tables_.checkpoint.Delete(series, {change.from, Time::max()}));
        TILTH_CHECK(tables_.checkpoint.Append(series, change.rows));
        NoteChange(change.datastream, kNothingToSee);
    }
    return {};
}

}  // namespace tilth::duckdb
