// The rows of a datastream, a page at a time: bounded memory however long the series, and no query
// is held open while a slow client reads.
#pragma once

#include "store/processed_store.h"

#include <optional>
#include <vector>

namespace tilth::query {

struct PageRequest {
    DatastreamId datastream{};
    TimeRange range;
    std::vector<QualityFlag> flags;  ///< Those wanted; empty: all
    GenerationId generation{};       ///< Pages of one answer are of one generation
    size_t limit = SIZE_MAX;         ///< Rows in all
};

/// Reads windows of time, each sized by the density of the one before, because a store finds a
/// range of time quickly, and an offset does not. Rows that do not count are left out. One thread
/// at a time.
class PageReader {
  public:
    PageReader(ProcessedStore& store, PageRequest request);

    /// The next rows, in order; empty: there are no more. Valid until the next call.
    Result<std::span<const Observation>> Next();

  private:
    Status FindExtent();
    Status ReadWindow(TimeRange window, size_t limit);
    void Adapt();

    ProcessedStore& store_;
    PageRequest request_;
    bool started_ = false;
    Duration window_;
    std::vector<Observation> page_;
};

/// First and last time of a datastream's readings in the range, whatever their flags, found by way
/// of roll-ups; nullopt when there are none.
Result<std::optional<std::pair<Time, Time>>> ExtentOf(
    ProcessedStore& store, DatastreamId datastream, TimeRange range, GenerationId generation
);

}  // namespace tilth::query
