#include "backend/postgresql/transaction.h"

#include "backend/postgresql/leases.h"
#include "backend/postgresql/queries.h"
#include "backend/postgresql/schema.h"
#include "base/mutant.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

bool InOrder(const Observation& a, const Observation& b) {
    if (a.time != b.time) return a.time < b.time;
    if (a.counts != b.counts) return a.counts;
    return a.reading_id < b.reading_id;
}

Status CheckRows(const SeriesChange& change) {
    for (size_t i = 0; i < change.rows.size(); ++i) {
        const bool inside = change.range.Contains(change.rows[i].time);
        const bool ordered = i == 0 || InOrder(change.rows[i - 1], change.rows[i]);
        if (inside && ordered && IsStorable(change.rows[i].time)) continue;
        return Fail(
            Fault::kBadInput,
            "row {} of datastream {} is {}",
            i,
            Raw(change.datastream),
            !inside    ? "outside of the range it replaces"
            : !ordered ? "out of order"
                       : "before 4714 BC, which PostgreSQL has no place for"
        );
    }
    return {};
}

std::shared_ptr<const Tail> NoTail() {
    static const auto kNone = std::make_shared<const Tail>();
    return kNone;
}

void Widen(TimeRange& hull, TimeRange range) {
    hull.from = std::min(hull.from, range.from);
    hull.to = std::max(hull.to, range.to);
}

}  // namespace

Transaction::Transaction(
    const std::shared_ptr<Core>& core, Loan loan, GenerationId generation, Lease lease
)
    : owned_(core),
      core_(*core),
      loan_(std::move(loan)),
      connection_(*loan_),
      generation_(generation),
      schema_(SchemaOf(generation)),
      lease_(std::move(lease)),
      observation_(connection_, core_.partitions, generation, schema_ + ".observation"),
      hourly_(connection_, core_.partitions, generation, schema_ + ".hourly"),
      daily_(connection_, core_.partitions, generation, schema_ + ".daily"),
      checkpoint_(connection_, core_.partitions, generation, schema_ + ".checkpoint") {}

Transaction::~Transaction() {
    if (open_ && connection_.IsLinked()) static_cast<void>(connection_.Execute("ROLLBACK"));
}

Result<std::unique_ptr<Transaction>> Transaction::Begin(
    const std::shared_ptr<Core>& core, GenerationId generation, const Lease& lease
) {
    TILTH_TRY(Loan idle, core->pool.Take());
    const bool may_be_broken = !idle.is_fresh();
    std::unique_ptr<Transaction> transaction(
        new Transaction(core, std::move(idle), generation, lease)
    );
    Status started = transaction->Start();
    if (!started && may_be_broken && !transaction->connection_.IsLinked()) {
        TILTH_TRY(Loan fresh, core->pool.TakeFresh());
        transaction.reset(new Transaction(core, std::move(fresh), generation, lease));
        started = transaction->Start();
    }
    if (!started) return std::unexpected(started.error());
    return transaction;
}

/// The generation's row is held, so that it is neither switched nor dropped while this transaction
/// runs: then the change feed can begin anew at a switch (change_feed.h).
Status Transaction::Start() {
    connection_.Queue("BEGIN");
    connection_.Queue(
        "SELECT state FROM tilth.generation WHERE id = $1 FOR KEY SHARE",
        Params().Add(Raw(generation_))
    );
    if (lease_.partitions.any() && !IsMutant("no-fencing"))
        connection_.Queue(kCheckLease, CheckLeaseParams(core_, lease_, false));
    TILTH_TRY(const std::vector<Rows> begun, connection_.Send());
    const Rows& state = begun[1];
    if (state.size() == 0 ||
        state.Get<int16_t>(0, 0) == static_cast<int16_t>(GenerationState::kRetired)) {
        return Fail(Fault::kNotFound, "no generation {} to write to", Raw(generation_));
    }
    return {};
}

// ---------------------------------------------------------------- locking

