#include "pipeline/seen_versions.h"

namespace tilth::pipeline {

SeenVersions::SeenVersions(const SeriesVersions& at_open) {
    for (const auto& [id, version] : at_open) seen_[id] = {version, false};
}

Status SeenVersions::Check(
    std::span<const DatastreamId> locked, std::span<const uint64_t> versions
) {
    locked_.clear();
    for (size_t i = 0; i < locked.size(); ++i) {
        const auto found = seen_.find(locked[i]);
        const Seen seen = found == seen_.end() ? Seen{} : found->second;
        if (versions[i] != seen.version && versions[i] != seen.version + (seen.wrote ? 1 : 0)) {
            return Fail(
                Fault::kConflict, "another process has changed datastream {}", Raw(locked[i])
            );
        }
        locked_.emplace_back(locked[i], versions[i]);
    }
    return {};
}

void SeenVersions::Committed(
    std::span<const SeriesChange> written, std::span<const DatastreamId> touched
) {
    for (const auto& [id, version] : locked_) seen_[id] = {version, false};
    for (const SeriesChange& change : written) {
        if (const auto seen = seen_.find(change.datastream); seen != seen_.end())
            seen->second.wrote = true;
    }
    for (const DatastreamId id : touched) {
        if (const auto seen = seen_.find(id); seen != seen_.end()) seen->second.wrote = true;
    }
    locked_.clear();
}

}  // namespace tilth::pipeline
