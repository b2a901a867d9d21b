// Stretches of a series without readings, told from the spacing of the readings around them.
//
// Years of hourly readings and a live stream of one a second are one series: what is a gap in the
// one is the ordinary spacing of the other. So a stretch is a gap when it is longer than three
// times the median of the five spacings before it, and of the five after it (at the ends of the
// series of those there are).
#pragma once

#include "base/time.h"

#include <array>
#include <optional>
#include <vector>

namespace tilth::query {

class GapFinder {
  public:
    /// A stretch without readings, from the one before it to the one after it.
    using Gap = TimeRange;

    /// The next reading; times do not fall.
    void Add(Time time);
    /// All gaps, in order; no more is added.
    std::vector<Gap> Take();
    /// What would be a gap after the last reading; none where it is the only one.
    std::optional<Duration> Limit() const;

    static constexpr int kTimesSpacing = 3;

  private:
    static constexpr size_t kSpacings = 5;
    /// Long by what is before it; what is after it decides.
    struct Candidate {
        Gap gap;
        Duration previous{};  ///< The spacing just before it; decides where nothing is after it.
        std::array<Duration, kSpacings> after{};
        size_t count = 0;
    };

    void Decide(const Candidate& candidate);

    std::optional<Time> last_;
    std::array<Duration, kSpacings> before_{};
    size_t count_ = 0;  ///< Of `before_`, at most kSpacings; the newest stands last.
    std::vector<Candidate> open_;
    std::vector<Gap> gaps_;
};

}  // namespace tilth::query
