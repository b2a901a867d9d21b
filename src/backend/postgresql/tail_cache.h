// The ends of series as this process saw them last. Another process may have written since: an end
// is good only while its series has the version it was remembered with.
#pragma once

#include "base/guarded.h"
#include "store/series_tail.h"

#include <memory>
#include <unordered_map>

namespace tilth::postgresql {

using Tail = std::vector<TailRow>;

/// Thread-safe.
class TailCache {
  public:
    /// Null: not remembered, or of another version.
    std::shared_ptr<const Tail> Find(GenerationId generation, DatastreamId id, uint64_t version) {
        return tails_.With([&](const auto& all) -> std::shared_ptr<const Tail> {
            const auto mine = all.find(generation);
            if (mine == all.end()) return nullptr;
            const auto found = mine->second.find(id);
            if (found == mine->second.end() || found->second.version != version) return nullptr;
            return found->second.tail;
        });
    }
    void Remember(
        GenerationId generation, DatastreamId id, uint64_t version, std::shared_ptr<const Tail> tail
    ) {
        tails_.With([&](auto& all) { all[generation][id] = {version, std::move(tail)}; });
    }
    void Forget(GenerationId generation) {
        tails_.With([&](auto& all) { all.erase(generation); });
    }

  private:
    struct Entry {
        uint64_t version = 0;
        std::shared_ptr<const Tail> tail;
    };
    using Tails = std::unordered_map<DatastreamId, Entry>;

    Guarded<std::map<GenerationId, Tails>> tails_;
};

}  // namespace tilth::postgresql
