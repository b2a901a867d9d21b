// A processed record: one reading of a datastream, calibrated and judged.
#pragma once

#include "base/time.h"
#include "model/ids.h"
#include "model/raw_record.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace tilth {

/// QARTOD primary flags; the numbers are the standard's.
enum class QualityFlag : uint8_t {
    kGood = 1,
    kNotEvaluated = 2,
    kSuspect = 3,
    kFail = 4,
    kMissing = 9,
};

/// "good", "not_evaluated", "suspect", "fail", "missing".
const char* Name(QualityFlag flag);
/// Accepts the name or the number; kBadInput otherwise.
Result<QualityFlag> ParseQualityFlag(std::string_view text);

/// A set of tests by number (qc/test_numbers.h); a number is never used again.
class TestSet {
  public:
    constexpr TestSet() = default;
    constexpr explicit TestSet(uint64_t bits) : bits_(bits) {}
    constexpr void Add(int test) { bits_ |= uint64_t{1} << test; }
    constexpr bool Has(int test) const { return (bits_ >> test & 1) != 0; }
    constexpr bool Empty() const { return bits_ == 0; }
    constexpr uint64_t bits() const { return bits_; }
    friend constexpr bool operator==(TestSet, TestSet) = default;

  private:
    uint64_t bits_ = 0;
};

/// Source ranks: at one phenomenon time the reading of the highest rank counts.
enum class SourceRank : uint8_t { kLive = 1, kLoggerFile = 2, kCorrectedFile = 3, kManual = 4 };

struct Observation {
    Time time{};  ///< Phenomenon time.
    double value = std::numeric_limits<double>::quiet_NaN(
    );  ///< Calibrated, in the datastream's unit; NaN: missing.
    double raw_value = std::numeric_limits<double>::quiet_NaN(
    );                        ///< As sent, before unit and calibration; NaN: missing.
    uint64_t reading_id = 0;  ///< Hash of what was read: time, raw value, rank, number. Equal
                              ///< readings have equal ids.
    int64_t number =
        0;  ///< The payload's own version or counter, 0 without one; orders readings at one time.
    RawPosition raw;        ///< The first record that carried it.
    TestSet objected;       ///< Tests that set suspect or fail.
    TestSet not_evaluated;  ///< Tests that could not look.
    QualityFlag flag = QualityFlag::kNotEvaluated;
    SourceRank rank = SourceRank::kLive;
    bool counts = true;        ///< False: another reading at this time was preferred.
    bool provisional = false;  ///< A later reading may still change the flag.
    uint32_t manual_flag = 0;  ///< 1 + index in the datastream's manual flags; 0: none.

    /// Bit for bit, NaN equal to NaN.
    friend bool operator==(const Observation& a, const Observation& b);
};

/// What hourly and daily statistics keep. They are over the good readings (flag 1 or 2) that count,
/// in time order; they exist for a bucket once the datastream has a reading at or after the
/// bucket's end, so that they are a function of the readings alone. The open bucket is computed
/// when asked.
struct Rollup {
    Time start{};             ///< Start of the hour or day, UTC.
    uint32_t count = 0;       ///< Readings that count, whatever their flag, missing ones too.
    uint32_t good_count = 0;  ///< Those the statistics below are over; 0: they are NaN.
    double min = std::numeric_limits<double>::quiet_NaN();
    double max = std::numeric_limits<double>::quiet_NaN();
    double mean = std::numeric_limits<double>::quiet_NaN();
    double sd = std::numeric_limits<double>::quiet_NaN(
    );  ///< Sample standard deviation (n - 1); NaN below two.
    double first = std::numeric_limits<double>::quiet_NaN();
    double last = std::numeric_limits<double>::quiet_NaN();
    /// Quantiles of type 7 (linear between order statistics), the default of R and NumPy.
    double p10 = std::numeric_limits<double>::quiet_NaN();
    double p50 = std::numeric_limits<double>::quiet_NaN();
    double p90 = std::numeric_limits<double>::quiet_NaN();

    friend bool operator==(const Rollup& a, const Rollup& b);
};

enum class RollupLevel : uint8_t { kHour = 1, kDay = 2 };
constexpr Duration Length(RollupLevel level) {
    return level == RollupLevel::kHour ? Duration{std::chrono::hours{1}}
                                       : Duration{std::chrono::days{1}};
}

}  // namespace tilth
