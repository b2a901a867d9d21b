#include "query/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace tilth::query {
namespace {

std::string Text(std::string_view text) {
    std::string out;
    AppendJsonString(out, text);
    return out;
}

TEST(JsonWriter, EscapesWhatJsonMustNotHold) {
    EXPECT_EQ(Text("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(Text("Grad °C 😀"), "\"Grad °C 😀\"");
    EXPECT_EQ(Text("a\xff\xc3"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, NumbersReadBackAsTheSameAndThoseJsonLacksAreNull) {
    std::string out;
    JsonWriter(out)
        .BeginArray()
        .Value(0.1)
        .Value(-0.0)
        .Value(1e300)
        .Value(std::nan(""))
        .Value(std::numeric_limits<double>::infinity())
        .EndArray();
    EXPECT_EQ(out, "[0.1,-0,1e+300,null,null]");
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    std::string out;
    JsonWriter json(out);
    json.BeginObject()
        .Field("a", 1)
        .Key("b")
        .BeginArray()
        .Value("x")
        .BeginObject()
        .EndObject()
        .Null()
        .EndArray();
    json.Key("c").Quoted(uint64_t{1} << 62).EndObject();
    EXPECT_EQ(out, R"({"a":1,"b":["x",{},null],"c":"4611686018427387904"})");
}

TEST(JsonWriter, TimesAreThoseOfFormatRfc3339) {
    for (const int64_t micros :
         {0L,
          -1L,
          86'399'999'999L,
          1'746'079'202'120'000L,
          1'746'079'202'000'001L,
          -62'135'596'800'000'000L,
          253'402'300'799'999'999L,
          253'402'300'800'000'000L}) {
        std::string out;
        AppendTime(out, FromMicros(micros));
        EXPECT_EQ(out, FormatRfc3339(FromMicros(micros)));
    }
}

TEST(Csv, QuotesOnlyWhereNeeded) {
    std::string out;
    AppendCsvField(out, "plain");
    AppendCsvField(out, "a,\"b\"");
    AppendCsvNumber(out, std::nan(""));
    EXPECT_EQ(out, "plain\"a,\"\"b\"\"\"");
}

}  // namespace
}  // namespace tilth::query