Status Transaction::SelectLocked(const std::vector<DatastreamId>& ids) {
    std::vector<int64_t> numbers;
    for (const DatastreamId id : ids) numbers.push_back(Raw(id));
    TILTH_TRY(
        const Rows rows,
        connection_.Cached(
            fmt::format(
                "SELECT datastream, series, version, since, newest_hour, newest_day, ctid FROM "
                "{}.series"
                " WHERE datastream = ANY($1) ORDER BY datastream FOR NO KEY UPDATE",
                schema_
            ),
            Params().Add(std::span<const int64_t>(numbers))
        )
    );
    for (size_t i = 0; i < rows.size(); ++i) {
        Series& series = series_[DatastreamId{rows.Get<int64_t>(i, 0)}];
        series.number = rows.Get<int32_t>(i, 1);
        series.version = static_cast<uint64_t>(rows.Get<int64_t>(i, 2));
        series.since = rows.TimeAt(i, 3);
        series.newest_hour = rows.TimeAt(i, 4);
        series.newest_day = rows.TimeAt(i, 5);
        series.place = rows.PlaceAt(i, 6);
    }
    return {};
}

Status Transaction::LockMissing(std::vector<DatastreamId> missing) {
    std::ranges::sort(missing);
    missing.erase(std::ranges::unique(missing).begin(), missing.end());
    TILTH_CHECK(SelectLocked(missing));
    std::vector<DatastreamId> fresh;
    std::vector<int64_t> numbers;
    for (const DatastreamId id : missing) {
        if (series_.contains(id)) continue;
        fresh.push_back(id);
        numbers.push_back(Raw(id));
    }
    if (!fresh.empty()) {
        // In order, as locks are taken, so that two that add the same do not wait for each other.
        TILTH_CHECK(connection_.Cached(
            fmt::format(
                "INSERT INTO {}.series (datastream) SELECT d FROM unnest($1::bigint[]) AS d"
                " ORDER BY d ON CONFLICT (datastream) DO NOTHING",
                schema_
            ),
            Params().Add(std::span<const int64_t>(numbers))
        ));
        TILTH_CHECK(SelectLocked(fresh));
    }
    return LoadTails(missing);
}

Status Transaction::LoadTails(const std::vector<DatastreamId>& ids) {
    std::vector<StoredRange> ranges;
    std::vector<Series*> loaded;
    for (const DatastreamId id : ids) {
        Series& series = series_.at(id);
        if (series.since == Time::max()) {
            series.tail = NoTail();
            continue;
        }
        series.tail = core_.tails.Find(generation_, id, series.version);
        if (series.tail) continue;
        ranges.push_back(
            {static_cast<int32_t>(loaded.size()), series.number, {series.since, Time::max()}}
        );
        loaded.push_back(&series);
    }
    std::vector<std::vector<Observation>> answers(loaded.size());
    TILTH_CHECK(SelectRanges(connection_, schema_, ranges, answers));
    for (size_t i = 0; i < loaded.size(); ++i) {
        Tail tail;
        for (const Observation& row : answers[i]) tail.push_back({row, row.provisional});
        loaded[i]->tail = std::make_shared<const Tail>(std::move(tail));
    }
    return {};
}

Result<std::vector<uint64_t>> Transaction::Lock(std::span<const DatastreamId> datastreams) {
    std::vector<DatastreamId> missing;
    for (const DatastreamId id : datastreams) {
        if (!series_.contains(id)) missing.push_back(id);
    }
    if (!missing.empty()) TILTH_CHECK(LockMissing(std::move(missing)));
    std::vector<uint64_t> versions;
    versions.reserve(datastreams.size());
    for (const DatastreamId id : datastreams) versions.push_back(series_.at(id).version);
    return versions;
}

Result<Transaction::Series*> Transaction::SeriesOf(DatastreamId datastream) {
    if (const auto found = series_.find(datastream); found != series_.end()) return &found->second;
    TILTH_CHECK(LockMissing({datastream}));
    return &series_.at(datastream);
}

// ---------------------------------------------------------------- rows of series

Status Transaction::Apply(int32_t series, const TailPlan& plan) {
    for (const TimeRange& range : plan.deletes) TILTH_CHECK(observation_.Delete(series, range));
    for (const auto rows : plan.inserts) TILTH_CHECK(observation_.Append(series, rows));
    for (const auto& rows : plan.rewritten) TILTH_CHECK(observation_.Append(series, rows));
    return {};
}

namespace {

/// Rows that stood before a tail come back as final, whatever they were stored as.
void PutAhead(Tail& tail, const std::vector<Observation>& rows) {
    Tail longer;
    for (const Observation& row : rows) {
        longer.push_back({row, row.provisional});
        longer.back().row.provisional = false;
    }
    longer.insert(longer.end(), tail.begin(), tail.end());
    tail = std::move(longer);
}

}  // namespace

