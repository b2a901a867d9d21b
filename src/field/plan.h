// Which node sends what when: all messages of a field between two moments, in the order they leave.
//
// A plan reads no clock: live, it is followed at the speed of time (or X times that); for history,
// as fast as it goes. Where one range ends and the next begins makes no difference: the plan of [a,
// c) is that of [a, b) followed by that of [b, c). Not thread-safe.
#pragma once

#include "field/field.h"

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

namespace tilth::field {

/// One message: a measurement, first or second copy.
struct Send {
    Time at;
    Transmission transmission;
    int copy = 0;  ///< 0, or 1 for a duplicate.
};

class Plan {
  public:
    /// All sends in [range.from, range.to); the field must outlive the plan. Set-up looks at the
    /// measurements of two hours before, whose late messages may fall into the range. Memory: 4
    /// bytes a node and what is on its way.
    Plan(const Field& field, TimeRange range);

    /// The next message, or none at the end of the range. Lost ones do not appear.
    std::optional<Send> Next();

  private:
    struct Later {
        bool operator()(const Send& a, const Send& b) const;
    };

    Time EarliestUnseen() const;
    void Admit();

    const Field& field_;
    TimeRange range_;
    std::vector<uint32_t> order_;  ///< Nodes by their delay.
    int64_t count_;                ///< Measurement being admitted,
    size_t position_ = 0;          ///< from this place of order_ on.
    std::priority_queue<Send, std::vector<Send>, Later> waiting_;
};

}  // namespace tilth::field
