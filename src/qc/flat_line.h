// The state behind the flat-line test: the longest stretch up to now whose values stay within a
// tolerance.
#pragma once

#include "qc/test.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tilth::qc {

/// Keeps the highest and lowest values of the stretch in two queues (strictly falling and rising),
/// so that its start is exact when a value at its front has to go. At most kLevels values each; a
/// stretch that creeps over more is seen shorter than it is.
class FlatStretch {
  public:
    static constexpr size_t kLevels = 64;

    struct Limits {
        double tolerance = 0;             ///< The range of the values stays below it; > 0.
        Duration longest{};               ///< More than this need not be told apart.
        Duration max_gap = kAnyDistance;  ///< A longer time between two values ends the stretch.
    };

    static FlatStretch From(const FoldState& state);
    void To(FoldState& state) const;

    /// A row with a value; returns how long the stretch is now, up to `longest`.
    Duration Add(Time time, double value, const Limits& limits);
    /// A row without: it neither ends the stretch nor counts as a value.
    void AddMissing(Time time);

    double highest() const { return high_.front().value; }
    double lowest() const { return low_.front().value; }

  private:
    struct Entry {
        int64_t time;
        double value;
        int64_t next;  ///< Time of the row after it: where the stretch begins when it goes.
    };
    class Queue {
      public:
        bool empty() const { return begin_ == end_; }
        size_t size() const { return end_ - begin_; }
        Entry& front() { return entries_[begin_]; }
        const Entry& front() const { return entries_[begin_]; }
        Entry& back() { return entries_[end_ - 1]; }
        const Entry& operator[](size_t i) const { return entries_[begin_ + i]; }
        void PopFront() { ++begin_; }
        void PopBack() { --end_; }
        void PushBack(const Entry& entry);
        void Clear() { begin_ = end_ = 0; }

      private:
        std::array<Entry, 2 * kLevels> entries_;
        size_t begin_ = 0;
        size_t end_ = 0;
    };

    void Row(int64_t time);
    void StartAfter(Queue& queue);
    void Forget(Queue& queue, int64_t before);

    bool any_ = false;
    int64_t start_ = 0;
    Queue high_;
    Queue low_;
};

}  // namespace tilth::qc
