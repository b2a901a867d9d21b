#include "codec/text_rows.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

std::vector<std::string> Lines(std::string_view text, bool quotes = false) {
    std::vector<std::string> lines;
    LineReader reader(text, 1, quotes);
    std::string_view line;
    uint64_t number = 0;
    while (reader.Next(line, number))
        lines.push_back(std::to_string(number) + ":" + std::string(line));
    return lines;
}

using Strings = std::vector<std::string>;

TEST(LineReader, AllKindsOfLineEndsEndLines) {
    const Strings expected{"1:a", "2:b", "3:c"};
    for (const char* text : {"a\nb\nc", "a\r\nb\r\nc\r\n", "a\rb\rc\r", "a\n\rb\r\nc\r\n"})
        EXPECT_EQ(Lines(text), expected);
    EXPECT_EQ(Lines("a\n\nb"), (Strings{"1:a", "2:", "3:b"}));
    EXPECT_EQ(Lines(""), Strings{});
}

TEST(LineReader, ALineEndInsideQuotesEndsNoLine) {
    EXPECT_EQ(Lines("a\n\"b\r\nc\"\nd", true), (Strings{"1:a", "2:\"b\r\nc\"", "4:d"}));
    EXPECT_EQ(Lines("a\n\"b\nc", true), (Strings{"1:a", "2:\"b\nc"}));
}

TEST(Fields, AreSplitAtDelimitersBlanksAndOutsideQuotes) {
    std::vector<std::string_view> fields;
    std::vector<std::string> scratch;
    using Views = std::vector<std::string_view>;
    SplitAt("a,,b,", ',', fields);
    EXPECT_EQ(fields, (Views{"a", "", "b", ""}));
    SplitAtBlanks("  a \t b ", fields);
    EXPECT_EQ(fields, (Views{"a", "b"}));
    SplitQuoted("\"a,\"\"b\"\"\",c,\"\"", ',', fields, scratch);
    EXPECT_EQ(fields, (Views{"a,\"b\"", "c", ""}));
    SplitQuoted("\"open,c", ',', fields, scratch);
    EXPECT_EQ(fields, (Views{"open,c"}));
    EXPECT_EQ(Trim("\xef\xbb\xbf a\t"), "a");
    EXPECT_EQ(Trim(" \t"), "");
}

}  // namespace
}  // namespace tilth::codec
