#include "query/aggregate.h"

#include "model/statistics.h"
#include "query/flags.h"

#include <array>
#include <limits>

namespace tilth::query {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<const char*, 9> kNames{
    "mean", "min", "max", "sd", "count", "p10", "p50", "p90", "sum"};

bool WantsQuantiles(const std::vector<Aggregate>& aggregates) {
    return std::any_of(aggregates.begin(), aggregates.end(), [](Aggregate a) {
        return a == Aggregate::kP10 || a == Aggregate::kP50 || a == Aggregate::kP90;
    });
}

TimeRange Widen(const Every& every, TimeRange range) {
    if (range.from != Time::min()) range.from = every.BucketStart(range.from);
    if (range.to != Time::max()) {
        const Time start = every.BucketStart(range.to);
        if (start != range.to) range.to = every.Next(start);
    }
    return range;
}

Summary Summarise(Time start, std::vector<double>& values, bool quantiles) {
    Summary summary{.start = start, .count = values.size(), .p10 = kNaN, .p50 = kNaN, .p90 = kNaN};
    for (const double value : values) summary.sum += value;
    const Moments moments = MomentsOf(values);
    summary.mean = moments.mean;
    summary.sd = moments.sd;
    const auto [min, max] = std::minmax_element(values.begin(), values.end());
    summary.min = *min;
    summary.max = *max;
    if (quantiles) {
        summary.p10 = QuantileOf(values, 0.1);
        summary.p50 = QuantileOf(values, 0.5);
        summary.p90 = QuantileOf(values, 0.9);
    }
    return summary;
}

class RowAggregates final : public AggregateReader {
  public:
    RowAggregates(ProcessedStore& store, AggregateRequest request)
        : every_(request.every),
          quantiles_(WantsQuantiles(request.aggregates)),
          pages_(
              store,
              {request.datastream, request.range, std::move(request.flags), request.generation}
          ) {}

    Result<std::span<const Summary>> Next() override {
        summaries_.clear();
        while (summaries_.empty() && !ended_) {
            TILTH_TRY(const auto rows, pages_.Next());
            for (const Observation& row : rows) Add(row);
            if (rows.empty()) {
                CloseBucket();
                ended_ = true;
            }
        }
        return std::span<const Summary>(summaries_);
    }

  private:
    void Add(const Observation& row) {
        if (row.time >= end_) {
            CloseBucket();
            start_ = every_.BucketStart(row.time);
            end_ = every_.Next(start_);
        }
        if (!std::isnan(row.value)) values_.push_back(row.value);
    }

    void CloseBucket() {
        if (!values_.empty()) summaries_.push_back(Summarise(start_, values_, quantiles_));
        values_.clear();
    }

    Every every_;
    bool quantiles_;
    PageReader pages_;
    bool ended_ = false;
    Time start_{};
    Time end_ = Time::min();
    std::vector<double> values_;
    std::vector<Summary> summaries_;
};

class RollupAggregates final : public AggregateReader {
  public:
    RollupAggregates(ProcessedStore& store, AggregateRequest request)
        : store_(store),
          request_(std::move(request)),
          level_(request_.every.WholeDays() ? RollupLevel::kDay : RollupLevel::kHour) {}

    Result<std::span<const Summary>> Next() override {
        summaries_.clear();
        if (ended_) return std::span<const Summary>{};
        ended_ = true;
        TILTH_TRY(const std::vector<Rollup> rollups, ReadRollups());
        for (size_t first = 0; first < rollups.size();) {
            const Time start = request_.every.BucketStart(rollups[first].start);
            const Time end = request_.every.Next(start);
            size_t last = first;
            while (last < rollups.size() && rollups[last].start < end) ++last;
            const Summary summary = Combine(start, std::span(rollups).subspan(first, last - first));
            if (summary.count > 0) summaries_.push_back(summary);
            first = last;
        }
        return std::span<const Summary>(summaries_);
    }

  private:
    Result<std::vector<Rollup>> ReadRollups() {
        // The latest reading first: a bucket that closes meanwhile is then found among the
        // roll-ups.
        const std::array one{request_.datastream};
        TILTH_TRY(const auto latest, store_.Latest(one, request_.generation));
        TILTH_TRY(
            std::vector<Rollup> rollups,
            store_.Rollups(request_.datastream, level_, request_.range, request_.generation)
        );
        if (latest.empty()) return rollups;
        const Time newest = latest.begin()->second.time;
        const Time open = level_ == RollupLevel::kDay ? FloorDay(newest) : FloorHour(newest);
        const bool stored = !rollups.empty() && rollups.back().start >= open;
        if (!stored && request_.range.Contains(open)) TILTH_CHECK(AddOpenBucket(open, rollups));
        return rollups;
    }

