#include "backend/duckdb/batch_queries.h"

#include <algorithm>
#include <bit>

namespace tilth::duckdb {
namespace {

using Stretches = std::span<const StretchToRead>;

/// Where the rows ahead of a stretch are looked for: mostly they are near, and a short look-back
/// reads a few row groups where all of time reads each.
constexpr Duration kLookBacks[] = {std::chrono::days{1}, std::chrono::days{60}, Duration::max()};

Time Earlier(Time time, Duration by) {
    return by == Duration::max() || ToMicros(time) < INT64_MIN + by.count() ? Time::min()
                                                                            : time - by;
}

/// A table of ranges as parameters: number of the question, series, from, to.
class Questions {
  public:
    void Add(size_t number, int32_t series, TimeRange range) {
        number_.push_back(static_cast<int32_t>(number));
        series_.push_back(series);
        from_.push_back(range.from);
        to_.push_back(range.to);
    }
    bool empty() const { return number_.empty(); }

    /// Binds $1 to $6, which kTable and kBounds name.
    void BindTo(Statement& statement) const {
        statement.BindList(0, std::span<const int32_t>(number_));
        statement.BindList(1, std::span<const int32_t>(series_));
        statement.BindList(2, std::span<const Time>(from_));
        statement.BindList(3, std::span<const Time>(to_));
        statement.Bind(4, *std::ranges::min_element(from_));
        statement.Bind(5, *std::ranges::max_element(to_));
    }
    static constexpr const char* kTable =
        "(SELECT unnest($1::INTEGER[]) AS q, unnest($2::INTEGER[]) AS s,"
        " unnest($3::TIMESTAMP[]) AS f, unnest($4::TIMESTAMP[]) AS t) AS asked";
    /// The bounds over all let DuckDB pass over row groups by their smallest and largest time.
    static constexpr const char* kBounds =
        "series = s AND time >= f AND time < t AND time >= $5 AND time < $6";

  private:
    std::vector<int32_t> number_;
    std::vector<int32_t> series_;
    std::vector<Time> from_;
    std::vector<Time> to_;
};

/// A question's number in the column behind those of a layout.
std::span<const int32_t> NumbersOf(const Rows& rows, size_t column) {
    return rows.Column<int32_t>(column);
}

/// Lengthens each stretch that wants rows ahead of it to the time of the first of them.
Status LookBack(
    Connection& connection,
    const std::string& schema,
    Stretches stretches,
    Duration look_back,
    std::vector<size_t>& open,
    std::vector<Time>& from
) {
    Questions questions;
    size_t most = 1;
    for (const size_t i : open) {
        const Time end = stretches[i].range.from;
        questions.Add(i, stretches[i].series, {Earlier(end, look_back), end});
        most = std::max(most, stretches[i].before);
    }
    // Powers of two, so that few different statements are prepared.
    TILTH_TRY(
        Statement * select,
        connection.Cached(fmt::format(
            "SELECT q, max(time, {}) FROM {}.observation JOIN {} ON {} WHERE counts GROUP BY q",
            std::bit_ceil(most),
            schema,
            Questions::kTable,
            Questions::kBounds
        ))
    );
    questions.BindTo(*select);
    TILTH_TRY(Rows rows, select->Run());
    std::vector<size_t> settled;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) break;
        for (size_t row = 0; row < rows.size(); ++row) {
            const auto i = static_cast<size_t>(NumbersOf(rows, 0)[row]);
            const std::span<const int64_t> newest = rows.List<int64_t>(1, row);
            const size_t wanted = std::min(stretches[i].before, newest.size());
            from[i] = FromMicros(newest[wanted - 1]);
            if (wanted == stretches[i].before) settled.push_back(i);
        }
    }
    std::ranges::sort(settled);
    std::erase_if(open, [&](size_t i) { return std::ranges::binary_search(settled, i); });
    return {};
}

