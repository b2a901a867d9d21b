#include "pipeline/identify.h"

#include "base/text.h"
#include "store/texts.h"

#include <algorithm>
#include <set>

namespace tilth::pipeline {
namespace {

Result<soil::Calibration> MakeCalibration(const CalibrationSpec& spec) {
    soil::CalibrationText text;
    if (spec.name == "polynomial") {
        text.polynomial = spec.coefficients;
    } else if (spec.name == "table") {
        for (const auto& [raw, value] : spec.points) text.table.push_back({raw, value});
    } else {
        text.probe = spec.name;
    }
    return soil::Calibration::Make(std::move(text));
}

/// Output unit of a named probe formula; empty for own polynomials and tables, which give the
/// datastream's unit.
std::string_view CalibratedUnit(const CalibrationSpec& spec) {
    for (const soil::ProbeFormula& formula : soil::ProbeFormulas()) {
        if (formula.name == spec.name) return formula.output;
    }
    return {};
}

/// More units of one channel are a mistake or an attack.
constexpr size_t kMaxUnits = 16;

std::unexpected<Error> TooManyUnits() {
    return Fail(
        Fault::kRefused,
        "the channel came with {} different units before, which is the limit",
        kMaxUnits
    );
}

Datastream NamedByChannel(std::string_view channel) {
    ChannelMeaning meaning = MeaningOf(channel);
    Datastream datastream;
    datastream.property = std::move(meaning.property);
    datastream.depth = meaning.depth;
    datastream.label = std::move(meaning.label);
    return datastream;
}

Datastream NamedByColumn(const codec::BlockColumn& column) {
    Datastream datastream;
    datastream.property = column.property;
    datastream.depth = column.depth;
    datastream.label = column.label;
    datastream.sensor = column.sensor;
    return datastream;
}

}  // namespace

Identifier::Identifier(const SiteConfig& config)
    : max_devices_(config.max_devices),
      max_channels_(config.max_channels),
      default_profile_(config.profile) {}

Result<Identifier> Identifier::Make(const SiteConfig& config) {
    Identifier identifier(config);
    for (const Thing& thing : config.things) {
        identifier.AddThing(thing);
        identifier.thing_of_device_.emplace(
            thing.device.empty() ? thing.name : thing.device, thing.name
        );
    }
    // A derived datastream has a place among the others, so that nothing else takes its name.
    for (const Derivation& derivation : config.derivations) identifier.Add(derivation.datastream);
    for (const ChannelConfig& channel : config.channels)
        TILTH_CHECK(identifier.AddConfigured(channel));
    return identifier;
}

void Identifier::Restore(
    const std::vector<Thing>& things, const std::vector<Datastream>& datastreams
) {
    for (const Thing& thing : things) {
        if (!thing.registered_itself || thing_index_.contains(thing.name)) continue;
        AddThing(thing);
        thing_of_device_.emplace(thing.device, thing.name);
        ++registered_devices_;
        new_things_.pop_back();
    }
    for (const Datastream& datastream : datastreams) {
        if (datastream_index_.contains(datastream.name)) continue;
        Add(datastream);
        new_datastreams_.pop_back();
        if (datastream.registered_itself) ++registered_channels_[datastream.thing];
    }
}

Status Identifier::AddConfigured(const ChannelConfig& channel) {
    const size_t series = Add(channel.datastream);
    if (datastreams_[series].derived) {
        return Fail(
            Fault::kBadInput,
            "channel \"{}\" of device \"{}\" is sent to {}, which is derived from another "
            "datastream",
            channel.channel,
            channel.device,
            channel.datastream.name
        );
    }
    Target target;
    target.series = series;
    std::string_view from = channel.unit;
    if (!channel.calibration.name.empty()) {
        auto calibration = MakeCalibration(channel.calibration);
        if (!calibration) {
            return Fail(
                Fault::kBadInput,
                "calibration of channel \"{}\" of device \"{}\": {}",
                channel.channel,
                channel.device,
                calibration.error().message
            );
        }
        target.calibration = &calibrations_.emplace_back(std::move(*calibration));
        from = CalibratedUnit(channel.calibration);
    }
    if (!from.empty() && !channel.datastream.unit.empty()) {
        TILTH_TRY(target.unit, units_.Convert(from, channel.datastream.unit));
    }
    Meaning meaning;
    meaning.valid = channel.valid;
    meaning.uses.push_back({"", target});
    if (!channel.unit.empty()) meaning.uses.push_back({channel.unit, target});
    ChannelOf(channel.device, channel.channel).configured.push_back(std::move(meaning));
    return {};
}

Identifier::Channel& Identifier::ChannelOf(std::string_view device, std::string_view channel) {
    key_.assign(device);
    key_.push_back('\0');
    key_.append(channel);
    const auto found = channels_.find(std::string_view(key_));
    return found != channels_.end() ? found->second : channels_[key_];
}

/// Two files, or a file and a message, may mean different things by one name of a column.
std::vector<Identifier::Use>& Identifier::UsesOf(const codec::BlockColumn& column) {
    key_.clear();
    for (const std::string_view part :
         {std::string_view(column.thing),
          std::string_view(column.channel),
          std::string_view(column.property),
          std::string_view(column.label),
          std::string_view(column.sensor)}) {
        key_.append(part);
        key_.push_back('\0');
    }
    if (column.depth) key_ += fmt::format("{}", *column.depth);
    return columns_[key_];
}

Result<Target> Identifier::Find(const codec::DecodedReading& reading) {
    Channel& channel = ChannelOf(reading.device, reading.channel);
    for (Meaning& meaning : channel.configured) {
        if (meaning.valid.Contains(reading.time)) return FindConfigured(meaning, reading.unit);
    }
    Result<Target> target =
        FindOwn(channel.own, reading.device, reading.channel, reading.unit, false, [&] {
            return NamedByChannel(reading.channel);
        });
    // Names that are refused take no memory, however many come.
    if (!target && channel.configured.empty() && channel.own.empty()) channels_.erase(key_);
    return target;
}

Status Identifier::CheckChannels(std::span<const codec::DecodedReading> readings) {
    if (readings.size() <= max_channels_) return {};
    std::set<std::pair<std::string_view, std::string_view>> channels;
    for (const codec::DecodedReading& reading : readings)
        channels.emplace(reading.device, reading.channel);
    if (channels.size() <= max_channels_) return {};
    const auto is_new = [this](const auto& channel) {
        const Channel& known = ChannelOf(channel.first, channel.second);
        const bool is_unknown = known.configured.empty() && known.own.empty();
        if (is_unknown) channels_.erase(key_);
        return is_unknown;
    };
    const auto unknown = std::ranges::count_if(channels, is_new);
    if (static_cast<uint64_t>(unknown) <= max_channels_) return {};
    return Fail(
        Fault::kRefused,
        "a message with {} channels that nobody knows; at most {} of a device may register "
        "themselves, name them in "
        "the site file or raise limits.channels_per_device",
        unknown,
        max_channels_
    );
}

ColumnTarget Identifier::Find(const codec::BlockColumn& column, Time time) {
    TimeRange valid;
    std::vector<Meaning>& configured = ChannelOf(column.thing, column.channel).configured;
    for (Meaning& meaning : configured) {
        if (meaning.valid.Contains(time))
            return {meaning.valid, FindConfigured(meaning, column.unit)};
        // Up to where the file's own names hold again.
        if (meaning.valid.to <= time) valid.from = std::max(valid.from, meaning.valid.to);
        if (meaning.valid.from > time) valid.to = std::min(valid.to, meaning.valid.from);
    }
    const bool joins = configured.empty();
    return {valid, FindOwn(UsesOf(column), column.thing, column.channel, column.unit, joins, [&] {
                return NamedByColumn(column);
            })};
}

Result<Target> Identifier::FindConfigured(Meaning& meaning, std::string_view unit) {
    for (const Use& use : meaning.uses) {
        if (use.unit == unit) return use.target;
    }
    if (meaning.uses.size() >= kMaxUnits) return TooManyUnits();
    TILTH_TRY(const Target target, Convert(meaning.uses.front().target, unit));
    meaning.uses.push_back({std::string(unit), target});
    return target;
}

template <class NameIt>
Result<Target> Identifier::FindOwn(
    std::vector<Use>& uses,
    std::string_view device,
    std::string_view channel,
    std::string_view unit,
    bool joins,
    NameIt name_it
) {
    for (const Use& use : uses) {
        if (use.unit == unit) return use.target;
    }
    if (uses.size() >= kMaxUnits) return TooManyUnits();
    TILTH_TRY(const Target target, Register(device, channel, name_it(), unit, joins));
    uses.push_back({std::string(unit), target});
    return target;
}

/// What a configured channel makes of a unit it was not declared with. The input of a calibration
/// has no choice of unit.
Result<Target> Identifier::Convert(const Target& configured, std::string_view unit) {
    Target target = configured;
    if (target.calibration == nullptr) {
        TILTH_TRY(target.unit, units_.Convert(unit, datastreams_[target.series].unit));
    }
    return target;
}

std::vector<size_t> Identifier::TakeNewDatastreams() {
    return std::exchange(new_datastreams_, {});
}
std::vector<size_t> Identifier::TakeNewThings() {
    return std::exchange(new_things_, {});
}

}  // namespace tilth::pipeline
