// Down-sampling for a plot: M4 keeps of each pixel column the first, last, least and greatest
// value, from which a line is drawn pixel for pixel as from all of them (Jugel, Jerzak,
// Hackenbroich, Markl: "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
#pragma once

#include "model/observation.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tilth::query {

/// A point of a plotted series.
struct Point {
    Time time{};
    double value = 0;  ///< NaN: missing
    double raw_value = 0;
    QualityFlag flag = QualityFlag::kGood;
    TestSet tests{};   ///< That objected
    bool gap = false;  ///< No reading: the line is broken here

    static Point Of(const Observation& row) {
        return {row.time, row.value, row.raw_value, row.flag, row.objected};
    }
};

/// Cuts a range into columns of equal width. Times outside are given the nearest column.
struct Columns {
    TimeRange range;
    int64_t count = 1;

    Duration Width() const { return std::max((range.to - range.from) / count, Duration{1}); }
    int64_t Of(Time t) const {
        const Time inside = std::clamp(t, range.from, std::max(range.from, range.to - Duration{1}));
        return std::min((inside - range.from) / Width(), count - 1);
    }
};

/// One column's extremes, of points added in time order.
class ColumnExtremes {
  public:
    /// With raw values, their extremes are kept as well.
    explicit ColumnExtremes(bool with_raw) : with_raw_(with_raw) {}

    void Add(const Point& point);
    /// Appends the points kept, in order and each once, and starts anew.
    void Flush(std::vector<Point>& out);

  private:
    struct Numbered {
        uint64_t number;
        Point point;
    };
    enum Kept { kFirst, kLast, kLeast, kGreatest, kRawLeast, kRawGreatest, kKept };

    bool with_raw_;
    uint64_t added_ = 0;
    std::array<Numbered, kKept> kept_{};
};

/// Points of a whole series, added in time order: all of them while they are no more than `limit`,
/// else each column's extremes. With `by_flag`, each flag has its own extremes in a column.
class Downsampler {
  public:
    Downsampler(Columns columns, size_t limit, bool with_raw, bool by_flag);

    void Add(const Point& point);
    size_t Added() const { return added_; }
    /// What is kept, in time order. Call once, at the end.
    std::vector<Point> Take();

  private:
    void FlushColumn();

    Columns columns_;
    size_t limit_;
    bool by_flag_;
    size_t added_ = 0;
    int64_t column_ = 0;
    std::vector<Point> all_;  ///< While there are no more than limit_
    std::vector<Point> kept_;
    std::vector<ColumnExtremes> open_;  ///< By flag, or one
};

}  // namespace tilth::query
