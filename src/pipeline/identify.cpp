#include "pipeline/identify.h"

#include "base/text.h"

#include <algorithm>

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

/// Output unit of a named probe formula; empty for own polynomials and tables, which give the datastream's unit.
std::string_view CalibratedUnit(const CalibrationSpec& spec) {
    for (const soil::ProbeFormula& formula : soil::ProbeFormulas()) {
        if (formula.name == spec.name) return formula.output;
    }
    return {};
}

/// The unit a self-registered datastream gets: Tilth's own for a property it knows, if the sent one can be converted.
std::string UnitFor(std::string_view property, std::string_view sent) {
    if (sent.empty()) return {};
    const ObservedProperty* known = FindProperty(property);
    if (known != nullptr && ConvertUnits(sent, known->unit)) return std::string(known->unit);
    return std::string(sent);
}

}  // namespace

Identifier::Identifier(const SiteConfig& config)
    : max_devices_(config.max_devices), default_profile_(config.profile) {}

Result<Identifier> Identifier::Make(const SiteConfig& config) {
    Identifier identifier(config);
    for (const Thing& thing : config.things) {
        identifier.AddThing(thing);
        identifier.thing_of_device_.emplace(thing.device.empty() ? thing.name : thing.device, thing.name);
    }
    for (const ChannelConfig& channel : config.channels) TILTH_CHECK(identifier.AddConfigured(channel));
    return identifier;
}

void Identifier::Restore(const std::vector<Thing>& things, const std::vector<Datastream>& datastreams) {
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
    }
}

Status Identifier::AddConfigured(const ChannelConfig& channel) {
    Meaning meaning;
    meaning.valid = channel.valid;
    meaning.target.series = Add(channel.datastream);
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
        meaning.target.calibration = &calibrations_.emplace_back(std::move(*calibration));
        from = CalibratedUnit(channel.calibration);
    }
    if (!from.empty() && !channel.datastream.unit.empty()) {
        TILTH_TRY(meaning.target.unit, ConvertUnits(from, channel.datastream.unit));
    }
    meaning.sent_unit = channel.unit;
    MeaningsOf(channel.device, channel.channel).push_back(std::move(meaning));
    return {};
}

std::vector<Identifier::Meaning>& Identifier::MeaningsOf(std::string_view device, std::string_view channel) {
    key_.assign(device);
    key_.push_back('\0');
    key_.append(channel);
    const auto found = meanings_.find(std::string_view(key_));
    return found != meanings_.end() ? found->second : meanings_[key_];
}

Result<Target> Identifier::Find(const codec::DecodedReading& reading) {
    for (Meaning& meaning : MeaningsOf(reading.device, reading.channel)) {
        if (meaning.valid.Contains(reading.time)) return WithUnit(meaning, reading.unit);
    }
    return Register(reading.device, reading.channel, SelfNamed(reading.channel), reading.unit);
}

Result<Target> Identifier::Find(const codec::BlockColumn& column, Time time) {
    for (Meaning& meaning : MeaningsOf(column.thing, column.channel)) {
        if (meaning.valid.Contains(time)) return WithUnit(meaning, column.unit);
    }
    Datastream datastream;
    datastream.property = column.property;
    datastream.depth = column.depth;
    datastream.label = column.label;
    datastream.sensor = column.sensor;
    return Register(column.thing, column.channel, std::move(datastream), column.unit);
}

Datastream Identifier::SelfNamed(std::string_view channel) const {
    const ChannelMeaning meaning = MeaningOf(channel);
    Datastream datastream;
    datastream.property = meaning.property;
    datastream.depth = meaning.depth;
    datastream.label = meaning.label;
    return datastream;
}

/// A unit sent with the reading wins over the one the conversion was made for.
Result<Target> Identifier::WithUnit(Meaning& meaning, std::string_view unit) {
    if (unit.empty() || unit == meaning.sent_unit || meaning.target.calibration != nullptr) return meaning.target;
    Datastream& datastream = datastreams_[meaning.target.series];
    if (datastream.unit.empty()) {
        datastream.unit = UnitFor(datastream.property, unit);
        new_datastreams_.push_back(meaning.target.series);
    }
    TILTH_TRY(meaning.target.unit, ConvertUnits(unit, datastream.unit));
    meaning.sent_unit = unit;
    return meaning.target;
}

Result<Target> Identifier::Register(
    std::string_view device, std::string_view channel, Datastream datastream, std::string_view unit
) {
    TILTH_CHECK(CheckKey(device, "device"));
    TILTH_CHECK(CheckKey(channel, "channel"));
    TILTH_TRY(datastream.thing, ThingOf(device));
    datastream.name = NameOf(datastream.thing, datastream.property, datastream.depth, datastream.label);
    datastream.id = IdOf(datastream.name);
    datastream.unit = UnitFor(datastream.property, unit);
    datastream.profile = default_profile_;
    datastream.registered_itself = true;
    if (const ObservedProperty* known = FindProperty(datastream.property); known != nullptr) {
        datastream.resolution = datastream.unit == known->unit ? known->resolution : 0;
    }
    Meaning meaning;
    meaning.target.series = Add(datastream);
    std::vector<Meaning>& meanings = MeaningsOf(device, channel);
    meanings.push_back(std::move(meaning));
    return WithUnit(meanings.back(), unit);
}

Result<std::string> Identifier::ThingOf(std::string_view device) {
    if (const auto found = thing_of_device_.find(device); found != thing_of_device_.end()) return found->second;
    if (registered_devices_ >= max_devices_) {
        return Fail(
            Fault::kRefused,
            "device \"{}\" is unknown and {} devices have registered themselves, which is the limit; name it in the "
            "site file or raise limits.devices",
            Printable(device),
            max_devices_
        );
    }
    ++registered_devices_;
    Thing thing;
    thing.name = device;
    thing.device = device;
    thing.registered_itself = true;
    AddThing(std::move(thing));
    thing_of_device_.emplace(device, device);
    return std::string(device);
}

size_t Identifier::AddThing(Thing thing) {
    if (const auto found = thing_index_.find(thing.name); found != thing_index_.end()) return found->second;
    const size_t index = things_.size();
    thing_index_.emplace(thing.name, index);
    things_.push_back(std::move(thing));
    new_things_.push_back(index);
    return index;
}

void Identifier::Describe(const Thing& thing) {
    const auto found = thing_index_.find(thing.name);
    if (found == thing_index_.end()) return;
    Thing& known = things_[found->second];
    if (!known.registered_itself) return;
    const bool adds_place = thing.location.Known() && !known.location.Known();
    const bool adds_text = !thing.description.empty() && known.description.empty();
    if (adds_place) known.location = thing.location;
    if (adds_text) known.description = thing.description;
    if (adds_place || adds_text) new_things_.push_back(found->second);
}

size_t Identifier::Add(const Datastream& datastream) {
    if (const auto found = datastream_index_.find(datastream.name); found != datastream_index_.end()) {
        return found->second;
    }
    const size_t index = datastreams_.size();
    datastream_index_.emplace(datastream.name, index);
    datastreams_.push_back(datastream);
    new_datastreams_.push_back(index);
    return index;
}

std::vector<size_t> Identifier::TakeNewDatastreams() { return std::exchange(new_datastreams_, {}); }
std::vector<size_t> Identifier::TakeNewThings() { return std::exchange(new_things_, {}); }

}  // namespace tilth::pipeline
