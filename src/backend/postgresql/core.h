// What the store, its transactions and its readers share.
#pragma once

#include "backend/postgresql/partitions.h"
#include "backend/postgresql/pool.h"
#include "backend/postgresql/tail_cache.h"

#include <atomic>

namespace tilth::postgresql {

struct Core {
    explicit Core(const ProcessedOptions& o) : options(o), pool(o), partitions(pool) {}

    /// What a lease is timed by: nullopt stands for the database's clock.
    std::optional<Time> LeaseTime() const {
        if (options.lease_clock == nullptr) return std::nullopt;
        return options.lease_clock->Now();
    }

    const ProcessedOptions options;
    Pool pool;
    Partitions partitions;
    TailCache tails;
    std::atomic<uint64_t> commits{0};
};

}  // namespace tilth::postgresql
