#include "backend/mongodb/shown_values.h"

#include <gtest/gtest.h>

#include <string>

namespace tilth::mongodb {
namespace {

std::string Shown(std::string_view payload) {
    bson_t document;
    bson_init(&document);
    AppendShownValues(&document, payload);
    char* json = bson_as_relaxed_extended_json(&document, nullptr);
    std::string text = json;
    bson_free(json);
    bson_destroy(&document);
    return text;
}

TEST(ShownValues, AreTheValueOfTheOriginalLab) {
    EXPECT_EQ(Shown(R"({"name": "sensor1", "value": 5.5})"), R"({ "value" : 5.5 })");
    EXPECT_EQ(Shown(R"({"value": 5, "other": 6})"), R"({ "value" : 5 })");
}

TEST(ShownValues, AreAllNumbersWhereNoneIsTheValue) {
    EXPECT_EQ(
        Shown(R"({"device": "n1", "moisture": 0.25, "status": {"x": 1}, "battery": 3})"),
        R"({ "values" : { "moisture" : 0.25, "battery" : 3 } })"
    );
}

TEST(ShownValues, AreLeftOutWhereThereAreNone) {
    for (const char* payload : {"", "5.1", "[1]", "{", R"({"a": )", R"({"value": "5"})", "{}", "x"})
        EXPECT_EQ(Shown(payload), "{ }") << payload;
    EXPECT_EQ(Shown("{\"value\": 1" + std::string(kLargestShownPayload, ' ') + "}"), "{ }");
}

TEST(ShownValues, LeaveOutNamesThatAServerMayRefuse) {
    EXPECT_EQ(
        Shown(R"({"": 1, "$set": 2, "a.b": 3, "a\u0000": 4, "ok": 5, "ok": 6})"),
        R"({ "values" : { "ok" : 5 } })"
    );
}

TEST(ShownValues, KnowNoNegativeZero) {
    EXPECT_EQ(Shown(R"({"value": -0.0})"), R"({ "value" : 0.0 })");
}

}  // namespace
}  // namespace tilth::mongodb
