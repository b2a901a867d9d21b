#include "pipeline/seen_versions.h"

namespace tilth::pipeline {

Status SeenVersions::Check(
    std::span<const DatastreamId> locked,
    std::span<const uint64_t> versions,
    const std::unordered_set<DatastreamId>& known
) {
    locked_.clear();
    for (size_t i = 0; i < locked.size(); ++i) {
        const auto seen = seen_.find(locked[i]);
        const bool is_first = seen == seen_.end();
        const bool is_news =
            is_first ? versions[i] != 0 && !known.contains(locked[i])
                     : versions[i] != seen->second.version &&
                           versions[i] != seen->second.version + (seen->second.wrote ? 1 : 0);
        if (is_news) {
            return Fail(
                Fault::kConflict, "another process has changed datastream {}", Raw(locked[i])
            );
        }
        locked_.emplace_back(locked[i], versions[i]);
    }
    return {};
}

void SeenVersions::Committed(std::span<const SeriesChange> written) {
    for (const auto& [id, version] : locked_) seen_[id] = {version, false};
    for (const SeriesChange& change : written) {
        if (const auto seen = seen_.find(change.datastream); seen != seen_.end())
            seen->second.wrote = true;
    }
    locked_.clear();
}

}  // namespace tilth::pipeline
