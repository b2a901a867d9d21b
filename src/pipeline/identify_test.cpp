#include "pipeline/identify.h"

#include "codec/site_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::pipeline {
namespace {

using ::testing::HasSubstr;

const Time kInstalled = ParseRfc3339("2026-03-01T00:00:00Z").value();

/// A probe that sends counts, calibrated from its installation on.
constexpr std::string_view kSite = R"(
things:
  - name: plot
    device: n1
    sensors:
      - model: probe
        depth: 0.05
        installed: "2026-03-01T00:00:00Z"
        channels:
          - {channel: vwc_5cm, property: volumetric_water_content, calibration: {polynomial: [0, 0.001]}}
limits: {channels_per_device: 3}
)";

class IdentifyTest : public ::testing::Test {
  protected:
    Result<Target> Find(std::string_view device, std::string_view channel, Time time = kInstalled) {
        codec::DecodedReading reading;
        reading.device = device;
        reading.channel = channel;
        reading.time = time;
        return identifier_.Find(reading);
    }
    std::string NameAt(std::string_view device, std::string_view channel, Time time = kInstalled) {
        const Result<Target> target = Find(device, channel, time);
        return target ? identifier_.datastreams()[target->series].name : target.error().message;
    }

    SiteConfig site_ = codec::ParseSite(kSite).value();
    Identifier identifier_ = Identifier::Make(site_).value();
};

TEST_F(IdentifyTest, FromItsInstallationOnAChannelIsWhatTheSiteFileSays) {
    const Target target = Find("n1", "vwc_5cm").value();
    EXPECT_EQ(identifier_.datastreams()[target.series].name, "plot/volumetric_water_content@0.05m");
    EXPECT_DOUBLE_EQ(target.Value(250), 0.25);
}

TEST_F(IdentifyTest, BeforeItsInstallationItIsADatastreamOfItsOwn) {
    const Target before = Find("n1", "vwc_5cm", kInstalled - Duration{1}).value();
    const Datastream& datastream = identifier_.datastreams()[before.series];
    EXPECT_EQ(datastream.name, "plot/volumetric_water_content@0.05m#vwc_5cm");
    EXPECT_TRUE(datastream.registered_itself);
    EXPECT_EQ(before.Value(250), 250) << "as sent";
    EXPECT_NE(before.series, Find("n1", "vwc_5cm")->series);
}

TEST_F(IdentifyTest, AnotherChannelOfTheSameNameDoesNotMixWithIt) {
    EXPECT_EQ(
        NameAt("n1", "volumetric_water_content_5cm"),
        "plot/volumetric_water_content@0.05m#volumetric_water_content_5cm"
    );
}

TEST_F(IdentifyTest, AColumnOfAFileIsThePastOfTheSameSeries) {
    codec::BlockColumn column;
    column.thing = "n1";
    column.channel = "Water Content";
    column.property = "volumetric_water_content";
    column.depth = 0.05;
    const ColumnTarget target = identifier_.Find(column, kInstalled - std::chrono::days{365});
    ASSERT_TRUE(target.target.has_value());
    EXPECT_EQ(
        identifier_.datastreams()[target.target->series].name, "plot/volumetric_water_content@0.05m"
    );
}

TEST_F(IdentifyTest, OfADeviceOnlySoManyChannelsRegisterThemselves) {
    for (const char* channel : {"a", "b", "c"})
        EXPECT_EQ(NameAt("n2", channel), fmt::format("n2/{}", channel));
    const Result<Target> fourth = Find("n2", "d");
    ASSERT_FALSE(fourth.has_value());
    EXPECT_EQ(fourth.error().fault, Fault::kRefused);
    EXPECT_THAT(fourth.error().message, HasSubstr("limits.channels_per_device"));
    EXPECT_EQ(NameAt("n2", "a"), "n2/a") << "those that are there go on";
    EXPECT_EQ(NameAt("n3", "d"), "n3/d") << "each device has its own";
    EXPECT_TRUE(Find("n1", "vwc_5cm").has_value()) << "what the site file names is not counted";
}

TEST_F(IdentifyTest, ARestartRemembersHowManyThereAre) {
    for (const char* channel : {"a", "b", "c"}) (void)Find("n2", channel);
    Identifier again = Identifier::Make(site_).value();
    again.Restore(
        {identifier_.things().begin(), identifier_.things().end()},
        {identifier_.datastreams().begin(), identifier_.datastreams().end()}
    );
    codec::DecodedReading reading;
    reading.device = "n2";
    reading.channel = "d";
    EXPECT_FALSE(again.Find(reading).has_value());
    reading.channel = "c";
    EXPECT_TRUE(again.Find(reading).has_value());
}

TEST_F(IdentifyTest, AMessageWithTooManyNewChannelsRegistersNone) {
    std::vector<codec::DecodedReading> readings(4);
    const char* const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < readings.size(); ++i) {
        readings[i].device = "n2";
        readings[i].channel = names[i];
    }
    EXPECT_FALSE(identifier_.CheckChannels(readings).has_value());
    EXPECT_TRUE(identifier_.CheckChannels(std::span(readings).first(3)).has_value());
    for (codec::DecodedReading& reading : readings) reading.channel = "a";
    EXPECT_TRUE(identifier_.CheckChannels(readings).has_value()) << "four readings of one channel";
}

}  // namespace
}  // namespace tilth::pipeline
