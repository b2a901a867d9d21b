#include "base/time.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(TimeTest, FormatsWithNoMoreDigitsThanNeeded) {
    EXPECT_EQ(FormatRfc3339(FromMicros(0)), "1970-01-01T00:00:00Z");
    EXPECT_EQ(FormatRfc3339(FromMicros(1'746'079'202'100'000)), "2025-05-01T06:00:02.100Z");
    EXPECT_EQ(FormatRfc3339(FromMicros(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeTest, ParsesWhatItFormats) {
    for (const int64_t micros :
         {int64_t{0}, int64_t{-1}, int64_t{1'746'079'202'123'456}, int64_t{253402300799000000}}) {
        EXPECT_EQ(ParseRfc3339(FormatRfc3339(FromMicros(micros))).value(), FromMicros(micros));
    }
}

TEST(TimeTest, ReadsZonesAndFractions) {
    EXPECT_EQ(FormatRfc3339(*ParseRfc3339("2025-05-01T08:00:00+02:00")), "2025-05-01T06:00:00Z");
    EXPECT_EQ(
        FormatRfc3339(*ParseRfc3339("2025-05-01 06:00:00.1234567Z")), "2025-05-01T06:00:00.123456Z"
    );
}

TEST(TimeTest, RefusesAMissingZoneAndNonsense) {
    EXPECT_FALSE(ParseRfc3339("2025-05-01T06:00:00"));
    for (const char* text :
         {"",
          "x",
          "2025-13-01T00:00:00Z",
          "2025-02-30T00:00:00Z",
          "2025-05-01T25:00:00Z",
          "2025-05-01T06:00:00Zx",
          "2025-05-01T06:00:00+99:00"}) {
        EXPECT_FALSE(ParseRfc3339(text)) << text;
    }
}

TEST(TimeTest, LocalTimesTakeTheGivenOffset) {
    EXPECT_EQ(
        FormatRfc3339(*ParseLocalTime("2023/07/25 14:00", -hours{4})), "2023-07-25T18:00:00Z"
    );
    EXPECT_EQ(
        FormatRfc3339(*ParseLocalTime("2023-07-25T14:00:00Z", -hours{4})), "2023-07-25T14:00:00Z"
    );
    EXPECT_EQ(FormatRfc3339(*ParseLocalTime("2023-07-25", Duration{})), "2023-07-25T00:00:00Z");
}

TEST(TimeTest, FloorsBefore1970) {
    EXPECT_EQ(FormatRfc3339(FloorHour(FromMicros(-1))), "1969-12-31T23:00:00Z");
    EXPECT_EQ(FormatRfc3339(FloorDay(FromMicros(-1))), "1969-12-31T00:00:00Z");
}

TEST(TimeTest, Durations) {
    EXPECT_EQ(ParseDuration("90s").value(), std::chrono::seconds{90});
    EXPECT_EQ(ParseDuration("250ms").value(), milliseconds{250});
    EXPECT_EQ(FormatDuration(hours{48}), "2d");
    EXPECT_EQ(FormatDuration(std::chrono::seconds{90}), "90s");
    for (const char* text : {"", "5", "-5s", "5 s", "s", "99999999999999999999s", "1000000000000w"})
        EXPECT_FALSE(ParseDuration(text)) << text;
}

}  // namespace
}  // namespace tilth
