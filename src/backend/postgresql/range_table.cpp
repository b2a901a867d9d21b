#include "backend/postgresql/range_table.h"

#include "backend/postgresql/schema.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

/// So much is gathered before it is sent: the server works on it while more is made.
constexpr size_t kCopyBytes = size_t{16} << 20;

}  // namespace

template <class Row>
RangeTable<Row>::RangeTable(
    Connection& connection, Partitions& partitions, GenerationId generation, std::string table
)
    : connection_(connection),
      partitions_(partitions),
      generation_(generation),
      table_(std::move(table)) {}

template <class Row>
Status RangeTable<Row>::Delete(int32_t series, TimeRange range) {
    if (range.Empty()) return {};
    if (unflushed_.contains(series)) TILTH_CHECK(Flush());
    const bool continues = !delete_series_.empty() && delete_series_.back() == series &&
                           delete_to_.back() == range.from;
    if (continues) {
        delete_to_.back() = range.to;
        return {};
    }
    delete_series_.push_back(series);
    delete_from_.push_back(range.from);
    delete_to_.push_back(range.to);
    return {};
}

template <class Row>
void RangeTable<Row>::NoteMonth(Time time) {
    const auto month = MonthOf(time);
    outside_months_ = outside_months_ || !month;
    if (!month) return;
    months_.insert(*month);
    month_now_ = {StartOfMonth(*month), StartOfMonth(*month + 1)};
}

template <class Row>
Status RangeTable<Row>::Append(int32_t series, std::span<const Row> rows) {
    if (rows.empty()) return {};
    if (copy_.empty()) copy_ = kCopyHeader;
    unflushed_.insert(series);
    gained_[series] += static_cast<int64_t>(rows.size());
    for (const Row& row : rows) {
        if constexpr (std::is_same_v<Row, Observation>) {
            if (!month_now_.Contains(row.time)) NoteMonth(row.time);
        }
        PutRow(copy_, series, row);
        if (copy_.size() >= kCopyBytes) {
            TILTH_CHECK(Flush());
            copy_ = kCopyHeader;
            unflushed_.insert(series);
        }
    }
    return {};
}

template <class Row>
Status RangeTable<Row>::RunDeletes() {
    if (delete_series_.empty()) return {};
    // The bounds over all ranges keep the partitions outside of them out of the plan.
    TILTH_TRY(
        const Rows gone,
        connection_.Cached(
            fmt::format(
                "WITH gone AS (DELETE FROM {} AS o USING"
                " unnest($1::int[], $2::timestamp[], $3::timestamp[]) AS r (s, f, t)"
                " WHERE o.series = r.s AND o.time >= r.f AND o.time < r.t"
                " AND o.time >= $4 AND o.time < $5 RETURNING o.series)"
                " SELECT series, count(*) FROM gone GROUP BY series",
                table_
            ),
            Params()
                .Add(std::span<const int32_t>(delete_series_))
                .Add(std::span<const Time>(delete_from_))
                .Add(std::span<const Time>(delete_to_))
                .Add(*std::ranges::min_element(delete_from_))
                .Add(*std::ranges::max_element(delete_to_))
        )
    );
    for (size_t i = 0; i < gone.size(); ++i) {
        gained_[gone.Get<int32_t>(i, 0)] -= gone.Get<int64_t>(i, 1);
    }
    delete_series_.clear();
    delete_from_.clear();
    delete_to_.clear();
    return {};
}

/// Rows of one month go into its partition themselves, which spares the server finding it for each.
template <class Row>
std::string RangeTable<Row>::CopyTarget() const {
    if (outside_months_ || months_.size() != 1) return table_;
    return fmt::format("{}.{}", SchemaOf(generation_), PartitionOf(*months_.begin()));
}

template <class Row>
Status RangeTable<Row>::CopyRows() {
    if (copy_.empty()) return {};
    TILTH_CHECK(partitions_.Ensure(generation_, months_));
    copy_ += kCopyEnd;
    TILTH_CHECK(connection_.CopyIn(
        fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", CopyTarget(), ColumnsOf<Row>()),
        copy_
    ));
    copy_.clear();
    unflushed_.clear();
    months_.clear();
    outside_months_ = false;
    month_now_ = {Time::max(), Time::min()};
    return {};
}

template <class Row>
Status RangeTable<Row>::Flush() {
    TILTH_CHECK(RunDeletes());
    return CopyRows();
}

template class RangeTable<Observation>;
template class RangeTable<Rollup>;
template class RangeTable<Checkpoint>;

}  // namespace tilth::postgresql
