#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace tilth::app {
namespace {

using ::testing::HasSubstr;

class SettingsTest : public ::testing::Test {
  protected:
    ~SettingsTest() override { std::filesystem::remove(file_); }

    Status Apply(const std::string& yaml) {
        std::ofstream(file_) << yaml;
        return ApplyFile(file_, options_);
    }
    bool IsSettings(const std::string& yaml) {
        std::ofstream(file_) << yaml;
        return IsSettingsFile(file_, options_);
    }

    const std::filesystem::path file_ =
        std::filesystem::temp_directory_path() / fmt::format("tilth-settings-{}.yaml", getpid());
    Settings settings_;
    std::vector<Option> options_ = OptionsOf(settings_);
};

TEST_F(SettingsTest, AFileHasTheKeysOfTheOptions) {
    ASSERT_TRUE(Apply("mqtt_port: 11883\nno_emulate: true\n").has_value());
    EXPECT_EQ(settings_.mqtt_port, 11883);
    EXPECT_TRUE(settings_.no_emulate);
}

TEST_F(SettingsTest, KeysThatBeginAlikeMayShareASection) {
    ASSERT_TRUE(
        Apply("map:\n  tile_url: https://t.example/{z}/{x}/{y}.png\n  attribution: A\n").has_value()
    );
    EXPECT_EQ(settings_.map_tile_url, "https://t.example/{z}/{x}/{y}.png");
    EXPECT_EQ(settings_.map_attribution, "A");
}

TEST_F(SettingsTest, AnUnknownKeyIsAnErrorWithItsLineAndASuggestion) {
    const Status status = Apply("http: 127.0.0.1:0\nmap:\n  tile_urk: x\n");
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().fault, Fault::kBadInput);
    EXPECT_THAT(status.error().message, HasSubstr(":3: unknown key \"map_tile_urk\""));
    EXPECT_THAT(status.error().message, HasSubstr("\"map_tile_url\""));
}

TEST_F(SettingsTest, AValueThatDoesNotFitSaysWhichAndWhere) {
    const Status status = Apply("mqtt_port: 99999999\n");
    ASSERT_FALSE(status.has_value());
    EXPECT_THAT(status.error().message, HasSubstr(":1: mqtt_port: "));
    EXPECT_FALSE(Apply("mqtt_port: [1, 2]\n").has_value());
}

TEST_F(SettingsTest, SettingsAndSiteFilesAreToldApart) {
    EXPECT_TRUE(IsSettings("map: {tile_url: x}\n"));
    EXPECT_TRUE(IsSettings("site: site.yaml\n"));
    EXPECT_FALSE(IsSettings("site: {name: A field, profile: soil}\nthings: []\n"));
}

}  // namespace
}  // namespace tilth::app
