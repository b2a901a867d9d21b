#include "codec/wall_time.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

std::string Text(std::optional<Time> time) {
    return time ? FormatRfc3339(*time) : "none";
}

std::string Formatted(std::string_view text, std::string_view format) {
    const TimeZone zone = TimeZone::Fixed(std::chrono::hours{2});
    return Text(ParseFormattedTime(text, format, &zone));
}

TEST(WallTime, TheUsualFormsAreRead) {
    EXPECT_EQ(Text(ParseWallTime("2023-07-25 14:00:59")), "2023-07-25T14:00:59Z");
    EXPECT_EQ(Text(ParseWallTime("2023/07/25T14:00")), "2023-07-25T14:00:00Z");
    EXPECT_EQ(Text(ParseWallTime("2023-12-31 24:00")), "2024-01-01T00:00:00Z");
    for (const char* text :
         {"",
          "2023-07-25",
          "2023-02-29 14:00",
          "2023-07-25 14:60",
          "2023-07-25 25:00",
          "2023-07/25 14:00",
          "2023-07-25 14:00:61",
          "2023-07-25 1a:00",
          "0000-07-25 14:00",
          "2023-07-25 24:01"}) {
        EXPECT_EQ(Text(ParseWallTime(text)), "none") << text;
    }
}

TEST(FileTime, ATimesOwnZoneComesFirst) {
    const TimeZone zone = TimeZone::Fixed(std::chrono::hours{2});
    EXPECT_EQ(Text(ParseFileTime("2023-07-25 14:00", &zone)), "2023-07-25T12:00:00Z");
    EXPECT_EQ(Text(ParseFileTime("2023-07-25T14:00:00-05:00", &zone)), "2023-07-25T19:00:00Z");
    EXPECT_EQ(Text(ParseFileTime("2023-07-25 14:00:00.25", &zone)), "2023-07-25T12:00:00.250Z");
    EXPECT_EQ(Text(ParseFileTime("2023-07-25 14:00", nullptr)), "none");
    EXPECT_EQ(Text(ParseFileTime("2023-07-25T14:00:00Z", nullptr)), "2023-07-25T14:00:00Z");
}

TEST(FormattedTime, EveryPartIsRead) {
    EXPECT_EQ(Formatted("01/05/2025 6:30", "%d/%m/%Y %H:%M"), "2025-05-01T04:30:00Z");
    EXPECT_EQ(Formatted("01.05.25 06:30:15.5", "%d.%m.%y %H:%M:%S"), "2025-05-01T04:30:15.500Z");
    EXPECT_EQ(Formatted("99 1", "%y %j"), "1998-12-31T22:00:00Z");
    EXPECT_EQ(Formatted("2024 366 2400", "%Y %j %K"), "2024-12-31T22:00:00Z");
    EXPECT_EQ(Formatted("2024 60 30", "%Y %j %K"), "2024-02-28T22:30:00Z") << "0:30 of day 60";
    EXPECT_EQ(Text(ParseFormattedTime("-0.5", "%s", nullptr)), "1969-12-31T23:59:59.500Z");
}

TEST(FormattedTime, WhatDoesNotFitIsNone) {
    EXPECT_EQ(Formatted("2023 366 100", "%Y %j %K"), "none");
    EXPECT_EQ(Formatted("31/04/2025", "%d/%m/%Y"), "none");
    EXPECT_EQ(Formatted("01/05/2025 ", "%d/%m/%Y"), "none");
    EXPECT_EQ(Formatted("x", "%Y"), "none");
    EXPECT_EQ(Formatted("1e30", "%s"), "none");
    EXPECT_EQ(Text(ParseFormattedTime("2025 1", "%Y %j", nullptr)), "none") << "a zone is needed";
}

TEST(TimeFormat, NeedsADateAndKnownParts) {
    for (const char* good : {"%Y-%m-%d", "%y%j", "%s", "%Y %j %K"})
        EXPECT_TRUE(CheckTimeFormat(good)) << good;
    for (const char* bad : {"", "%H:%M", "%Y-%m", "%Q", "%Y-%m-%d%"})
        EXPECT_FALSE(CheckTimeFormat(bad)) << bad;
}

}  // namespace
}  // namespace tilth::codec
