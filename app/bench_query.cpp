// Questions to a store of millions of observations, through the code that answers HTTP requests.
#include "app/bench.h"
#include "app/bench_messages.h"
#include "app/bench_place.h"
#include "backend/duckdb/processed_store.h"
#include "pipeline/rollup.h"
#include "query/export.h"

#include <chrono>

namespace tilth::app {
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kSeries = 100;
constexpr uint64_t kRowsAStep = 1'000'000;
constexpr size_t kPixels = 2000;
constexpr uint64_t kOneIsFlagged = 5000;
constexpr double kMostMeansMillis = 1000;
constexpr double kMostPlotMillis = 100;

/// A series whose rows are appended piece by piece, with the roll-ups that follow from them.
class MadeSeries {
  public:
    MadeSeries(uint64_t number, Duration step) : number_(number), step_(step) {
        datastream_.thing = fmt::format("node-{:03}", number);
        datastream_.property = "volumetric_water_content";
        datastream_.depth = 0.1;
        datastream_.unit = "m3/m3";
        datastream_.cadence = step;
        datastream_.name = NameOf(datastream_.thing, datastream_.property, datastream_.depth, "");
        datastream_.id = IdOf(datastream_.name);
    }
    const Datastream& datastream() const { return datastream_; }

    Status Append(ProcessTransaction& transaction, uint64_t count) {
        rows_.clear();
        for (uint64_t i = 0; i < count; ++i) rows_.push_back(MakeRow(next_++));
        const TimeRange range{rows_.front().time, rows_.back().time + Duration{1}};
        const SeriesChange change{datastream_.id, range, true, rows_};
        TILTH_CHECK(transaction.Write(std::span(&change, 1)));
        pipeline::AppendStatRows(rows_, open_);
        for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
            TILTH_CHECK(WriteRollups(transaction, level));
        }
        const Time day = FloorDay(open_.back().time);
        std::erase_if(open_, [day](const pipeline::StatRow& row) { return row.time < day; });
        return {};
    }

  private:
    Observation MakeRow(uint64_t n) const {
        Observation row;
        row.time = kStart + step_ * static_cast<int64_t>(n);
        row.value = BenchWaterContent(number_, n, step_);
        row.raw_value = row.value;
        row.reading_id = number_ << 40 | n;
        row.raw = {WriterId{1}, n + 1, static_cast<uint32_t>(number_)};
        row.flag =
            n % kOneIsFlagged == kOneIsFlagged - 1 ? QualityFlag::kSuspect : QualityFlag::kGood;
        return row;
    }

    /// Those that closed since the last time.
    Status WriteRollups(ProcessTransaction& transaction, RollupLevel level) {
        Time& from = level == RollupLevel::kHour ? hours_until_ : days_until_;
        const Time to = pipeline::BucketStart(level, open_.back().time);
        std::vector<Rollup> all = pipeline::MakeRollups(level, open_, to);
        std::erase_if(all, [from](const Rollup& rollup) { return rollup.start < from; });
        const RollupChange change{datastream_.id, level, {from, to}, all};
        from = to;
        return all.empty() ? Status{} : transaction.Write(std::span(&change, 1));
    }

    static constexpr Time kStart = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
    const uint64_t number_;
    const Duration step_;
    Datastream datastream_;
    uint64_t next_ = 0;
    std::vector<Observation> rows_;
    std::vector<pipeline::StatRow> open_;  ///< Of the open day.
    Time hours_until_ = kStart;
    Time days_until_ = kStart;
};

/// `total` rows of all series, as they would have arrived: side by side.
Status FillStore(
    ProcessedStore& store,
    const Lease& lease,
    GenerationId id,
    std::vector<MadeSeries>& series,
    uint64_t total
) {
    const uint64_t each = total / series.size();
    const uint64_t piece = std::max<uint64_t>(kRowsAStep / series.size(), 1);
    std::vector<Datastream> datastreams;
    std::vector<Thing> things;
    std::vector<DatastreamId> ids;
    for (const MadeSeries& one : series) {
        datastreams.push_back(one.datastream());
        things.emplace_back().name = one.datastream().thing;
        ids.push_back(one.datastream().id);
    }
    for (uint64_t done = 0; done < each; done += piece) {
        TILTH_TRY(const auto transaction, store.Begin(id, lease));
        TILTH_CHECK(transaction->Lock(ids));
        if (done == 0) TILTH_CHECK(transaction->Register(things, datastreams));
        for (MadeSeries& one : series)
            TILTH_CHECK(one.Append(*transaction, std::min(piece, each - done)));
        TILTH_CHECK(transaction->Commit());
        if (done / piece % 10 == 9)
            Progress(
                fmt::format("query: {} of {} observations", (done + piece) * series.size(), total)
            );
    }
    return {};
}

class Asker {
  public:
    explicit Asker(ProcessedStore& store) : store_(store), catalog_(store, clock_) {}

