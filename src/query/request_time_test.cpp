#include "query/request_time.h"

#include <gtest/gtest.h>

namespace tilth::query {
namespace {

const Time kNow = ParseRfc3339("2025-05-08T12:00:00Z").value();

std::string Bucket(std::string_view every, std::string_view time) {
    return FormatRfc3339(Every::Parse(every).value().BucketStart(ParseRfc3339(time).value()));
}

TEST(RequestTime, IsAbsoluteOrRelative) {
    EXPECT_EQ(FormatRfc3339(ParseRequestTime("-7d", kNow).value()), "2025-05-01T12:00:00Z");
    EXPECT_EQ(FormatRfc3339(ParseRequestTime("2025-05-01", kNow).value()), "2025-05-01T00:00:00Z");
    EXPECT_EQ(
        FormatRfc3339(ParseRequestTime("2025-05-01T02:00:00+02:00", kNow).value()),
        "2025-05-01T00:00:00Z"
    );
    EXPECT_EQ(ParseRequestTime("now", kNow).value(), kNow);
}

TEST(RequestTime, AWrongOneIsNamedInTheError) {
    for (const char* text :
         {"",
          "7d",
          "-",
          "-7",
          "-7y",
          "2025-13-01",
          "2025-05-01T00:00:00",
          "-9999999w",
          "yesterday"}) {
        const auto time = ParseRequestTime(text, kNow);
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error().fault, Fault::kBadInput);
        EXPECT_NE(time.error().message.find(fmt::format("'{}'", text)), std::string::npos);
    }
}

TEST(Every, BucketsAreAlignedInUtc) {
    EXPECT_EQ(Bucket("hour", "2025-05-08T12:34:56Z"), "2025-05-08T12:00:00Z");
    EXPECT_EQ(Bucket("day", "2025-05-08T12:34:56Z"), "2025-05-08T00:00:00Z");
    EXPECT_EQ(Bucket("week", "2025-05-08T12:34:56Z"), "2025-05-05T00:00:00Z");  // A Monday
    EXPECT_EQ(Bucket("1w", "2025-05-05T00:00:00Z"), "2025-05-05T00:00:00Z");
    EXPECT_EQ(Bucket("month", "2024-02-29T12:34:56Z"), "2024-02-01T00:00:00Z");
    EXPECT_EQ(Bucket("15m", "2025-05-08T12:34:56Z"), "2025-05-08T12:30:00Z");
    EXPECT_EQ(Bucket("day", "1969-12-31T23:59:59Z"), "1969-12-31T00:00:00Z");
}

TEST(Every, MonthsHaveTheirOwnLength) {
    const Every month = Every::Parse("month").value();
    EXPECT_EQ(
        FormatRfc3339(month.Next(ParseRfc3339("2024-02-01T00:00:00Z").value())),
        "2024-03-01T00:00:00Z"
    );
    EXPECT_EQ(
        FormatRfc3339(month.Next(ParseRfc3339("2024-12-01T00:00:00Z").value())),
        "2025-01-01T00:00:00Z"
    );
}

TEST(Every, KnowsWhichRollupsFit) {
    EXPECT_TRUE(Every::Parse("month").value().WholeDays());
    EXPECT_TRUE(Every::Parse("2d").value().WholeDays());
    EXPECT_FALSE(Every::Parse("6h").value().WholeDays());
    EXPECT_TRUE(Every::Parse("6h").value().WholeHours());
    EXPECT_FALSE(Every::Parse("90m").value().WholeHours());
}

TEST(Every, RefusesWhatIsNoStep) {
    for (const char* text : {"", "0s", "10ms", "year", "-1h", "99999999d"})
        EXPECT_FALSE(Every::Parse(text)) << text;
}

}  // namespace
}  // namespace tilth::query
