// When a record of this run must be in the broker's saved database.
#pragma once

#include "base/time.h"

#include <array>
#include <cstdint>
#include <optional>

namespace tilth::broker_plugin {

/// The database has every record numbered up to `all`, and of QoS 2 messages those up to
/// `exactly_once`, which is never more.
struct Mark {
    uint64_t all = 0;
    uint64_t exactly_once = 0;

    friend bool operator==(const Mark&, const Mark&) = default;
};

/// A save that is seen at one look began after the look before it, so it has what was there then.
/// This needs no clock, and nothing of when in its loop the broker saves.
///
/// A QoS 2 message is handed to subscribers only at PUBREL, which no plugin sees; a save between
/// PUBREC and PUBREL has it as the publisher's unfinished business, and for a publisher without a
/// kept session not at all. So it counts as saved only by a save `hold` after it came.
class Coverage {
  public:
    explicit Coverage(Duration hold) : hold_(hold) {}

    /// One look: `now` on a clock that never goes back, the number of the last record, and whether
    /// the saved file is another than at the last look. Returns what that save has.
    std::optional<Mark> Look(Time now, uint64_t last, bool is_saved) noexcept;

  private:
    struct Sample {
        Time at;
        uint64_t last;
    };
    static constexpr size_t kSamples = 64;

    const Duration hold_;
    uint64_t at_last_look_ = 0;
    /// Looks about hold_ / kSamples apart, the oldest overwritten.
    std::array<Sample, kSamples> samples_{};
    size_t sample_count_ = 0;
    uint64_t settled_ = 0;  ///< Newest number that is older than hold_.
};

}  // namespace tilth::broker_plugin
