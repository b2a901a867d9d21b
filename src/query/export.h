// Observations as text or Parquet, in the columns every way out of Tilth has:
// phenomenon_time,thing,property,depth,unit,value,raw_value,flag,tests.
#pragma once

#include "query/aggregate.h"
#include "query/catalog.h"
#include "query/chunk_source.h"
#include "query/plot.h"

#include <functional>
#include <memory>

namespace tilth::query {

/// The name of a test by its number.
using TestName = std::function<std::string(int test)>;

enum class Format : uint8_t { kJson, kCsv, kParquet };

/// A request for observations, whatever asked for it.
struct ObservationQuery {
    std::vector<Datastream> datastreams;
    TimeRange range;
    std::vector<QualityFlag> flags;    ///< Empty: all; of aggregates good and not evaluated
    bool raw = false;                  ///< A raw_value column in JSON
    size_t limit = SIZE_MAX;           ///< Rows of each datastream
    std::optional<size_t> max_points;  ///< Down-sample for a plot (JSON and CSV)
    std::optional<Every> every;        ///< Aggregate
    std::vector<Aggregate> aggregates{Aggregate::kMean};
    Format format = Format::kJson;
};

/// docs/api.md has the shapes. kBadInput where parts of the request do not go together. What the
/// source needs (store, catalog, names) must outlive it.
Result<std::unique_ptr<ChunkSource>> OpenObservations(
    ProcessedStore& store, Catalog& catalog, const TestName& test_name, ObservationQuery query
);

/// A set of tests as a JSON array of names.
void AppendTests(std::string& out, TestSet tests, const TestName& test_name);

/// [time, value, flag, tests, raw value]
void AppendRow(std::string& out, const Point& point, bool raw, const TestName& test_name);

}  // namespace tilth::query