Status Transaction::ExtendTail(const Series& series, Tail& tail, Time from) {
    TILTH_CHECK(observation_.Flush());
    const StoredRange missing{0, series.number, {from, tail.front().row.time}};
    std::vector<std::vector<Observation>> answers(1);
    TILTH_CHECK(SelectRanges(connection_, schema_, std::span(&missing, 1), answers));
    PutAhead(tail, answers[0]);
    return {};
}

Status Transaction::RefillTail(const Series& series, TailPlan& plan) {
    TILTH_CHECK(observation_.Flush());
    const Time end = plan.tail.empty() ? Time::max() : plan.tail.front().row.time;
    TILTH_TRY(
        const Rows newest,
        connection_.Cached(
            fmt::format(
                "SELECT coalesce((SELECT time FROM {0}.observation WHERE series = $1 AND time < $2"
                " AND counts ORDER BY time DESC LIMIT 1), (SELECT time FROM {0}.observation"
                " WHERE series = $1 AND time < $2 ORDER BY time DESC LIMIT 1))",
                schema_
            ),
            Params().Add(series.number).Add(end)
        )
    );
    if (newest.IsNull(0, 0)) return {};
    const StoredRange missing{0, series.number, {newest.TimeAt(0, 0), end}};
    std::vector<std::vector<Observation>> answers(1);
    TILTH_CHECK(SelectRanges(connection_, schema_, std::span(&missing, 1), answers));
    TailPlan refill;
    refill.tail = std::move(plan.tail);
    PutAhead(refill.tail, answers[0]);
    RewriteMisleading(refill);
    TILTH_CHECK(Apply(series.number, refill));
    plan.tail = std::move(refill.tail);
    return {};
}

Status Transaction::WriteSeries(const SeriesChange& change) {
    TILTH_CHECK(CheckRows(change));
    if (change.range.Empty()) return {};
    TILTH_TRY(Series * series, SeriesOf(change.datastream));
    Tail tail = *series->tail;
    const bool had_rows = !tail.empty();
    const Time known_from = KnownFrom(tail, change);
    if (had_rows && known_from < tail.front().row.time) {
        TILTH_CHECK(ExtendTail(*series, tail, known_from));
    }
    TailPlan plan = PlanChange(tail, known_from, change);
    TILTH_CHECK(Apply(series->number, plan));
    if (had_rows && !HasCountingRow(plan.tail)) TILTH_CHECK(RefillTail(*series, plan));
    series->tail = std::make_shared<const Tail>(std::move(plan.tail));
    series->changed = true;
    Widen(series->seen, change.range);
    return {};
}

Status Transaction::Write(std::span<const SeriesChange> changes) {
    for (const SeriesChange& change : changes) TILTH_CHECK(WriteSeries(change));
    return {};
}

// ---------------------------------------------------------------- roll-ups and checkpoints

Status Transaction::WriteRollups(const RollupChange& change) {
    const bool ordered = std::ranges::is_sorted(change.rows, std::less_equal{}, &Rollup::start);
    for (const Rollup& row : change.rows) {
        if (change.range.Contains(row.start) && ordered && IsStorable(row.start)) continue;
        return Fail(
            Fault::kBadInput,
            "the roll-ups of datastream {} are out of order or outside of their range",
            Raw(change.datastream)
        );
    }
    TILTH_TRY(Series * series, SeriesOf(change.datastream));
    const bool hourly = change.level == RollupLevel::kHour;
    RangeTable<Rollup>& table = hourly ? hourly_ : daily_;
    Time& newest = hourly ? series->newest_hour : series->newest_day;
    // Beyond the newest there is nothing to delete, which is the common case.
    if (change.range.from <= newest) TILTH_CHECK(table.Delete(series->number, change.range));
    TILTH_CHECK(table.Append(series->number, change.rows));
    if (!change.rows.empty()) newest = std::max(newest, change.rows.back().start);
    series->changed = true;
    Widen(series->seen, change.range);
    return {};
}

Status Transaction::Write(std::span<const RollupChange> changes) {
    for (const RollupChange& change : changes) TILTH_CHECK(WriteRollups(change));
    return {};
}

Status Transaction::Write(std::span<const CheckpointChange> changes) {
    for (const CheckpointChange& change : changes) {
        TILTH_TRY(Series * series, SeriesOf(change.datastream));
        TILTH_CHECK(checkpoint_.Delete(series->number, {change.from, Time::max()}));
        TILTH_CHECK(checkpoint_.Append(series->number, change.rows));
        series->changed = true;
    }
    return {};
}

}  // namespace tilth::postgresql
