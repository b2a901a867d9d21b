#include "field/field.h"

#include "base/text.h"
#include "field/noise.h"
#include "soil/permittivity.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tilth::field {
namespace {

constexpr uint64_t kMostNodes = 1'000'000;
constexpr size_t kProbes = 3;
constexpr std::array<double, kProbes> kProbeDepth{0.05, 0.20, 0.50};
constexpr double kPlotSpacing = 0.0004;  // Degrees of latitude between nodes, about 45 m.
constexpr double kDirtyPanel = 0.62;
constexpr double kWaterPerCount = 3.879e-4;  // m3/m3, TEROS 12 in mineral soil

using enum ChannelId;

double RoundDigits(double value, int digits) {
    static constexpr std::array kScale{1.0, 10.0, 100.0, 1000.0, 10'000.0};
    const double scale = kScale[static_cast<size_t>(digits)];
    return std::round(value * scale) / scale + 0.0;  // + 0.0 makes -0.0 a plain zero.
}

/// Names go into topics and payloads as they are.
bool IsNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

uint64_t Chance(uint64_t seed, uint64_t node, size_t probe, Time t) {
    return Draw(
        seed ^ Mix64(node * 8 + probe), Stream::kReading, static_cast<uint64_t>(ToMicros(t))
    );
}

ProbeTrait TraitOf(uint64_t seed, uint64_t node, size_t probe) {
    const uint64_t bits = Draw(seed, Stream::kProbe, node * 8 + probe);
    return {12.0 * Bell(bits), 0.1 * Bell(Mix64(bits))};
}

}  // namespace

/// Appends readings, rounded as they are sent.
class Field::Writer {
  public:
    explicit Writer(std::span<Reading, kMostReadings> out) : out_(out) {}
    void Put(ChannelId channel, double value) {
        out_[count_++] = {channel, RoundDigits(value, Describe(channel).digits)};
    }
    size_t Count() const { return count_; }