    Status AddOpenBucket(Time start, std::vector<Rollup>& rollups) {
        ObservationRequest ask;
        ask.datastream = request_.datastream;
        ask.range = {start, start + Length(level_)};
        ask.flags = {QualityFlag::kGood, QualityFlag::kNotEvaluated};
        std::vector<double> values;
        const auto visit = [&](std::span<const Observation> rows) {
            for (const Observation& row : rows) values.push_back(row.value);
            return true;
        };
        TILTH_CHECK(store_.ReadObservations(ask, visit, request_.generation));
        if (values.empty()) return {};
        const Summary summary = Summarise(start, values, true);
        Rollup rollup;
        rollup.start = start;
        rollup.good_count = static_cast<uint32_t>(summary.count);
        rollup.min = summary.min;
        rollup.max = summary.max;
        rollup.mean = summary.mean;
        rollup.sd = summary.sd;
        rollup.p10 = summary.p10;
        rollup.p50 = summary.p50;
        rollup.p90 = summary.p90;
        rollups.push_back(rollup);
        return {};
    }

    ProcessedStore& store_;
    AggregateRequest request_;
    RollupLevel level_;
    bool ended_ = false;
    std::vector<Summary> summaries_;
};

}  // namespace

const char* Name(Aggregate aggregate) {
    return kNames[static_cast<size_t>(aggregate)];
}

Result<Aggregate> ParseAggregate(std::string_view text) {
    for (size_t i = 0; i < kNames.size(); ++i) {
        if (text == kNames[i]) return static_cast<Aggregate>(i);
    }
    return Fail(
        Fault::kBadInput,
        "'{}' is not an aggregate; expected mean, min, max, sd, count, p10, p50, p90 or sum",
        text.substr(0, 40)
    );
}

double Summary::Get(Aggregate aggregate) const {
    switch (aggregate) {
        case Aggregate::kMean:
            return mean;
        case Aggregate::kMin:
            return min;
        case Aggregate::kMax:
            return max;
        case Aggregate::kSd:
            return sd;
        case Aggregate::kCount:
            return static_cast<double>(count);
        case Aggregate::kP10:
            return p10;
        case Aggregate::kP50:
            return p50;
        case Aggregate::kP90:
            return p90;
        case Aggregate::kSum:
            return sum;
    }
    return kNaN;
}

Summary Combine(Time start, std::span<const Rollup> rollups) {
    Summary all{
        .start = start,
        .mean = kNaN,
        .sd = kNaN,
        .min = kNaN,
        .max = kNaN,
        .p10 = kNaN,
        .p50 = kNaN,
        .p90 = kNaN};
    double squares = 0;  // Sum of squared distances from the mean
    for (const Rollup& part : rollups) {
        if (part.good_count == 0) continue;
        const double n = part.good_count;
        const double part_squares = part.good_count < 2 ? 0 : part.sd * part.sd * (n - 1);
        if (all.count == 0) {
            const double sum = part.mean * n;
            all = {
                start,
                part.good_count,
                sum,
                part.mean,
                part.sd,
                part.min,
                part.max,
                part.p10,
                part.p50,
                part.p90};
            squares = part_squares;
            continue;
        }
        const auto before = static_cast<double>(all.count);
        const double delta = part.mean - all.mean;
        const double together = before + n;
        all.mean += delta * n / together;
        squares += part_squares + delta * delta * before * n / together;
        all.count += part.good_count;
        all.sum += part.mean * n;
        all.sd = std::sqrt(squares / (together - 1));
        all.min = std::min(all.min, part.min);
        all.max = std::max(all.max, part.max);
        all.p10 = all.p50 = all.p90 = kNaN;
    }
    return all;
}

std::unique_ptr<AggregateReader> OpenAggregate(ProcessedStore& store, AggregateRequest request) {
    const Every& every = request.every;
    request.range = Widen(every, request.range);
    const std::vector<QualityFlag> unflagged{QualityFlag::kGood, QualityFlag::kNotEvaluated};
    if (request.flags.empty()) request.flags = unflagged;
    const bool flags_fit =
        WantsAllUnflagged(request.flags) && request.flags.size() == unflagged.size();
    const bool one =
        every.IsOne(Length(RollupLevel::kHour)) || every.IsOne(Length(RollupLevel::kDay));
    const bool quantiles_fit = one || !WantsQuantiles(request.aggregates);
    if (flags_fit && quantiles_fit && every.WholeHours()) {
        return std::make_unique<RollupAggregates>(store, std::move(request));
    }
    return std::make_unique<RowAggregates>(store, std::move(request));
}

}  // namespace tilth::query
