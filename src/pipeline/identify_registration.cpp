// How things and datastreams come to be that the site file does not name.
#include "base/text.h"
#include "pipeline/identify.h"
#include "store/texts.h"

namespace tilth::pipeline {

Result<Target> Identifier::Register(
    std::string_view device,
    std::string_view channel,
    Datastream datastream,
    std::string_view unit,
    bool joins
) {
    TILTH_CHECK(CheckKey(device, "device"));
    TILTH_CHECK(CheckKey(channel, "channel"));
    if (!unit.empty()) TILTH_CHECK(CheckKey(unit, "unit"));
    const ObservedProperty* known = FindProperty(datastream.property);
    if (known != nullptr) datastream.property = known->name;
    if (known != nullptr && !unit.empty()) {
        TILTH_TRY(
            [[maybe_unused]] const UnitConversion possible, units_.Convert(unit, known->unit)
        );
        datastream.unit = known->unit;
        datastream.resolution = known->resolution;
    } else if (!unit.empty()) {
        datastream.unit = unit;
        datastream.label += datastream.label.empty() ? datastream.unit : " " + datastream.unit;
    }
    TILTH_TRY(datastream.thing, ThingOf(device));
    const auto name_it = [&datastream] {
        datastream.name =
            NameOf(datastream.thing, datastream.property, datastream.depth, datastream.label);
    };
    name_it();
    const auto named = datastream_index_.find(datastream.name);
    const bool is_configured = named != datastream_index_.end() &&
                               !datastreams_[named->second].registered_itself &&
                               !datastreams_[named->second].derived;
    if (is_configured && !joins) {
        datastream.label += datastream.label.empty() ? channel : fmt::format(" {}", channel);
        name_it();
    }
    TILTH_CHECK(CheckStorableName(datastream.name));
    TILTH_CHECK(MakeRoom(datastream));
    datastream.id = IdOf(datastream.name);
    datastream.profile = default_profile_;
    datastream.registered_itself = true;
    return Join(Add(datastream), datastream, unit);
}

/// Counts a datastream that is new; kRefused where its thing has as many as may register
/// themselves.
Status Identifier::MakeRoom(const Datastream& datastream) {
    if (datastream_index_.contains(datastream.name)) return {};
    uint32_t& count = registered_channels_[datastream.thing];
    if (count >= max_channels_) {
        return Fail(
            Fault::kRefused,
            "{} has {} datastreams that registered themselves, which is the limit; name its "
            "channels in the site "
            "file or raise limits.channels_per_device",
            Printable(datastream.thing),
            count
        );
    }
    ++count;
    return {};
}

/// A datastream of this name may be there already: another channel's, the site file's, or with less
/// known of it.
Result<Target> Identifier::Join(size_t index, const Datastream& datastream, std::string_view unit) {
    Datastream& known = datastreams_[index];
    if (known.derived) {
        return Fail(
            Fault::kBadInput,
            "its readings would go to {}, which the site file derives from another datastream; "
            "name the channel there",
            known.name
        );
    }
    if (known.registered_itself) {
        const bool adds_unit = known.unit.empty() && !datastream.unit.empty();
        // Of several probes' names the first by alphabet: no matter which came first.
        const bool adds_sensor = !datastream.sensor.empty() &&
                                 (known.sensor.empty() || datastream.sensor < known.sensor);
        if (adds_unit) known.unit = datastream.unit;
        if (adds_unit) known.resolution = datastream.resolution;
        if (adds_sensor) known.sensor = datastream.sensor;
        if (adds_unit || adds_sensor) new_datastreams_.push_back(index);
    }
    Target target;
    target.series = index;
    if (!unit.empty()) {
        TILTH_TRY(target.unit, units_.Convert(unit, known.unit));
    }
    return target;
}

Result<std::string> Identifier::ThingOf(std::string_view device) {
    if (const auto found = thing_of_device_.find(device); found != thing_of_device_.end())
        return found->second;
    if (registered_devices_ >= max_devices_) {
        return Fail(
            Fault::kRefused,
            "device \"{}\" is unknown and {} devices have registered themselves, which is the "
            "limit; name it in the "
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
    if (const auto found = thing_index_.find(thing.name); found != thing_index_.end())
        return found->second;
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
    if (const auto found = datastream_index_.find(datastream.name);
        found != datastream_index_.end()) {
        return found->second;
    }
    const size_t index = datastreams_.size();
    datastream_index_.emplace(datastream.name, index);
    datastreams_.push_back(datastream);
    new_datastreams_.push_back(index);
    return index;
}

}  // namespace tilth::pipeline