  private:
    std::span<Reading, kMostReadings> out_;
    size_t count_ = 0;
};

/// The state under a node between two hours.
struct Field::Moment {
    const SoilColumn* column;
    std::array<double, kLayers> theta;
    double charge;
};

Result<Field> Field::Make(FieldConfig config) {
    if (config.nodes < 1 || config.nodes > kMostNodes) {
        return Fail(
            Fault::kBadInput, "a field has 1 to {} nodes, not {}", kMostNodes, config.nodes
        );
    }
    if (config.interval < std::chrono::milliseconds{1}) {
        return Fail(Fault::kBadInput, "nodes measure at most every millisecond");
    }
    if (std::fabs(config.climate.latitude) > 66.0 || std::fabs(config.climate.longitude) > 180.0) {
        return Fail(
            Fault::kBadInput,
            "the field lies between the polar circles; latitude -66 to 66, longitude -180 to 180"
        );
    }
    if (config.raw_counts_node && *config.raw_counts_node >= config.nodes) {
        return Fail(
            Fault::kBadInput,
            "no soil node has number {}; nodes are 0 to {}",
            *config.raw_counts_node,
            config.nodes - 1
        );
    }
    if (!std::ranges::all_of(config.name_prefix, IsNameCharacter)) {
        return Fail(
            Fault::kBadInput,
            "names of nodes have letters, digits, '-', '_' and '.' only, not \"{}\"",
            Printable(config.name_prefix)
        );
    }
    return Field(std::move(config));
}

Field::Field(FieldConfig config)
    : config_(std::move(config)),
      weather_(config_.seed, config_.climate),
      forcing_(weather_, config_.epoch) {
    const uint64_t count = std::min(config_.nodes, kMostColumns);
    for (uint64_t i = 0; i < count; ++i) {
        const bool dirty = config_.faults && FaultOf(i) == FaultKind::kWeakBattery;
        columns_.emplace_back(MakeColumn(config_.seed, i), dirty ? kDirtyPanel : 1.0);
    }
}

void Field::AppendName(uint64_t node, std::string& out) const {
    if (IsWeather(node)) {
        fmt::format_to(std::back_inserter(out), "{}weather", config_.name_prefix);
    } else {
        fmt::format_to(std::back_inserter(out), "{}node-{:02}", config_.name_prefix, node + 1);
    }
}

NodeInfo Field::DescribeNode(uint64_t node) const {
    NodeInfo info{};
    AppendName(node, info.name);
    info.weather = IsWeather(node);
    // Nodes stand on a square grid, each a little off its place; the weather node beside it.
    const auto side =
        static_cast<uint64_t>(std::ceil(std::sqrt(static_cast<double>(config_.nodes))));
    const uint64_t bits = Draw(config_.seed, Stream::kNode, node);
    const double row = info.weather ? -0.8 : static_cast<double>(node / side) + 0.3 * Signed(bits);
    const double column =
        info.weather ? -0.8 : static_cast<double>(node % side) + 0.3 * Signed(Mix64(bits));
    const double stretch = std::cos(config_.climate.latitude * 0.017453292519943295);
    info.latitude = config_.climate.latitude + kPlotSpacing * row;
    info.longitude = config_.climate.longitude + kPlotSpacing * column / stretch;
    info.fault = config_.faults && !info.weather ? FaultOf(node) : FaultKind::kNone;
    if (!info.weather) info.texture = columns_[node % kMostColumns].Column().texture;
    info.channels = SoilChannels(config_.raw_counts_node == node);
    if (info.weather) info.channels = WeatherChannels();
    return info;
}

Duration Field::SendDelay(uint64_t node) const {
    const Duration spread = std::min(config_.send_spread, config_.interval);
    const double part = Unit(Draw(config_.seed + 1, Stream::kNode, node));
    return Duration{static_cast<int64_t>(part * static_cast<double>(spread.count()))};
}

Transmission Field::Transmit(uint64_t node, int64_t count) const {
    Transmission transmission{};
    transmission.node = node;
    transmission.sequence = static_cast<uint64_t>(count);
    transmission.stamp = Time{count * config_.interval};
    // The weather node keeps time by satellite.
    const Duration error =
        IsWeather(node) ? Duration{} : ClockError(config_.seed, node, transmission.stamp);
    transmission.measured = transmission.stamp - error;
    Radio(config_.seed, config_.radio, transmission.measured + SendDelay(node), transmission);
    if (!config_.faults || IsWeather(node)) return transmission;

    const FaultKind fault = FaultOf(node);
    const auto episode = EpisodeAt(config_.seed, node, fault, transmission.measured);
    if (episode && fault == FaultKind::kSilent) transmission.lost = true;
    if (episode && fault == FaultKind::kClockReset) {
        const auto since =
            std::chrono::floor<std::chrono::seconds>(transmission.measured - episode->from);
        transmission.stamp = Time{since};
    }
    return transmission;
}

Field::Moment Field::MomentAt(uint64_t node, Time t) {
    const double hours = std::max(0.0, ToSeconds(t - config_.epoch) / 3600.0);
    const auto hour = static_cast<size_t>(hours);
    const double part = hours - static_cast<double>(hour);
    ColumnTrace& trace = columns_[node % kMostColumns];
    const ColumnSample before = trace.At(hour, forcing_);
    const ColumnSample after = trace.At(hour + 1, forcing_);
    const auto between = [part](float a, float b) {
        return static_cast<double>(a) + part * (static_cast<double>(b) - static_cast<double>(a));
    };
    Moment moment{&trace.Column(), {}, between(before.charge, after.charge)};
    for (size_t i = 0; i < kLayers; ++i) moment.theta[i] = between(before.theta[i], after.theta[i]);
    return moment;
}

Surroundings Field::Around(uint64_t node, const Moment& moment, size_t probe, Time t) const {
    const uint64_t bits = Draw(config_.seed + 2, Stream::kNode, node * 8 + probe);
    const soil::VanGenuchten& retention = moment.column->layers[probe].retention;
    // Nodes on one column differ a little in how wet and how salty they are.
    const double range = retention.theta_s - retention.theta_r;
    const double s = retention.EffectiveSaturation(moment.theta[probe]);
    const double theta = moment.theta[probe] + 0.06 * Signed(bits) * range * s * (1.0 - s);
    const double salt = moment.column->pore_ec * (1.0 + 0.25 * Signed(Mix64(bits)));
    return {
        &retention,
        theta,
        GroundTemperature(weather_, moment.column->heat, kProbeDepth[probe], t),
        salt};
}

void Field::ReadProbe(uint64_t node, size_t probe, Time measured, Writer& writer) {
    const FaultKind fault = config_.faults ? FaultOf(node) : FaultKind::kNone;
    Time t = measured;
    bool broken = false;
    if (probe == 1) {
        const auto episode = EpisodeAt(config_.seed, node, fault, measured);
        if (episode && fault == FaultKind::kFlatLine) t = episode->from;
        broken = episode && fault == FaultKind::kErrorCode;
    }
    const Surroundings soil = Around(node, MomentAt(node, t), probe, t);
    const uint64_t chance = Chance(config_.seed, node, probe, t);
    ProbeReading seen = SeeTeros12(soil, TraitOf(config_.seed, node, probe), chance);
    double wrong = 0.0;  // m3/m3
    if (probe == 0 && fault == FaultKind::kSpikes) wrong = Spike(config_.seed, node, measured);
    if (probe == 2 && fault == FaultKind::kDrift) wrong = DriftAt(config_.seed, node, measured);
    seen.counts += wrong / kWaterPerCount;

    if (config_.raw_counts_node == node) {
        writer.Put(AtProbe(kRaw5, probe), broken ? kErrorCounts : seen.counts);
    } else {
        const double water = soil::Teros12MineralWaterContent(seen.counts);
        writer.Put(AtProbe(kVwc5, probe), broken ? kErrorValue : water);
    }
    writer.Put(AtProbe(kSoilTemperature5, probe), broken ? kErrorValue : seen.temperature);
    writer.Put(AtProbe(kBulkEc5, probe), broken ? kErrorValue : seen.bulk_ec);
}

void Field::ReadPotential(uint64_t node, Time measured, Writer& writer) {
    const Surroundings soil = Around(node, MomentAt(node, measured), 1, measured);
    writer.Put(kMatricPotential20, SeeTeros21(soil, Chance(config_.seed, node, 4, measured)));
}

void Field::ReadWeather(Time measured, Writer& writer) const {
    const WeatherSample sample = weather_.At(measured);
    const uint64_t chance = Chance(config_.seed, config_.nodes, 0, measured);
    writer.Put(kAirTemperature, sample.air_temperature + 0.05 * Bell(chance));
    writer.Put(
        kRelativeHumidity, std::min(100.0, sample.relative_humidity + 0.4 * Bell(Mix64(chance + 1)))
    );
    ReadRain(measured, writer);
    writer.Put(kSolarRadiation, sample.solar_radiation * (1.0 + 0.01 * Bell(Mix64(chance + 2))));
    writer.Put(kWindSpeed, sample.wind_speed * (1.0 + 0.08 * Bell(Mix64(chance + 3))));
    const double charge = 0.97 + 0.03 * sample.solar_radiation / 1000.0;
    writer.Put(kBatteryVoltage, BatteryVoltage(charge, sample.solar_radiation));
    writer.Put(kBatteryPercent, std::min(100.0, 100.0 * charge));
}

void Field::ReadRain(Time measured, Writer& writer) const {
    TimeRange over{measured - config_.interval, measured};
    if (config_.rain_interval > Duration{}) {
        const auto number = [this](Time t) {
            return t.time_since_epoch().count() / config_.rain_interval.count();
        };
        if (number(over.from) == number(over.to)) return;
        over.to = Time{number(over.to) * config_.rain_interval};
        over.from = over.to - config_.rain_interval;
    }
    writer.Put(kPrecipitation, weather_.GaugedRain(over.from, over.to));
}

size_t Field::Read(uint64_t node, Time measured, std::span<Reading, kMostReadings> out) {
    Writer writer(out);
    if (IsWeather(node)) {
        ReadWeather(measured, writer);
        return writer.Count();
    }
    for (size_t probe = 0; probe < kProbes; ++probe) ReadProbe(node, probe, measured, writer);
    ReadPotential(node, measured, writer);
    const double charge = MomentAt(node, measured).charge;
    const uint64_t chance = Chance(config_.seed, node, kProbes, measured);
    const double light = weather_.At(measured).solar_radiation;
    writer.Put(kBatteryVoltage, BatteryVoltage(charge, light) + 0.002 * Bell(chance));
    writer.Put(kBatteryPercent, 100.0 * charge);
    const double distance = Unit(Draw(config_.seed + 3, Stream::kNode, node));
    writer.Put(kRssi, -78.0 - 30.0 * distance + 2.5 * Bell(Mix64(chance)));
    return writer.Count();
}

}  // namespace tilth::field
