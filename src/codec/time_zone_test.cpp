#include "codec/time_zone.h"

#include "base/zone_file.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

std::string ToUtc(const TimeZone& zone, std::string_view local) {
    return FormatRfc3339(zone.ToUtc(ParseLocalTime(local, Duration{}).value()));
}

TimeZone Fixed(std::string_view text) {
    const auto zone = ParseTimeZone(text, [](std::string_view) -> Result<std::string> {
        return Fail(Fault::kNotFound, "no zones here");
    });
    EXPECT_TRUE(zone) << text;
    return zone.value_or(TimeZone{});
}

TEST(TimeZone, OffsetsAreReadInTheirUsualForms) {
    EXPECT_EQ(ToUtc(Fixed("Z"), "2025-05-01 06:00"), "2025-05-01T06:00:00Z");
    EXPECT_EQ(ToUtc(Fixed("UTC"), "2025-05-01 06:00"), "2025-05-01T06:00:00Z");
    EXPECT_EQ(ToUtc(Fixed("-04:00"), "2025-05-01 06:00"), "2025-05-01T10:00:00Z");
    EXPECT_EQ(ToUtc(Fixed("UTC-04"), "2025-05-01 06:00"), "2025-05-01T10:00:00Z");
    EXPECT_EQ(ToUtc(Fixed("+0530"), "2025-05-01 06:00"), "2025-05-01T00:30:00Z");
    EXPECT_EQ(Fixed("UTC-04").name(), "-04:00");
    EXPECT_EQ(Fixed("+00:00").name(), "Z");
}

TEST(TimeZone, WhatIsNoZoneIsRefusedWithWhatToWrite) {
    for (const char* text : {"", "local", "?", "+4", "+25:00", "-04:60", "+04:00x", "UTC4"}) {
        const auto zone = ParseTimeZone(text, LoadZoneFile);
        ASSERT_FALSE(zone) << text;
        EXPECT_EQ(zone.error().fault, Fault::kBadInput);
        EXPECT_NE(zone.error().message.find("-04:00"), std::string::npos);
    }
}

class NewYork : public testing::Test {
  protected:
    void SetUp() override {
        const auto zone = ParseTimeZone("America/New_York", LoadZoneFile);
        if (!zone) GTEST_SKIP() << zone.error().message;
        zone_ = *zone;
    }
    TimeZone zone_;
};

TEST_F(NewYork, SummerAndWinterHaveTheirOffsets) {
    EXPECT_EQ(zone_.name(), "America/New_York");
    EXPECT_EQ(ToUtc(zone_, "2023-07-01 12:00"), "2023-07-01T16:00:00Z");
    EXPECT_EQ(ToUtc(zone_, "2023-01-01 12:00"), "2023-01-01T17:00:00Z");
    EXPECT_EQ(ToUtc(zone_, "1970-07-01 12:00"), "1970-07-01T16:00:00Z");
    EXPECT_EQ(ToUtc(zone_, "2060-07-01 12:00"), "2060-07-01T16:00:00Z")
        << "by the rule at the file's end";
    EXPECT_EQ(ToUtc(zone_, "2060-12-01 12:00"), "2060-12-01T17:00:00Z");
}

TEST_F(NewYork, ATimeTheClockShowedTwiceIsTheFirst) {
    EXPECT_EQ(ToUtc(zone_, "2023-11-05 00:59:59"), "2023-11-05T04:59:59Z");
    EXPECT_EQ(ToUtc(zone_, "2023-11-05 01:00"), "2023-11-05T05:00:00Z");
    EXPECT_EQ(ToUtc(zone_, "2023-11-05 01:59:59"), "2023-11-05T05:59:59Z");
    EXPECT_EQ(ToUtc(zone_, "2023-11-05 02:00"), "2023-11-05T07:00:00Z");
}

TEST_F(NewYork, ATimeTheClockNeverShowedHasTheOffsetBeforeTheJump) {
    EXPECT_EQ(ToUtc(zone_, "2023-03-12 01:59:59"), "2023-03-12T06:59:59Z");
    EXPECT_EQ(ToUtc(zone_, "2023-03-12 02:30"), "2023-03-12T07:30:00Z");
    EXPECT_EQ(ToUtc(zone_, "2023-03-12 03:00"), "2023-03-12T07:00:00Z");
}

TEST_F(NewYork, TheTextHoldsTheWholeZone) {
    const auto again = TimeZone::FromText(zone_.Text());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->Text(), zone_.Text());
    for (const char* local :
         {"1950-01-01", "2023-03-12 02:30", "2023-11-05 01:30", "2099-07-01", "2500-01-01"}) {
        EXPECT_EQ(ToUtc(*again, local), ToUtc(zone_, local));
    }
}

TEST(TimeZone, FixedZonesSurviveTheirText) {
    for (const char* text : {"Z", "-04:00", "+05:45"})
        EXPECT_EQ(TimeZone::FromText(Fixed(text).Text())->name(), text);
}

TEST(TimeZone, ADamagedTextOrFileIsRefused) {
    for (const char* text :
         {"", "A;", "A;x", "A;0;5", "A;0;5,6;5,7", "A;0;5,999999", "A;0;5,6x", "+4"}) {
        EXPECT_FALSE(TimeZone::FromText(text)) << text;
    }
    EXPECT_FALSE(TimeZone::FromTzif("x", ""));
    EXPECT_FALSE(TimeZone::FromTzif("x", "TZif2"));
    const auto bytes = LoadZoneFile("Europe/Berlin");
    if (!bytes) GTEST_SKIP() << bytes.error().message;
    for (size_t length = 0; length < bytes->size(); length += 7) {
        TimeZone::FromTzif("x", std::string_view(*bytes).substr(0, length));
    }
    EXPECT_FALSE(TimeZone::FromTzif("x", bytes->substr(0, bytes->size() / 2)));
}

}  // namespace
}  // namespace tilth::codec
