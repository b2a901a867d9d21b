#include "qc/differences.h"

#include <algorithm>

namespace tilth::qc {
namespace {

/// So many equal rows between two differing ones cost less than a stretch of their own.
constexpr size_t kBridge = 4;

/// The rows of the first time in `rows` if it is `time`; they are taken off.
std::span<const Observation> TakeGroup(std::span<const Observation>& rows, Time time) {
    const auto end =
        std::ranges::find_if(rows, [time](const Observation& row) { return row.time != time; });
    const auto group = rows.first(static_cast<size_t>(end - rows.begin()));
    rows = rows.subspan(group.size());
    return group;
}

Time FirstTime(std::span<const Observation> a, std::span<const Observation> b) {
    if (a.empty()) return b.front().time;
    if (b.empty()) return a.front().time;
    return std::min(a.front().time, b.front().time);
}

/// A stretch that is being written, and equal rows behind it that may become a part of it.
class Stretch {
  public:
    explicit Stretch(SeriesOutput& out) : out_(out) {}

    void Differs(
        Time time, std::span<const Observation> stored, std::span<const Observation> rows
    ) {
        if (!open_) out_.parts.push_back({{time, time}, true, out_.rows.size(), 0});
        open_ = true;
        Add(rows);
        const bool replaces_final = equal_ > 0 || std::ranges::any_of(stored, IsFinal);
        if (replaces_final) out_.parts.back().tail_only = false;
        out_.parts.back().range.to = time + Duration{1};
        out_.parts.back().count = out_.rows.size() - out_.parts.back().first;
        equal_ = 0;
    }
    void Equals(std::span<const Observation> rows) {
        if (!open_) return;
        equal_ += rows.size();
        Add(rows);
        if (equal_ > kBridge) Close();
    }
    void Close() {
        if (open_) out_.rows.resize(out_.rows.size() - equal_);
        open_ = false;
        equal_ = 0;
    }

  private:
    static bool IsFinal(const Observation& row) { return !row.provisional; }
    void Add(std::span<const Observation> rows) {
        out_.rows.insert(out_.rows.end(), rows.begin(), rows.end());
    }

    SeriesOutput& out_;
    bool open_ = false;
    size_t equal_ = 0;
};

}  // namespace

void AppendDifferences(
    std::span<const Observation> stored, std::span<const Observation> computed, SeriesOutput& out
) {
    Stretch stretch(out);
    while (!stored.empty() || !computed.empty()) {
        const Time time = FirstTime(stored, computed);
        const auto before = TakeGroup(stored, time);
        const auto after = TakeGroup(computed, time);
        if (std::ranges::equal(before, after)) {
            stretch.Equals(after);
        } else {
            stretch.Differs(time, before, after);
        }
    }
    stretch.Close();
}

}  // namespace tilth::qc
