// Whether another process changed a datastream since this one last had it locked: what is
// remembered of it is then not what is stored.
#pragma once

#include "base/result.h"
#include "store/processed_store.h"

#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace tilth::pipeline {

/// For stores whose versions rise by one with each commit that changes a datastream, which those
/// for several processes do.
class SeenVersions {
  public:
    /// The datastreams of a transaction as they were locked. kConflict: one has been changed by
    /// another process, or made by it since `known` was read.
    Status Check(
        std::span<const DatastreamId> locked,
        std::span<const uint64_t> versions,
        const std::unordered_set<DatastreamId>& known
    );
    /// The transaction is committed, with these changes.
    void Committed(std::span<const SeriesChange> written);

  private:
    struct Seen {
        uint64_t version = 0;
        bool wrote = false;  ///< This process changed it afterwards.
    };
    std::unordered_map<DatastreamId, Seen> seen_;
    std::vector<std::pair<DatastreamId, uint64_t>> locked_;
};

}  // namespace tilth::pipeline
