#include "model/datastream.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

TEST(DatastreamTest, NamesAreReadableAndIdsFollowFromThem) {
    EXPECT_EQ(NameOf("plot7", "soil_temperature", 0.05, ""), "plot7/soil_temperature@0.05m");
    EXPECT_EQ(NameOf("plot7", "soil_temperature", 0.5, "a"), "plot7/soil_temperature@0.5m#a");
    EXPECT_EQ(NameOf("sensor1", "value", std::nullopt, ""), "sensor1/value");
    // The id is stored: a change of the hash would orphan every lab's results.
    EXPECT_EQ(Raw(IdOf("sensor1/value")), Raw(IdOf("sensor1/value")));
    EXPECT_GT(Raw(IdOf("plot7/soil_temperature@0.05m")), 0);
}

TEST(DatastreamTest, NoTwoDatastreamsHaveOneName) {
    EXPECT_EQ(NameOf("tree", "sap_flow", std::nullopt, "kg/h"), "tree/sap_flow#kg~1h");
    EXPECT_NE(NameOf("a", "b/c", std::nullopt, ""), NameOf("a/b", "c", std::nullopt, ""));
    EXPECT_NE(NameOf("a", "b@0.05m", std::nullopt, ""), NameOf("a", "b", 0.05, ""));
    EXPECT_NE(NameOf("a", "b#c", std::nullopt, ""), NameOf("a", "b", std::nullopt, "c"));
    EXPECT_NE(NameOf("a", "b~1c", std::nullopt, ""), NameOf("a", "b/c", std::nullopt, ""));
    EXPECT_NE(NameOf("a/b#kg", "h", std::nullopt, ""), NameOf("a", "b", std::nullopt, "kg/h"));
}

TEST(DatastreamTest, ChannelNamesSpeakForThemselves) {
    const ChannelMeaning vwc = MeaningOf("vwc_5cm");
    EXPECT_EQ(vwc.property, "volumetric_water_content");
    EXPECT_DOUBLE_EQ(vwc.depth.value(), 0.05);
    const ChannelMeaning twin = MeaningOf("soil_temperature_50acm");
    EXPECT_EQ(twin.label, "a");
    EXPECT_DOUBLE_EQ(twin.depth.value(), 0.5);
    EXPECT_EQ(MeaningOf("air_temperature").depth, std::nullopt);
}

TEST(DatastreamTest, UnknownChannelsKeepTheirName) {
    for (const char* channel : {"value", "x_5cm", "_5cm", "5cm", "", "vwc_5abcm", "vwc_nancm"}) {
        const ChannelMeaning meaning = MeaningOf(channel);
        EXPECT_EQ(meaning.property, channel);
        EXPECT_EQ(meaning.depth, std::nullopt);
    }
}

}  // namespace
}  // namespace tilth
