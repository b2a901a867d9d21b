#include "app/demo_field.h"

#include "model/datastream.h"

#include <array>
#include <cmath>
#include <map>
#include <vector>

namespace tilth::app {
namespace {

/// Channels of one depth are one probe; those of the air and the node itself have none.
std::map<double, std::vector<field::ChannelId>> ByDepth(const field::NodeInfo& node) {
    std::map<double, std::vector<field::ChannelId>> depths;
    for (const field::ChannelId id : node.channels) {
        const double depth = field::Describe(id).depth;
        depths[std::isnan(depth) ? -1 : depth].push_back(id);
    }
    return depths;
}

bool IsRawCount(const field::Channel& channel) {
    return channel.name.starts_with("teros12_raw");
}

std::string_view SensorModel(const field::NodeInfo& node, double depth) {
    if (depth >= 0) return "emulated TEROS 12";
    return node.weather ? "emulated weather station" : "emulated node";
}

void AppendSensors(const field::NodeInfo& node, std::string& out) {
    for (const auto& [depth, channels] : ByDepth(node)) {
        out += fmt::format("      - model: {}\n", SensorModel(node, depth));
        if (depth >= 0) out += fmt::format("        depth: {}\n", depth);
        // No cadence is declared: the past is hourly, the present is not.
        out += "        channels:\n";
        for (const field::ChannelId id : channels) {
            const field::Channel& channel = field::Describe(id);
            if (IsRawCount(channel)) {
                out += fmt::format(
                    "          - {{channel: {}, property: volumetric_water_content, calibration: "
                    "teros12-mineral}}\n",
                    channel.name
                );
            } else {
                out += fmt::format(
                    "          - {{channel: {}, unit: \"{}\"}}\n", channel.name, channel.unit
                );
            }
        }
    }
}

void AppendDerivations(const field::NodeInfo& node, std::string& out) {
    for (const std::string_view kind : {"matric_potential", "degree_of_saturation"}) {
        out += fmt::format(
            "  - kind: {}\n    source: {}/volumetric_water_content@0.05m\n    texture: {}\n",
            kind,
            node.name,
            node.texture
        );
    }
}

}  // namespace

field::FieldConfig DemoField(uint32_t nodes, uint64_t seed) {
    field::FieldConfig config;
    config.seed = seed;
    config.nodes = nodes;
    config.interval = std::chrono::seconds{10};
    config.send_spread = std::chrono::seconds{10};
    // As in the history: sums over ten seconds beside sums over an hour would look like a drought.
    config.rain_interval = std::chrono::hours{1};
    if (nodes > 2) config.raw_counts_node = 2;
    return config;
}

std::string DemoSite(const field::Field& field) {
    std::string out =
        "# The demonstration field: an emulator makes its readings, nothing here was measured.\n"
        "site:\n  name: Demonstration field (emulated)\n  profile: soil\nthings:\n";
    std::string derivations = "derivations:\n";
    for (uint64_t number = 0; number < field.NodeCount(); ++number) {
        const field::NodeInfo node = field.DescribeNode(number);
        out += fmt::format("  - name: {}\n", node.name);
        out += node.weather ? "    description: Emulated weather station\n"
                            : fmt::format("    description: Emulated node in {}\n", node.texture);
        out += fmt::format(
            "    location: {{latitude: {}, longitude: {}}}\n", node.latitude, node.longitude
        );
        out += "    emulated: true\n    sensors:\n";
        AppendSensors(node, out);
        if (!node.weather) AppendDerivations(node, derivations);
    }
    return out + derivations;
}

std::string DemoHistory(field::Field& field, uint64_t node, TimeRange range) {
    std::array<field::Reading, field::kMostReadings> readings{};
    const field::NodeInfo info = field.DescribeNode(node);
    std::string csv = "time";
    for (const field::ChannelId id : info.channels)
        csv += fmt::format(",{}", field::Describe(id).name);
    csv += '\n';
    for (Time t = range.from; t < range.to; t += std::chrono::hours{1}) {
        const size_t count = field.Read(node, t, readings);
        csv += FormatRfc3339(t);
        for (const field::Reading& reading : std::span(readings).first(count)) {
            fmt::format_to(
                std::back_inserter(csv),
                ",{:.{}f}",
                reading.value,
                field::Describe(reading.channel).digits
            );
        }
        csv += '\n';
    }
    return csv;
}

std::string DemoHistoryMapping(const field::Field& field, uint64_t node) {
    const field::NodeInfo info = field.DescribeNode(node);
    std::string out =
        fmt::format("time_columns: [time]\ntime_zone: own\nthing: {}\ncolumns:\n", info.name);
    for (const field::ChannelId id : info.channels) {
        const field::Channel& channel = field::Describe(id);
        const ChannelMeaning meaning = MeaningOf(channel.name);
        out += fmt::format(
            "  - {{column: {}, property: {}, unit: \"{}\"",
            channel.name,
            meaning.property,
            channel.unit
        );
        if (!std::isnan(channel.depth)) out += fmt::format(", depth: {}", channel.depth);
        out += "}\n";
    }
    return out;
}

}  // namespace tilth::app
