// What the processed store keeps in memory of its file: small, loaded at the opening, changed only
// by a commit.
#pragma once

#include "store/series_tail.h"

#include <array>
#include <map>
#include <unordered_map>
#include <vector>

namespace tilth::duckdb {

using Cursor = std::array<Sequence, kPartitions>;

struct SeriesMemory {
    std::vector<TailRow> tail;  ///< Empty: the series has no rows.
    uint64_t version = 0;  ///< Token of the last commit that changed it; 0: none since opening.
};

/// Start of the newest roll-up of a series.
struct NewestRollups {
    Time hour = Time::min();
    Time day = Time::min();
};

struct GenerationMemory {
    std::unordered_map<DatastreamId, SeriesMemory> series;
    std::map<WriterId, Cursor> cursors;
    std::map<DatastreamId, DirtyRange> dirty;
    int64_t manual_flags = 0;  ///< How many there are.
};

struct StoreMemory {
    std::optional<GenerationId> active;
    uint64_t token = 0;  ///< Of the newest commit.
    uint64_t token_at_opening = 0;
    int32_t last_generation =
        0;  ///< Highest number given; numbers of dropped ones are not given again.
    std::vector<Generation> list;
    std::map<GenerationId, GenerationMemory> generations;
    std::unordered_map<DatastreamId, int32_t> series;  ///< Number of each datastream, from 1.
};

}  // namespace tilth::duckdb
