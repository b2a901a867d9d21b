// The parts of `tilth bench`: each runs one measurement and gives rows of the report.
#pragma once

#include "app/bench_report.h"
#include "base/result.h"

#include <cstdint>
#include <vector>

namespace tilth::app {

/// Sizes; `tilth bench PART --help` says them, --quick makes them small.
struct BenchOptions {
    uint64_t messages = 200'000;  ///< Of a round.
    uint32_t series = 1000;
    uint64_t rounds = 3;
    double latency_seconds = 20;
    uint64_t import_rows = 100'000;  ///< Of 20 readings each.
    uint64_t replay_messages = 1'000'000;
    uint64_t observations = 10'000'000;
    uint64_t plot_points = 10'000'000;
    uint32_t memory_series = 10'000;
    uint64_t synced_messages = 30'000;      ///< Of a round with a sync each.
    uint64_t journal_messages = 1'000'000;  ///< That a broker finds when it starts.
    uint64_t queue = 100'000;               ///< Messages that wait for a subscriber; a fifth too.
    bool quick = false;
};

using BenchRows = std::vector<BenchRow>;

/// Messages a second through the whole lab against the broker's own ceiling, and the CPU of a
/// message.
Result<BenchRows> BenchLive(const BenchOptions& options);
/// What the broker's journal costs, and what it does better than saving on each change.
Result<BenchRows> BenchBrokerSync(const BenchOptions& options);
/// From publishing to a live event in a client, at half of what the lab can take.
Result<BenchRows> BenchLatency(const BenchOptions& options);
/// Files of loggers into raw, checked and processed.
Result<BenchRows> BenchImport(const BenchOptions& options);
/// A stream processed into an empty store.
Result<BenchRows> BenchProcess(const BenchOptions& options);
/// Late readings, and a start of a store with years of data.
Result<BenchRows> BenchLate(const BenchOptions& options);
/// Questions to a large store.
Result<BenchRows> BenchQuery(const BenchOptions& options);
/// Memory of `tilth up` with many series, and how fast it is back.
Result<BenchRows> BenchMemory(const BenchOptions& options);

}  // namespace tilth::app
