#include "codec/decoder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tilth::codec {
namespace {

const Time kArrival = FromMicros(1'746'079'202'500'000);  // 2025-05-01T06:00:02.5Z

struct Decoded {
    std::string code;  ///< Empty when it went well.
    std::string message;
    std::vector<DecodedReading> readings;
};

class MessageDecoderTest : public testing::Test {
  protected:
    Decoded Decode(std::string_view payload, std::string_view topic = "sensors") {
        Decoded result;
        const DecodeStatus status =
            decoder_.Decode(topic, payload, kArrival, mapping_, result.readings);
        if (!status) {
            result.code = status.error().code;
            result.message = status.error().message;
            EXPECT_TRUE(result.readings.empty()) << "half a message: " << payload;
            EXPECT_FALSE(result.message.empty());
        }
        return result;
    }
    std::string CodeOf(std::string_view payload) { return Decode(payload).code; }
    double ValueOf(std::string_view payload) {
        const Decoded result = Decode(payload);
        EXPECT_EQ(result.code, "") << result.message;
        return result.readings.size() == 1 ? result.readings[0].value : std::nan("");
    }

    MessageDecoder decoder_;
    MessageMapping mapping_;
};

TEST_F(MessageDecoderTest, TheSingleValueMessageIsOneReading) {
    const Decoded result = Decode(R"({"name": "sensor1", "value": 5.1})");
    ASSERT_EQ(result.readings.size(), 1u) << result.message;
    const DecodedReading& reading = result.readings[0];
    EXPECT_EQ(reading.device, "sensor1");
    EXPECT_EQ(reading.channel, "value");
    EXPECT_EQ(reading.unit, "");
    EXPECT_EQ(reading.value, 5.1);
    EXPECT_EQ(reading.time, kArrival);
    EXPECT_FALSE(reading.has_time);
    EXPECT_EQ(reading.number, 0);
}

TEST_F(MessageDecoderTest, AFlatMessageHasOneReadingAFieldInItsOrder) {
    const Decoded result = Decode(
        R"({"device":"plot7","time":"2025-05-01T06:00:00Z","seq":41,"vwc_5cm":0.213,"soil_temp_5cm":12.1,)"
        R"("fw":"v2","ok":true,"tags":{"a":1},"list":[1,2],"battery":88})"
    );
    ASSERT_EQ(result.readings.size(), 3u) << result.message;
    EXPECT_EQ(result.readings[0].channel, "vwc_5cm");
    EXPECT_EQ(result.readings[1].channel, "soil_temp_5cm");
    EXPECT_EQ(result.readings[2].channel, "battery");
    EXPECT_EQ(result.readings[2].value, 88);
    for (const DecodedReading& reading : result.readings) {
        EXPECT_EQ(reading.device, "plot7");
        EXPECT_EQ(FormatRfc3339(reading.time), "2025-05-01T06:00:00Z");
        EXPECT_TRUE(reading.has_time);
        EXPECT_EQ(reading.number, 41);
    }
}

TEST_F(MessageDecoderTest, TheDeviceIsTheFirstOfDeviceNameAndId) {
    EXPECT_EQ(Decode(R"({"id":"c","name":"b","device":"a","x":1})").readings.at(0).device, "a");
    EXPECT_EQ(Decode(R"({"id":"c","name":"b","x":1})").readings.at(0).device, "b");
    EXPECT_EQ(Decode(R"({"id":"c","x":1})").readings.at(0).device, "c");
    EXPECT_EQ(Decode(R"({"id":17,"x":1})").readings.at(0).device, "17");
    EXPECT_EQ(Decode(R"({"id":3,"device":"a","x":1})").readings.size(), 1u) << "id is no reading";
}

TEST_F(MessageDecoderTest, TheMappingNamesOtherFields) {
    mapping_.device_field = "node";
    mapping_.time_field = "when";
    mapping_.time_unit = "ms";
    mapping_.number_field = "n";
    mapping_.ignore = {"rssi"};
    const Decoded result =
        Decode(R"({"node":"a","when":1746079200123,"n":"7","rssi":-97,"id":5,"x":1})");
    ASSERT_EQ(result.readings.size(), 2u) << result.message;
    EXPECT_EQ(result.readings[0].channel, "id");
    EXPECT_EQ(result.readings[1].channel, "x");
    EXPECT_EQ(FormatRfc3339(result.readings[1].time), "2025-05-01T06:00:00.123Z");
    EXPECT_EQ(result.readings[1].number, 7);
    EXPECT_EQ(CodeOf(R"({"name":"a","x":1})"), "no_device");
}

TEST_F(MessageDecoderTest, TheDeviceMayBeALevelOfTheTopic) {
    mapping_.device_level = 1;
    EXPECT_EQ(Decode(R"({"x":1})", "field/plot7/up").readings.at(0).device, "plot7");
    EXPECT_EQ(Decode(R"({"x":1})", "field").code, "bad_key");
    EXPECT_EQ(Decode(R"([{"n":"vwc","v":1}])", "field/plot7/up").readings.at(0).channel, "vwc");
}

TEST_F(MessageDecoderTest, TimesAreSecondsUnlessTheMappingSaysOtherwise) {
    const auto time_of = [&](std::string_view text) {
        const Decoded result =
            Decode(fmt::format(R"({{"name":"a","value":1,"timestamp":{}}})", text));
        return result.code.empty() ? FormatRfc3339(result.readings.at(0).time) : result.code;
    };
    EXPECT_EQ(time_of("1746079200"), "2025-05-01T06:00:00Z");
    EXPECT_EQ(time_of("1746079200.25"), "2025-05-01T06:00:00.250Z");
    EXPECT_EQ(time_of("1746079200.123456"), "2025-05-01T06:00:00.123456Z");
    EXPECT_EQ(time_of("\"1746079200\""), "2025-05-01T06:00:00Z");
    EXPECT_EQ(time_of("\"2025-05-01T08:00:00+02:00\""), "2025-05-01T06:00:00Z");
    EXPECT_EQ(time_of("0"), "1970-01-01T00:00:00Z");
    EXPECT_EQ(time_of("-1"), "1969-12-31T23:59:59Z");
    EXPECT_EQ(time_of("1746079200000"), "bad_time") << "milliseconds are not guessed";
    EXPECT_EQ(time_of("\"2025-05-01T08:00:00\""), "bad_time") << "a zone is not guessed";
    EXPECT_EQ(time_of("true"), "bad_time");
    EXPECT_EQ(time_of("1e300"), "bad_time");
    mapping_.time_unit = "us";
    EXPECT_EQ(time_of("1746079200000001"), "2025-05-01T06:00:00.000001Z");
    mapping_.time_unit = "auto";
    EXPECT_EQ(time_of("1746079200"), "2025-05-01T06:00:00Z");
    EXPECT_EQ(time_of("1746079200000"), "2025-05-01T06:00:00Z");
    EXPECT_EQ(time_of("1746079200000000"), "2025-05-01T06:00:00Z");
    mapping_.time_unit = "fortnights";
    EXPECT_EQ(time_of("1"), "bad_time");
}

TEST_F(MessageDecoderTest, ANullTimeIsNone) {
    const Decoded result = Decode(R"({"name":"a","value":1,"time":null,"seq":null})");
    ASSERT_EQ(result.readings.size(), 1u);
    EXPECT_FALSE(result.readings[0].has_time);
}

TEST_F(MessageDecoderTest, NumbersAsTextAreAcceptedWhenTheyArePlain) {
    EXPECT_EQ(ValueOf(R"({"name":"a","value":"21.4"})"), 21.4);
    EXPECT_EQ(ValueOf(R"({"name":"a","value":"-7"})"), -7);
    EXPECT_EQ(ValueOf(R"({"name":"a","value":"+.5"})"), 0.5);
    for (const char* text : {"0x10", "1e5", " 1", "1 ", "12,5", "1_000", "", "-", "+-1", "1.2.3"}) {
        EXPECT_EQ(CodeOf(fmt::format(R"({{"name":"a","value":"{}"}})", text)), "bad_value") << text;
    }
}

TEST_F(MessageDecoderTest, NullAndNanAreMissingReadings) {
    for (const char* text : {"null", "NaN", "nan", "\"NaN\"", "\"nan\"", " NaN "}) {
        const Decoded result = Decode(fmt::format(R"({{"name":"a","value":{}}})", text));
        ASSERT_EQ(result.readings.size(), 1u) << text << result.message;
        EXPECT_TRUE(std::isnan(result.readings[0].value)) << text;
    }
    EXPECT_EQ(CodeOf(R"({"name":"a","value":NaNo})"), "not_json");
    EXPECT_EQ(Decode(R"({"name":"NaN,:NaN","value":NaN,"b":1})").readings.at(0).device, "NaN,:NaN");
}

TEST_F(MessageDecoderTest, InfiniteAndHugeNumbersAreRefused) {
    EXPECT_EQ(CodeOf(R"({"name":"a","value":1e400})"), "bad_number");
    EXPECT_EQ(CodeOf(R"({"name":"a","value":-1e400})"), "bad_number");
    EXPECT_EQ(CodeOf(R"({"name":"a","value":"-Infinity"})"), "bad_number");
    EXPECT_EQ(CodeOf(R"({"name":"a","x":"inf"})"), "bad_number");
    EXPECT_EQ(CodeOf(R"({"name":"a","value":Infinity})"), "not_json");
}

TEST_F(MessageDecoderTest, DoublesKeepEveryBit) {
    for (const double value :
         {0.1, 5.1, 1.7976931348623157e308, 4.9e-324, 2.2250738585072011e-308, -0.3}) {
        EXPECT_EQ(ValueOf(fmt::format(R"({{"name":"a","value":{}}})", value)), value);
    }
    EXPECT_FALSE(std::signbit(ValueOf(R"({"name":"a","value":-0.0})")));
    EXPECT_FALSE(std::signbit(ValueOf(R"({"name":"a","value":"-0"})")));
}

TEST_F(MessageDecoderTest, WhatCannotBeReadSaysWhy) {
    const std::pair<const char*, std::string_view> cases[] = {
        {"empty", ""},
        {"empty", "   "},
        {"not_json", R"({"name":"a","value":)"},
        {"not_json", R"({"name":"a","value":1} x)"},
        {"not_json", R"({"name":"a","value":1,"x":[1,,2]})"},
        {"not_json", "\xef\xbb\xbf{\"name\":\"a\",\"value\":1}"},
        {"not_utf8", "{\"name\":\"\xff\",\"value\":1}"},
        {"not_object", "5.1"},
        {"not_object", R"("a")"},
        {"no_device", R"({"value":1})"},
        {"no_device", R"({"name":null,"value":1})"},
        {"no_device", R"({"name":1.5,"value":1})"},
        {"bad_key", R"({"name":"","value":1})"},
        {"bad_key", R"({"name":"a\u0000b","value":1})"},
        {"bad_key", R"({"name":"a","":1})"},
        {"bad_key", R"({"name":"a","x\ny":1})"},
        {"no_value", R"({"name":"a"})"},
        {"no_value", R"({"name":"a","on":true})"},
        {"bad_value", R"({"name":"a","value":"wet"})"},
        {"bad_value", R"({"name":"a","value":true})"},
        {"bad_value", R"({"name":"a","value":{"x":1}})"},
        {"duplicate_key", R"({"name":"a","value":1,"value":2})"},
        {"duplicate_key", R"({"name":"a","name":"b","value":2})"},
        {"bad_sequence", R"({"name":"a","value":1,"seq":1.5})"},
        {"bad_sequence", R"({"name":"a","value":1,"seq":"x"})"},
        {"bad_sequence", R"({"name":"a","value":1,"seq":18446744073709551615})"},
    };
    for (const auto& [code, payload] : cases) EXPECT_EQ(CodeOf(payload), code) << payload;
}

TEST_F(MessageDecoderTest, HostileNamesAreNamesAndNothingElse) {
    for (const char* name : {"../../etc/passwd", "'; DROP TABLE x; --", "<b>", "a/b", "日本"}) {
        const Decoded result = Decode(fmt::format(R"({{"name":"{}","value":1}})", name));
        ASSERT_EQ(result.readings.size(), 1u) << name;
        EXPECT_EQ(result.readings[0].device, name);
    }
    EXPECT_EQ(
        CodeOf(fmt::format(R"({{"name":"{}","value":1}})", std::string(65536, 'a'))), "bad_key"
    );
}

TEST_F(MessageDecoderTest, DepthSizeAndNumberOfValuesAreBounded) {
    const std::string deep(100'000, '[');
    EXPECT_EQ(CodeOf(R"({"name":"a","value":1,"x":)" + deep + "}"), "too_deep");
    EXPECT_EQ(CodeOf(std::string(10'000'000, '{')), "too_large");
    std::string wide = R"({"name":"a")";
    for (size_t i = 0; i <= kMaxReadingsPerMessage; ++i) wide += fmt::format(",\"c{}\":1", i);
    EXPECT_EQ(CodeOf(wide + "}"), "too_many_values");
    std::string twice = R"({"name":"a","value":1)";
    for (int i = 0; i < 100; ++i) twice += fmt::format(",\"c{}\":1", i % 99);
    EXPECT_EQ(CodeOf(twice + "}"), "duplicate_key");
}

TEST_F(MessageDecoderTest, AfterAFailureTheNextMessageIsUnharmed) {
    EXPECT_EQ(CodeOf("{"), "not_json");
    EXPECT_EQ(ValueOf(R"({"name":"a","value":2})"), 2);
}

TEST_F(MessageDecoderTest, TheUnitBelongsToTheValue) {
    const Decoded result = Decode(R"({"name":"a","unit":"Cel","value":1,"x":2})");
    ASSERT_EQ(result.readings.size(), 2u);
    EXPECT_EQ(result.readings[0].unit, "Cel");
    EXPECT_EQ(result.readings[1].unit, "");
}

TEST_F(MessageDecoderTest, AnUnknownFormatIsRefused) {
    mapping_.format = "xml";
    EXPECT_EQ(CodeOf(R"({"name":"a","value":1})"), "unknown_format");
    mapping_.format = "json";
    EXPECT_EQ(CodeOf(R"([{"n":"a","v":1}])"), "not_object");
}

}  // namespace
}  // namespace tilth::codec
