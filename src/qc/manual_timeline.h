// Which manual flag holds when: the last one given that covers a time, unless it withdraws.
#pragma once

#include "model/manual_flag.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tilth::qc {

class ManualTimeline {
  public:
    /// `flags` in order of (when, position); must outlive the timeline.
    void Build(std::span<const ManualFlag> flags);

    bool empty() const { return steps_.empty(); }
    /// 1 + the index of the flag that holds at `time`; 0: none.
    uint32_t At(Time time) const;
    QualityFlag FlagOf(uint32_t number) const { return flags_[number - 1].flag; }

  private:
    struct Step {
        Time from{};
        uint32_t number = 0;
    };

    std::span<const ManualFlag> flags_;
    std::vector<Step> steps_;  ///< By time; each holds until the next.
};

}  // namespace tilth::qc
