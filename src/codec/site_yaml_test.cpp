#include "codec/site_yaml.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace tilth::codec {
namespace {

SiteConfig Example() {
    std::ifstream file(TILTH_SOURCE_DIR "/docs/examples/site.yaml");
    std::stringstream text;
    text << file.rdbuf();
    const Result<SiteConfig> site = ParseSite(text.str());
    EXPECT_TRUE(site) << site.error().message;
    return site.value_or(SiteConfig{});
}

const ChannelConfig* Find(const SiteConfig& site, std::string_view channel) {
    for (const ChannelConfig& config : site.channels) {
        if (config.channel == channel) return &config;
    }
    return nullptr;
}

/// The message of the error, empty when there is none.
std::string ErrorOf(std::string_view yaml) {
    const Result<SiteConfig> site = ParseSite(yaml);
    if (site) return "";
    EXPECT_EQ(site.error().fault, Fault::kBadInput);
    return site.error().message;
}

void ExpectError(std::string_view yaml, std::initializer_list<std::string_view> parts) {
    const std::string message = ErrorOf(yaml);
    for (const std::string_view part : parts) {
        EXPECT_NE(message.find(part), std::string::npos) << "in \"" << message << "\" for\n"
                                                         << yaml;
    }
}

TEST(SiteYaml, TheExampleOfTheDocumentationIsRead) {
    const SiteConfig site = Example();
    EXPECT_EQ(site.name, "Lower orchard");
    EXPECT_EQ(site.location.latitude, 51.4934);
    EXPECT_EQ(site.max_devices, 10000u);
    ASSERT_EQ(site.things.size(), 2u);
    EXPECT_EQ(site.things[0].device, "node-07");
    EXPECT_EQ(site.things[1].device, "weather");
    EXPECT_EQ(site.channels.size(), 7u);
    EXPECT_EQ(site.mappings.size(), 2u);
    EXPECT_EQ(site.mappings[0].device_level, 1);
    EXPECT_EQ(site.mappings[0].ignore, (std::vector<std::string>{"rssi", "snr"}));
    ASSERT_EQ(site.statistics.size(), 1u);
    EXPECT_EQ(site.statistics[0].value, 900);
}

TEST(SiteYaml, AChannelKnowsItsDatastream) {
    const SiteConfig site = Example();
    const ChannelConfig* const vwc = Find(site, "vwc_5cm");
    ASSERT_NE(vwc, nullptr);
    EXPECT_EQ(vwc->device, "node-07");
    EXPECT_EQ(vwc->unit, "%");
    EXPECT_EQ(vwc->datastream.name, "plot7/volumetric_water_content@0.05m");
    EXPECT_EQ(vwc->datastream.id, IdOf(vwc->datastream.name));
    EXPECT_EQ(vwc->datastream.unit, "m3/m3");
    EXPECT_EQ(vwc->datastream.sensor, "TEROS 12");
    EXPECT_EQ(vwc->datastream.resolution, 0.001);
    EXPECT_EQ(vwc->datastream.profile, "soil");
    EXPECT_EQ(FormatDuration(vwc->datastream.cadence), "15m");
    EXPECT_EQ(FormatRfc3339(vwc->valid.from), "2025-03-01T08:30:00Z");
    EXPECT_EQ(vwc->valid.to, Time::max());
    const ChannelConfig* const ohms = Find(site, "ohms_50cm");
    ASSERT_NE(ohms, nullptr);
    EXPECT_EQ(ohms->datastream.name, "plot7/matric_potential@0.5m#b");
    EXPECT_EQ(ohms->datastream.profile, "qartod");
    EXPECT_EQ(ohms->calibration.name, "table");
    EXPECT_EQ(ohms->calibration.points[1], (std::pair<double, double>{1000, -9}));
    EXPECT_EQ(Find(site, "rain")->datastream.property, "precipitation") << "by its short name";
}

TEST(SiteYaml, AReplacedProbeKeepsItsDatastream) {
    const SiteConfig site = Example();
    std::vector<const ChannelConfig*> counts;
    for (const ChannelConfig& channel : site.channels) {
        if (channel.channel == "counts_20cm") counts.push_back(&channel);
    }
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_EQ(counts[0]->datastream.id, counts[1]->datastream.id);
    EXPECT_EQ(counts[0]->valid.to, counts[1]->valid.from);
    EXPECT_EQ(FormatRfc3339(counts[1]->valid.from), "2025-06-10T23:00:00Z")
        << "by the site's time zone";
    EXPECT_EQ(counts[0]->calibration.name, "teros12-mineral");
    EXPECT_EQ(counts[1]->calibration.coefficients, (std::vector<double>{-0.6956, 0.0003879}));
}

TEST(SiteYaml, DerivationsHaveDatastreamsOfTheirOwn) {
    const SiteConfig site = Example();
    ASSERT_EQ(site.derivations.size(), 2u);
    EXPECT_EQ(site.derivations[0].datastream.name, "plot7/matric_potential@0.05m#derived");
    EXPECT_EQ(site.derivations[0].datastream.unit, "kPa");
    EXPECT_TRUE(site.derivations[0].datastream.derived);
    EXPECT_EQ(site.derivations[0].alpha, 0.367);
    EXPECT_EQ(site.derivations[1].texture, "silt loam");
}

TEST(SiteYaml, AnEmptyFileIsAnEmptySite) {
    EXPECT_EQ(ErrorOf(""), "");
    EXPECT_EQ(ErrorOf("profiles: {orchard: {version: 1}}"), "") << "profiles are read elsewhere";
}

TEST(SiteYaml, AnUnknownKeyIsAnErrorWithLineAndSuggestion) {
    ExpectError("site:\n  nmae: x\n", {"line 2", "nmae", "did you mean \"name\"?"});
    ExpectError("thigns: []\n", {"line 1", "did you mean \"things\"?"});
    ExpectError("site:\n  name: a\n  name: b\n", {"line 3", "stands twice"});
}

std::string Channel(std::string_view fields, std::string_view sensor = "depth: 0.1") {
    return fmt::format(
        "things:\n- name: a\n  sensors:\n  - {}\n    channels:\n    - {{{}}}\n", sensor, fields
    );
}

TEST(SiteYaml, UnitsAreCheckedAndNeverGuessed) {
    EXPECT_EQ(ErrorOf(Channel("channel: vwc, unit: '%'")), "");
    ExpectError(Channel("channel: vwc"), {"line 6", "needs \"unit\"", "m3/m3"});
    ExpectError(Channel("channel: vwc, unit: furlong-per-blink"), {"line 6", "not a unit"});
    ExpectError(Channel("channel: vwc, unit: Cel"), {"line 6"});
    EXPECT_EQ(ErrorOf(Channel("channel: vwc, calibration: topp")), "") << "raw counts have no unit";
    EXPECT_EQ(ErrorOf(Channel("channel: strange, unit: umol/m2")), "")
        << "an own property keeps its unit";
}

TEST(SiteYaml, NumbersDatesAndNamesAreChecked) {
    ExpectError(Channel("channel: vwc, unit: '%'", "depth: 5cm"), {"line 4", "5cm"});
    ExpectError(Channel("channel: vwc, unit: '%'", "depth: -0.1"), {"line 4", "-0.1"});
    ExpectError(Channel("channel: vwc, unit: '%'", "depth: .nan"), {"line 4"});
    ExpectError(
        Channel("channel: vwc, unit: '%'", "installed: 2025-01-01"), {"line 4", "no time zone"}
    );
    ExpectError(
        Channel("channel: vwc, unit: '%'", "installed: yesterday"), {"line 4", "not a time"}
    );
    ExpectError(Channel("channel: vwc, unit: '%'", "cadence: 15 minutes"), {"line 4", "duration"});
    ExpectError(
        Channel(
            "channel: vwc, unit: '%'",
            "{installed: 2025-01-02T00:00:00Z, removed: 2025-01-01T00:00:00Z, channels: []}"
        ),
        {"line"}
    );
    ExpectError("things: [{name: a}, {name: a}]", {"two things \"a\""});
    ExpectError("things: [{name: a, device: x}, {name: b, device: x}]", {"belongs to two things"});
    ExpectError("things: [{description: x}]", {"needs \"name\""});
    ExpectError(
        "things: [{name: a, location: {latitude: 91, longitude: 0}}]",
        {"latitude", "from -90 to 90"}
    );
    ExpectError("things: {name: a}", {"must be a list"});
    ExpectError("things: [a]", {"keys and values"});
}

TEST(SiteYaml, AChannelHasOneMeaningAtATime) {
    ExpectError(
        "things:\n- name: a\n  sensors:\n"
        "  - {depth: 0.1, channels: [{channel: x, property: vwc, unit: '%'}]}\n"
        "  - {depth: 0.2, channels: [{channel: x, property: vwc, unit: '%'}]}\n",
        {"two meanings"}
    );
}

TEST(SiteYaml, CalibrationsAreNamesPolynomialsOrTables) {
    ExpectError(Channel("channel: vwc, calibration: polynomial"), {"write the numbers"});
    ExpectError(Channel("channel: vwc, calibration: {}"), {"polynomial"});
    ExpectError(Channel("channel: vwc, calibration: {polynomial: [a]}"), {"list of numbers"});
    ExpectError(Channel("channel: vwc, calibration: {table: [[1, 2]]}"), {"two rows"});
    ExpectError(Channel("channel: vwc, calibration: {table: [[2, 2], [1, 3]]}"), {"must rise"});
    ExpectError(Channel("channel: vwc, calibration: {table: [[1, 2, 3]]}"), {"[as sent, value]"});
}

TEST(SiteYaml, MappingsAreChecked) {
    ExpectError("mappings: [{topic: a#}]", {"MQTT filter"});
    ExpectError("mappings: [{format: json}]", {"MQTT filter"});
    ExpectError("mappings: [{topic: a, format: xml}]", {"auto, json, senml"});
    ExpectError("mappings: [{topic: a, time_unit: min}]", {"s, ms, us"});
    ExpectError("mappings: [{topic: a, device_level: first}]", {"whole number"});
    ExpectError("mappings: [{topic: a, device_level: 0, device_field: x}]", {"not both"});
}

TEST(SiteYaml, DerivationsAreChecked) {
    const std::string base = Channel("channel: vwc, unit: '%'") + "derivations:\n";
    EXPECT_EQ(
        ErrorOf(
            base +
            "- {kind: matric_potential, source: a/volumetric_water_content@0.1m, texture: loam}\n"
        ),
        ""
    );
    ExpectError(base + "- {kind: guess, source: a}", {"line 8", "\"kind\""});
    ExpectError(
        base + "- {kind: matric_potential, source: a/volumetric_water_content@0.2m, texture: loam}",
        {"line 8", "did you mean \"a/volumetric_water_content@0.1m\"?"}
    );
    ExpectError(
        base + "- {kind: matric_potential, source: a/volumetric_water_content@0.1m}",
        {"van_genuchten"}
    );
    ExpectError(
        base +
            "- {kind: matric_potential, source: a/volumetric_water_content@0.1m, van_genuchten: "
            "{theta_r: 0.5, "
            "theta_s: 0.4, alpha: 1, n: 1.5}}",
        {"theta_r must be below"}
    );
}

TEST(SiteYaml, WhatIsNoYamlIsRefusedWithItsLine) {
    ExpectError("site:\n  name: [a\n", {"line", "not YAML"});
    ExpectError("site: \xff", {"not UTF-8"});
    ExpectError("[1, 2]", {"keys and values"});
    ExpectError("site: &a {name: *b}", {"line 1"});
    ExpectError(std::string(100'000, '['), {""});
}

}  // namespace
}  // namespace tilth::codec
