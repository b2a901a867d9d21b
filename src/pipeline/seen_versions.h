// Whether another process changed a datastream since this one last had it locked: what is
// remembered of it is then not what is stored.
#pragma once

#include "base/result.h"
#include "store/processed_store.h"

#include <span>
#include <unordered_map>
#include <vector>

namespace tilth::pipeline {

/// For stores whose versions rise by one with each commit that changes or touches a datastream,
/// which those for several processes do.
class SeenVersions {
  public:
    /// `at_open`: as they stood before anything was read that is remembered, the list of
    /// datastreams included.
    explicit SeenVersions(const SeriesVersions& at_open);

    /// The datastreams of a transaction as they were locked. kConflict: one has been changed, or
    /// made, or touched by another process.
    Status Check(std::span<const DatastreamId> locked, std::span<const uint64_t> versions);
    /// The transaction is committed, with these changes and touches.
    void Committed(std::span<const SeriesChange> written, std::span<const DatastreamId> touched);

  private:
    struct Seen {
        uint64_t version = 0;
        bool wrote = false;  ///< This process changed it afterwards.
    };
    std::unordered_map<DatastreamId, Seen> seen_;
    std::vector<std::pair<DatastreamId, uint64_t>> locked_;
};

}  // namespace tilth::pipeline
