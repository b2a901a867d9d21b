#include "base/text.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

TEST(TextTest, KnowsUtf8) {
    EXPECT_TRUE(IsUtf8("plot 7 \xc3\xa4 \xf0\x9f\x8c\xb1"));
    for (const char* bad :
         {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xc3", "\xe2\x82"}) {
        EXPECT_FALSE(IsUtf8(bad));
    }
}

TEST(TextTest, KeysAreShortAndPrintable) {
    EXPECT_TRUE(CheckKey("../it's \"mine\"", "device"));
    EXPECT_FALSE(CheckKey("", "device"));
    EXPECT_FALSE(CheckKey(std::string(257, 'a'), "device"));
    EXPECT_FALSE(CheckKey("a\nb", "device"));
    EXPECT_FALSE(CheckKey(std::string_view("a\0b", 3), "device"));
    EXPECT_FALSE(CheckKey("\xff", "device"));
}

TEST(TextTest, PrintsBytesSafely) {
    EXPECT_EQ(Printable(std::string_view("a\0\xff", 3)), "a\\x00\\xff");
    EXPECT_EQ(Printable("abcdef", 3), "abc...");
}

TEST(TextTest, SuggestsTheClosest) {
    EXPECT_EQ(Closest("mqtt_prot", {"mqtt_port", "http", "data"}), "mqtt_port");
    EXPECT_EQ(Closest("zzz", {"mqtt_port", "http"}), "");
}

}  // namespace
}  // namespace tilth