/// The first time of each stretch, rows ahead of it included.
Result<std::vector<Time>> FirstTimes(
    Connection& connection, const std::string& schema, Stretches stretches
) {
    std::vector<Time> from;
    std::vector<size_t> open;
    for (size_t i = 0; i < stretches.size(); ++i) {
        from.push_back(stretches[i].range.from);
        if (stretches[i].before > 0) open.push_back(i);
    }
    for (const Duration look_back : kLookBacks) {
        if (!open.empty())
            TILTH_CHECK(LookBack(connection, schema, stretches, look_back, open, from));
    }
    return from;
}

}  // namespace

Result<std::vector<std::vector<Observation>>> SelectStretches(
    Connection& connection, const std::string& schema, Stretches stretches
) {
    std::vector<std::vector<Observation>> found(stretches.size());
    TILTH_TRY(const std::vector<Time> from, FirstTimes(connection, schema, stretches));
    Questions questions;
    for (size_t i = 0; i < stretches.size(); ++i) {
        const TimeRange range{from[i], std::max(stretches[i].range.from, stretches[i].range.to)};
        if (!range.Empty()) questions.Add(i, stretches[i].series, range);
    }
    if (questions.empty()) return found;
    TILTH_TRY(
        Statement * select,
        connection.Cached(fmt::format(
            "SELECT {}, q FROM {}.observation JOIN {} ON {}"
            " ORDER BY q, time, counts DESC, reading_id",
            kObservationColumns,
            schema,
            Questions::kTable,
            Questions::kBounds
        ))
    );
    questions.BindTo(*select);
    TILTH_TRY(Rows rows, select->Run());
    std::vector<Observation> chunk;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return found;
        chunk.clear();
        ReadChunk(rows, chunk);
        const std::span<const int32_t> numbers = NumbersOf(rows, kObservationColumnCount);
        for (size_t row = 0; row < chunk.size(); ++row) {
            const auto i = static_cast<size_t>(numbers[row]);
            const bool ahead = chunk[row].time < stretches[i].range.from;
            if (!ahead || chunk[row].counts) found[i].push_back(chunk[row]);
        }
    }
}

namespace {

Status ReadFolds(
    Statement& select,
    const Questions& questions,
    std::span<const FoldsToRead> wanted,
    std::vector<std::vector<Checkpoint>>& found
) {
    questions.BindTo(select);
    TILTH_TRY(Rows rows, select.Run());
    std::vector<Checkpoint> chunk;
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        chunk.clear();
        ReadChunk(rows, chunk, {});
        const std::span<const int32_t> numbers = NumbersOf(rows, kCheckpointColumnCount);
        for (size_t row = 0; row < chunk.size(); ++row) {
            const auto i = static_cast<size_t>(numbers[row]);
            chunk[row].datastream = wanted[i].datastream;
            found[i].push_back(std::move(chunk[row]));
        }
    }
}

}  // namespace

Result<std::vector<std::vector<Checkpoint>>> SelectFolds(
    Connection& connection, const std::string& schema, std::span<const FoldsToRead> wanted
) {
    std::vector<std::vector<Checkpoint>> found(wanted.size());
    Questions earlier;
    Questions later;
    for (size_t i = 0; i < wanted.size(); ++i) {
        earlier.Add(i, wanted[i].series, {Time::min(), wanted[i].from});
        later.Add(i, wanted[i].series, {wanted[i].from, Time::max()});
    }
    if (wanted.empty()) return found;
    TILTH_TRY(
        Statement * latest,
        connection.Cached(fmt::format(
            "SELECT any_value(series), max(time), test, arg_max(state, time), q"
            " FROM {}.checkpoint JOIN {} ON {} GROUP BY q, test ORDER BY q, test",
            schema,
            Questions::kTable,
            Questions::kBounds
        ))
    );
    TILTH_CHECK(ReadFolds(*latest, earlier, wanted, found));
    TILTH_TRY(
        Statement * rest,
        connection.Cached(fmt::format(
            "SELECT {}, q FROM {}.checkpoint JOIN {} ON {} ORDER BY q, time, test",
            kCheckpointColumns,
            schema,
            Questions::kTable,
            Questions::kBounds
        ))
    );
    TILTH_CHECK(ReadFolds(*rest, later, wanted, found));
    return found;
}

}  // namespace tilth::duckdb
