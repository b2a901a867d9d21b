// What a quality test is: a pure function of one of three kinds.
//
//   (a) WindowTest: over a bounded window of the series, with declared reach back and ahead.
//   (b) FoldTest: in time order, with a small state that is saved in checkpoints.
//   (c) a comparison with a named statistic: a WindowTest that was given a number frozen in the
//       configuration when it was made (gap's cadence); the number never moves with a reading.
// and, apart, ArrivalTest: judges a reading by itself and by the record that brought it, once, when
// it arrives. Its outcome is kept in the row's bits.
//
// Levels. A test sees values, and objections only of lower levels, so nothing goes round in a
// circle:
//   0 the reading and its record (clock, conflict) · 1 the value alone (ranges, sentinel)
//   2 neighbours in time and companions · 3 and up: what looks at objections of level 2.
//
// Tests are immutable and thread-safe.
#pragma once

#include "base/time.h"
#include "model/observation.h"
#include "qc/test_numbers.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tilth::qc {

/// The outcome of one test for one reading; a greater one weighs more in the primary flag.
enum class Verdict : uint8_t { kNotEvaluated = 0, kPass = 1, kSuspect = 2, kFail = 3 };

/// How far a test looks around a reading: at counting readings of its own series that are at most
/// this far away both in time and in rows.
struct Reach {
    Duration back{};
    size_t rows_back = 0;
    Duration ahead{};
    size_t rows_ahead = 0;
};
/// "At any distance in time": the rows alone bound the reach.
inline constexpr Duration kAnyDistance = std::chrono::days{366 * 1000};

/// A companion datastream as the series sees it: for each row the latest usable value of the
/// companion at or before the row's time and within the tolerance; NaN where there is none.
struct CompanionColumn {
    std::span<const double> value;
    std::span<const Time> time;
};

/// The readings of a series that count and whose arrival tests did not fail, in time order, as
/// columns of one length. Times rise strictly.
struct SeriesView {
    std::span<const Time> time;
    /// NaN: missing. From level 2 on also NaN where a level-1 test says that it is no measurement.
    std::span<const double> value;
    std::span<const double> raw_value;
    /// Objections of lower levels.
    std::span<const TestSet> objected;
    /// In the order of Checker::companions().
    std::span<const CompanionColumn> companions;
};

/// State of a fold: empty before the first reading. Equal words mean an equal future.
struct FoldState {
    std::vector<int64_t> words;

    friend bool operator==(const FoldState&, const FoldState&) = default;
};

/// For a person: why a test said what it said about one reading.
struct Reason {
    std::string threshold;  ///< "above 0.6 m3/m3 is suspect"
    std::string seen;       ///< "0.653"
};

class Test {
  public:
    Test(TestNumber number, int level) : number_(number), level_(level) {}
    virtual ~Test() = default;
    Test(const Test&) = delete;
    Test& operator=(const Test&) = delete;

    TestNumber number() const { return number_; }
    int level() const { return level_; }

  private:
    TestNumber number_;
    int level_;
};

class WindowTest : public Test {
  public:
    using Test::Test;

    virtual Reach reach() const = 0;
    /// Writes the verdict of row i to out[i - first] for first <= i < last. The view holds the
    /// reach around these rows, as far as the series has it.
    virtual void Evaluate(const SeriesView& view, size_t first, size_t last, Verdict* out)
        const = 0;
    virtual Reason Why(const SeriesView& view, size_t row) const = 0;
};

class FoldTest : public Test {
  public:
    using Test::Test;

    /// Takes the rows first <= i < last in order, moving the state past them; looks at no other
    /// rows.
    virtual void Evaluate(
        const SeriesView& view, size_t first, size_t last, FoldState& state, Verdict* out
    ) const = 0;
    /// `before` is the state before the row.
    virtual Reason Why(const SeriesView& view, size_t row, const FoldState& before) const = 0;
};

/// What an arrival test may look at.
struct ArrivalFacts {
    Time time{};
    double value = 0;
    double raw_value = 0;
    /// When the record came in; kNoArrival where that says nothing (imported files).
    Time received_at{};
};
inline constexpr Time kNoArrival = Time::min();

/// Passes, fails, or cannot look; it is never in doubt, so that its bits say all. A reading that
/// fails stands outside the series: no other test judges it or sees it as a neighbour.
class ArrivalTest : public Test {
  public:
    explicit ArrivalTest(TestNumber number) : Test(number, 0) {}

    virtual Verdict Judge(const ArrivalFacts& reading) const = 0;
    virtual Reason Why(Time time) const = 0;
};

/// The primary flag of a reading from its tests' verdicts: missing, else fail, suspect, good if at
/// least one test passed, else not evaluated.
constexpr QualityFlag PrimaryFlag(bool missing, Verdict heaviest) {
    constexpr QualityFlag kFlags[] = {
        QualityFlag::kNotEvaluated, QualityFlag::kGood, QualityFlag::kSuspect, QualityFlag::kFail};
    return missing ? QualityFlag::kMissing : kFlags[static_cast<size_t>(heaviest)];
}

}  // namespace tilth::qc
