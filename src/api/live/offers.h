// Rows of commits that whoever made them handed over, until they are told.
#pragma once

#include "base/guarded.h"
#include "query/m4.h"
#include "store/processed_store.h"

#include <map>
#include <optional>
#include <span>

namespace tilth::live {

struct OfferedSeries {
    DatastreamId datastream{};
    TimeRange range;
    std::vector<query::Point> rows;  ///< Counting ones
};

/// Thread-safe. When too much waits, all is let go: the feed has it too.
class Offers {
  public:
    void Add(ChangeToken token, std::span<const SeriesChange> changes);
    std::optional<std::vector<OfferedSeries>> Take(ChangeToken token);
    void DropUpTo(ChangeToken token);
    void Clear();

  private:
    struct Waiting {
        std::map<ChangeToken, std::vector<OfferedSeries>> commits;
        size_t rows = 0;
    };
    Guarded<Waiting> waiting_;
};

}  // namespace tilth::live
