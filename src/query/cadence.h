// How often a datastream should speak, and what follows from how long it has been silent. Both are
// computed when asked: they are about the present and are never stored with the data.
#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "store/processed_store.h"

#include <map>

namespace tilth::query {

enum class PresentState : uint8_t { kLive, kLate, kSilent };
/// "live", "late", "silent"
const char* Name(PresentState state);

/// live up to max(3 cadences, 30 s), late up to max(10 cadences, 5 min), else silent.
PresentState StateOf(Duration age, Duration cadence);

/// A stamp further ahead of the clock than this says nothing about the present.
inline constexpr Duration kMostAhead = std::chrono::minutes{10};

/// Cadences, declared or else estimated: the median spacing of the latest 32 counting readings, an
/// hour where there are fewer than two. An estimate is kept for ten minutes. Thread-safe.
class Cadences {
  public:
    Cadences(ProcessedStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    Result<Duration> Of(const Datastream& datastream);

  private:
    struct Estimate {
        Duration cadence;
        Time made_at;
    };
    Result<Duration> Compute(DatastreamId datastream);

    ProcessedStore& store_;
    const Clock& clock_;
    Guarded<std::map<DatastreamId, Estimate>> known_;
};

}  // namespace tilth::query