    /// Milliseconds until the whole answer was made: first question, and median of the five after
    /// it.
    Result<std::pair<double, double>> Ask(const query::ObservationQuery& query) {
        TILTH_TRY(const double first, AskOnce(query));
        std::vector<double> more;
        for (int i = 0; i < 5; ++i) {
            TILTH_TRY(more.emplace_back(), AskOnce(query));
        }
        return std::pair{first, Median(more)};
    }
    Result<double> AskSql(std::string_view select) {
        const auto begun = steady_clock::now();
        TILTH_CHECK(store_.Sql(select, {.max_time = std::chrono::minutes{5}}));
        return 1e3 * SecondsSince(begun);
    }

  private:
    Result<double> AskOnce(const query::ObservationQuery& query) {
        const auto begun = steady_clock::now();
        std::string answer;
        TILTH_TRY(
            const auto source,
            query::OpenObservations(
                store_, catalog_, [](int) { return std::string(); }, query
            )
        );
        for (bool more = true; more;) {
            TILTH_TRY(more, source->Next(answer));
        }
        return 1e3 * SecondsSince(begun);
    }

    ProcessedStore& store_;
    const SystemClock clock_;
    query::Catalog catalog_;
};

std::string Millis(const std::pair<double, double>& took) {
    return fmt::format("{:.0f} ms (first {:.0f} ms)", took.second, took.first);
}

Result<BenchRows> AskAll(
    ProcessedStore& store,
    const std::vector<MadeSeries>& many,
    const Datastream& plotted,
    const BenchOptions& options
) {
    Asker asker(store);
    query::ObservationQuery means;
    for (const MadeSeries& one : many) means.datastreams.push_back(one.datastream());
    TILTH_TRY(means.every, query::Every::Parse("day"));
    TILTH_TRY(const auto means_took, asker.Ask(means));
    query::ObservationQuery plot;
    plot.datastreams = {plotted};
    plot.max_points = 4 * kPixels;
    TILTH_TRY(const auto plot_took, asker.Ask(plot));
    query::ObservationQuery month = plot;
    month.range = {
        Time{std::chrono::sys_days{std::chrono::year{2020} / 3 / 1}},
        Time{std::chrono::sys_days{std::chrono::year{2020} / 4 / 1}}};
    TILTH_TRY(const auto month_took, asker.Ask(month));
    TILTH_TRY(const double daily_took, asker.AskSql("SELECT thing, start, mean FROM daily"));
    TILTH_TRY(
        const double rows_took,
        asker.AskSql("SELECT thing, date_trunc('day', phenomenon_time) d, avg(value) FROM "
                     "observation_good GROUP BY ALL")
    );
    return BenchRows{
        {fmt::format("daily means of {} observations in {} series", options.observations, kSeries),
         Millis(means_took),
         "< 1000 ms",
         means_took.second < kMostMeansMillis},
        {fmt::format("a series of {} points to {} pixels", options.plot_points, kPixels),
         Millis(plot_took),
         "<= 100 ms",
         plot_took.second <= kMostPlotMillis},
        {"  a month of it, from rows", Millis(month_took)},
        {"all of the view daily, by SQL", fmt::format("{:.0f} ms", daily_took)},
        {fmt::format("daily means of {} rows, by SQL", options.observations + options.plot_points),
         fmt::format("{:.0f} ms", rows_took)},
    };
}

}  // namespace

Result<BenchRows> BenchQuery(const BenchOptions& options) {
    TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
    const std::string file = (folder / "processed.duckdb").string();
    std::vector<MadeSeries> many;
    for (uint64_t i = 0; i < kSeries; ++i) many.emplace_back(i, kBenchStep);
    std::vector<MadeSeries> plotted;
    plotted.emplace_back(kSeries, std::chrono::seconds{10});
    {
        TILTH_TRY(const auto store, duckdb::OpenProcessedStore(file));
        TILTH_TRY(const Lease lease, store->AcquireLease("bench", std::chrono::hours{24}));
        TILTH_TRY(
            const GenerationId id,
            store->CreateGeneration(ConfigVersion{}, "bench", SystemClock().Now())
        );
        TILTH_CHECK(store->ActivateGeneration(id));
        TILTH_CHECK(FillStore(*store, lease, id, plotted, options.plot_points));
        TILTH_CHECK(FillStore(*store, lease, id, many, options.observations));
    }
    const auto begun = steady_clock::now();
    TILTH_TRY(const auto store, duckdb::OpenProcessedStore(file));
    const double opened = 1e3 * SecondsSince(begun);
    TILTH_TRY(BenchRows rows, AskAll(*store, many, plotted.front().datastream(), options));
    rows.push_back({"opening the store", fmt::format("{:.0f} ms", opened)});
    TILTH_TRY(const ProcessedStatistics statistics, store->Statistics());
    rows.push_back(
        {"its size", fmt::format("{:.2f} GB", 1e-9 * static_cast<double>(statistics.disk_bytes))}
    );
    return rows;
}

}  // namespace tilth::app
