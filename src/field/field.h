// The emulated field: nodes with probes in a soil under the weather, each value a function of seed,
// node and time.
//
// The same field gives the same values at any speed and in any order of questions. Up to
// kMostColumns nodes have a soil of their own; beyond that nodes share them and differ by offsets,
// so that a million nodes need no more memory. Not thread-safe (states are kept); make one Field a
// thread, they agree.
#pragma once

#include "base/time.h"
#include "field/channel.h"
#include "field/column_trace.h"
#include "field/faults.h"
#include "field/node.h"
#include "field/probe.h"
#include "field/weather.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tilth::field {

struct FieldConfig {
    uint64_t seed = 1;
    uint64_t nodes = 12;  ///< Soil nodes, 1 to 1,000,000; one weather node comes on top.
    /// When the soil begins, at field capacity. Times before it find that first state. It takes
    /// about a year to be forgotten.
    Time epoch = std::chrono::sys_days{std::chrono::year{2021} / 1 / 1};
    Climate climate = {};
    Duration interval = std::chrono::minutes{10};  ///< Between measurements, >= 1 ms.
    /// Rain is reported once in such a time, with the first measurement after its end, as the sum
    /// over it: a gauge's own interval. Zero: with every measurement, over one interval.
    Duration rain_interval = {};
    /// Messages of one measurement are spread over this; at most one interval is used.
    Duration send_spread = std::chrono::seconds{30};
    RadioQuality radio = {};
    bool faults = true;  ///< See faults.h.
    /// This node sends TEROS 12 counts instead of water content; for calibration.
    std::optional<uint64_t> raw_counts_node = {};
    std::string name_prefix = "field-";  ///< Before "node-01" and "weather"; [A-Za-z0-9._-].
};

/// What is known of a node without a measurement.
struct NodeInfo {
    std::string name;  ///< "field-node-01"; the weather node is "field-weather".
    double latitude;
    double longitude;
    bool weather;                         ///< The weather node.
    std::string_view texture;             ///< Of the topsoil; empty for the weather node.
    FaultKind fault;                      ///< What is wrong with it.
    std::span<const ChannelId> channels;  ///< In the order Read gives them.
};

class Field {
  public:
    /// kBadInput where the configuration is outside its limits.
    static Result<Field> Make(FieldConfig config);

    const FieldConfig& Config() const { return config_; }
    const Weather& Sky() const { return weather_; }

    /// Soil nodes are 0 to nodes - 1; the weather node is number `nodes`.
    uint64_t NodeCount() const { return config_.nodes + 1; }
    bool IsWeather(uint64_t node) const { return node == config_.nodes; }
    NodeInfo DescribeNode(uint64_t node) const;
    /// The node's name, appended to `out`.
    void AppendName(uint64_t node, std::string& out) const;

    /// How a measurement goes on its way. Number `count` of every node is stamped count x interval
    /// since 1970, by the node's own clock (which a kClockReset sets back to 1970).
    Transmission Transmit(uint64_t node, int64_t count) const;
    /// When, after a measurement, a node sends: its share of the spread.
    Duration SendDelay(uint64_t node) const;

    /// The readings of a node at a true moment, into the front of `out`; returns how many. About
    /// 0.1 us a reading, and no allocation once the hour has been reached; the first question for a
    /// later hour steps the soil there from the last one asked for. Rain depends on the intervals
    /// (see FieldConfig), nothing else does; where it is not due it is left out.
    size_t Read(uint64_t node, Time measured, std::span<Reading, kMostReadings> out);

    static constexpr uint64_t kMostColumns = 64;

  private:
    explicit Field(FieldConfig config);

    struct Moment;
    class Writer;
    Moment MomentAt(uint64_t node, Time t);
    Surroundings Around(uint64_t node, const Moment& moment, size_t probe, Time t) const;
    void ReadProbe(uint64_t node, size_t probe, Time measured, Writer& writer);
    void ReadPotential(uint64_t node, Time measured, Writer& writer);
    void ReadWeather(Time measured, Writer& writer) const;
    void ReadRain(Time measured, Writer& writer) const;

    FieldConfig config_;
    Weather weather_;
    ForcingTrace forcing_;
    std::vector<ColumnTrace> columns_;
};

}  // namespace tilth::field
