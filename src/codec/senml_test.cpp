#include "codec/senml.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::codec {
namespace {

const Time kArrival = FromMicros(1'746'079'200'000'000);  // 2025-05-01T06:00:00Z

/// "device|channel|unit|value|time" of each reading, or the code of the error.
std::vector<std::string> Decode(std::string_view payload) {
    MessageDecoder decoder;
    const MessageMapping mapping;
    std::vector<DecodedReading> readings;
    const DecodeStatus status = decoder.Decode("sensors", payload, kArrival, mapping, readings);
    if (!status) return {std::string(status.error().code)};
    std::vector<std::string> lines;
    for (const DecodedReading& r : readings) {
        lines.push_back(fmt::format(
            "{}|{}|{}|{}|{}",
            r.device,
            r.channel,
            r.unit,
            r.value,
            r.has_time ? FormatRfc3339(r.time) : "arrival"
        ));
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(Senml, BaseNameTimeAndRelativeTimesAreResolved) {
    EXPECT_EQ(
        Decode(
            R"([{"bn":"urn:dev:plot7:","bt":1746079200,"n":"vwc","u":"%","v":21.4},{"n":"t","u":"Cel","v":12.1,"t":-60}])"
        ),
        (Lines{
            "urn:dev:plot7|vwc|%|21.4|2025-05-01T06:00:00Z",
            "urn:dev:plot7|t|Cel|12.1|2025-05-01T05:59:00Z"})
    );
}

// RFC 8428 section 5.1.1, 5.1.2 and 5.1.3.
TEST(Senml, TheExamplesOfTheStandardAreRead) {
    EXPECT_EQ(
        Decode(R"([{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}])"),
        (Lines{"urn:dev:ow:10e2073a01080063|value|Cel|23.1|arrival"})
    );
    EXPECT_EQ(
        Decode(
            R"([{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}])"
        ),
        (Lines{
            "urn:dev:ow:10e2073a01080063|voltage|V|120.1|arrival",
            "urn:dev:ow:10e2073a01080063|current|A|1.2|arrival"})
    );
    EXPECT_EQ(
        Decode(
            R"([{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},)"
            R"({"n":"current","t":-5,"v":1.2},{"n":"current","v":1.7}])"
        ),
        (Lines{
            "urn:dev:ow:10e2073a0108006|voltage|V|120.1|2010-06-08T18:01:16.001Z",
            "urn:dev:ow:10e2073a0108006|current|A|1.2|2010-06-08T18:01:11.001Z",
            "urn:dev:ow:10e2073a0108006|current|A|1.7|2010-06-08T18:01:16.001Z"})
    );
}

TEST(Senml, ANameIsSplitIntoDeviceAndChannel) {
    EXPECT_EQ(Decode(R"([{"n":"plot7/vwc","v":1}])"), (Lines{"plot7|vwc||1|arrival"}));
    EXPECT_EQ(Decode(R"([{"n":"a:b/c","v":1}])"), (Lines{"a:b|c||1|arrival"}));
    EXPECT_EQ(Decode(R"([{"n":"sensor1","v":1}])"), (Lines{"sensor1|value||1|arrival"}));
    EXPECT_EQ(Decode(R"([{"bn":"plot7/","n":"a/b","v":1}])"), (Lines{"plot7|a/b||1|arrival"}));
    EXPECT_EQ(Decode(R"([{"bn":"plot7","n":"vwc","v":1}])"), (Lines{"plot7|vwc||1|arrival"}));
    EXPECT_EQ(
        Decode(R"([{"bn":"urn:dev:plot7","v":1}])"), (Lines{"urn:dev:plot7|value||1|arrival"})
    );
    EXPECT_EQ(
        Decode(R"([{"n":"urn:dev:mac:0024befffe804ff1/t","v":1}])"),
        (Lines{"urn:dev:mac:0024befffe804ff1|t||1|arrival"})
    );
    EXPECT_EQ(Decode(R"([{"bn":"plot7/","v":1}])"), (Lines{"plot7|value||1|arrival"}));
}

TEST(Senml, ValuesAreNumbersTruthsAndNull) {
    EXPECT_EQ(Decode(R"([{"bn":"a/","n":"x","v":null}])"), (Lines{"a|x||nan|arrival"}));
    EXPECT_EQ(
        Decode(R"([{"bn":"a/","bv":100,"n":"x","v":1.5},{"n":"y","vb":true},{"n":"z"}])"),
        (Lines{"a|x||101.5|arrival", "a|y||1|arrival", "a|z||100|arrival"})
    );
    EXPECT_EQ(
        Decode(
            R"([{"bn":"a/","n":"x","vs":"wet"},{"n":"y","vd":"AQI"},{"n":"s","s":5},{"n":"z","v":1}])"
        ),
        (Lines{"a|z||1|arrival"})
    );
}

TEST(Senml, ARelativeTimeCountsFromTheArrival) {
    EXPECT_EQ(Decode(R"([{"n":"a/x","v":1,"t":-90}])"), (Lines{"a|x||1|2025-05-01T05:58:30Z"}));
    EXPECT_EQ(
        Decode(R"([{"n":"a/x","v":1,"t":268435456}])"), (Lines{"a|x||1|1978-07-04T21:24:16Z"})
    );
}

TEST(Senml, WhatCannotBeReadSaysWhy) {
    const std::pair<const char*, const char*> cases[] = {
        {"no_value", "[]"},
        {"no_value", R"([{"bn":"a/"}])"},
        {"no_value", R"([{"n":"a/x","vs":"wet"}])"},
        {"bad_senml", "[1]"},
        {"bad_senml", R"([{"n":1,"v":1}])"},
        {"bad_senml", R"([{"n":"a/x","v":"1"}])"},
        {"bad_senml", R"([{"n":"a/x","v":1,"new_":2}])"},
        {"bad_senml", R"([{"bver":11,"n":"a/x","v":1}])"},
        {"bad_senml", R"([{"n":"a/x","v":1,"t":"now"}])"},
        {"bad_senml", R"([{"n":"a/x","vb":1}])"},
        {"no_device", R"([{"v":1}])"},
        {"no_device", R"([{"bn":":","v":1}])"},
        {"bad_key", R"([{"n":"a/\u0001","v":1}])"},
        {"bad_time", R"([{"n":"a/x","v":1,"t":1e300}])"},
        {"bad_number", R"([{"bn":"a/","bv":1e308,"n":"x","v":1e308}])"},
        {"duplicate_key", R"([{"n":"a/x","v":1,"v":2}])"},
        {"no_device", R"([{"n":"a/x","v":1},{"n":"","v":1}])"},
    };
    for (const auto& [code, payload] : cases) EXPECT_EQ(Decode(payload), Lines{code}) << payload;
}

TEST(Senml, FieldsThatNeedNotBeUnderstoodArePassedOver) {
    EXPECT_EQ(
        Decode(R"([{"n":"a/x","v":1,"extra":{"a":[]},"ut":60,"bs":3}])"), (Lines{"a|x||1|arrival"})
    );
}

}  // namespace
}  // namespace tilth::codec
