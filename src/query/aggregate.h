// Statistics of a datastream by hour, day, week, month or any step.
//
// Every bucket is whole: a range is widened to the buckets it touches, so that a day's mean does
// not depend on the question. Roll-ups answer where they can, and are combined in time order, which
// always gives the same bits; quantiles of anything but one hour or day come from rows.
#pragma once

#include "query/page_reader.h"
#include "query/request_time.h"

#include <memory>
#include <string>

namespace tilth::query {

enum class Aggregate : uint8_t { kMean, kMin, kMax, kSd, kCount, kP10, kP50, kP90, kSum };
/// "mean", "min", ...
const char* Name(Aggregate aggregate);
Result<Aggregate> ParseAggregate(std::string_view text);

struct AggregateRequest {
    DatastreamId datastream{};
    TimeRange range;
    Every every;
    std::vector<Aggregate> aggregates;
    std::vector<QualityFlag> flags;  ///< Empty: good and not evaluated
    GenerationId generation{};
};

/// Numbers of one bucket; buckets without readings of the flags wanted do not occur.
struct Summary {
    Time start{};
    uint64_t count = 0;
    double sum = 0;
    double mean = 0;
    double sd = 0;  ///< n - 1; NaN below two
    double min = 0;
    double max = 0;
    double p10 = 0;  ///< NaN where not asked for
    double p50 = 0;
    double p90 = 0;

    double Get(Aggregate aggregate) const;
};

/// Pulls summaries in time order. One thread at a time.
class AggregateReader {
  public:
    virtual ~AggregateReader() = default;
    /// The next ones; empty: there are no more. Valid until the next call.
    virtual Result<std::span<const Summary>> Next() = 0;
};

std::unique_ptr<AggregateReader> OpenAggregate(ProcessedStore& store, AggregateRequest request);

/// One summary of roll-ups that follow each other, by the pairwise formula of Chan, Golub and
/// LeVeque (1979) in time order. Quantiles are kept of a single one only.
Summary Combine(Time start, std::span<const Rollup> rollups);

}  // namespace tilth::query
