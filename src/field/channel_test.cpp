#include "field/channel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace tilth::field {
namespace {

TEST(ChannelTest, NamesAreDifferentAndDescribed) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(ChannelId::kWindSpeed); ++i) {
        const Channel& channel = Describe(static_cast<ChannelId>(i));
        EXPECT_TRUE(names.insert(channel.name).second) << channel.name;
        EXPECT_FALSE(channel.property.empty()) << channel.name;
        EXPECT_FALSE(channel.unit.empty()) << channel.name;
        EXPECT_GE(channel.digits, 0);
        EXPECT_LE(channel.digits, 4);
    }
}

TEST(ChannelTest, AChannelWithADepthSaysSoInItsName) {
    for (const ChannelId id : SoilChannels(true)) {
        const Channel& channel = Describe(id);
        const bool named = channel.name.ends_with("_5cm") || channel.name.ends_with("0cm");
        EXPECT_EQ(named, !std::isnan(channel.depth)) << channel.name;
    }
    EXPECT_EQ(Describe(AtProbe(ChannelId::kBulkEc5, 2)).name, "bulk_ec_50cm");
    EXPECT_EQ(Describe(AtProbe(ChannelId::kRaw5, 1)).depth, 0.20);
}

TEST(ChannelTest, NoNodeHasMoreThanTheMost) {
    EXPECT_LE(SoilChannels(false).size(), kMostReadings);
    EXPECT_LE(WeatherChannels().size(), kMostReadings);
    EXPECT_EQ(SoilChannels(false).size(), SoilChannels(true).size());
}

}  // namespace
}  // namespace tilth::field
