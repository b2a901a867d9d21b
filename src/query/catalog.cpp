#include "query/catalog.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace tilth::query {
namespace {

constexpr double kSameDepth = 1e-6;  // Metres

bool Fits(const Datastream& datastream, const Selection& selection) {
    if (!selection.thing.empty() && datastream.thing != selection.thing) return false;
    if (!selection.property.empty() && datastream.property != selection.property) return false;
    if (!selection.depth) return true;
    return datastream.depth && std::abs(*datastream.depth - *selection.depth) < kSameDepth;
}

bool IsNamed(const Datastream& datastream, std::string_view name) {
    return datastream.name == name || fmt::format_int(Raw(datastream.id)).c_str() == name;
}

std::unexpected<Error> Unknown(std::string_view name, const std::vector<Datastream>& all) {
    std::vector<std::string_view> names;
    for (const Datastream& datastream : all) names.push_back(datastream.name);
    const std::string_view near = Closest(name, names);
    const std::string hint = near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
    return Fail(Fault::kNotFound, "there is no datastream '{}'{}", Printable(name), hint);
}

void AddBattery(const DatastreamPresent& from, std::optional<Battery>& battery) {
    const bool percent = from.datastream.property == "battery_percent";
    const bool voltage = from.datastream.property == "battery_voltage";
    if ((!percent && !voltage) || !from.last || std::isnan(from.last->value)) return;
    if (!battery) battery.emplace();
    (percent ? battery->percent : battery->voltage) = from.last->value;
    battery->time = std::max(battery->time, from.last->time);
}

void Add(DatastreamPresent datastream, ThingPresent& thing) {
    AddBattery(datastream, thing.battery);
    if (!datastream.datastream.derived && datastream.age) {
        thing.state = std::min(thing.state, datastream.state);
        if (!thing.age || *datastream.age < *thing.age) {
            thing.age = datastream.age;
            thing.last_time = datastream.last->time;
        }
    }
    thing.datastreams.push_back(std::move(datastream));
}

}  // namespace

Result<GenerationId> Catalog::ActiveGeneration() {
    TILTH_TRY(const auto generations, store_.Generations());
    for (const Generation& generation : generations) {
        if (generation.state == GenerationState::kActive) return generation.id;
    }
    return Fail(
        Fault::kUnavailable,
        "no results yet: the first configuration is not active; try again in a moment"
    );
}

Result<std::vector<Datastream>> Catalog::Select(const Selection& selection) {
    TILTH_TRY(std::vector<Datastream> all, store_.Datastreams());
    std::vector<Datastream> chosen;
    for (const std::string& name : selection.names) {
        const auto found = std::find_if(all.begin(), all.end(), [&](const Datastream& d) {
            return IsNamed(d, name);
        });
        if (found == all.end()) return Unknown(name, all);
        chosen.push_back(*found);
    }
    if (!selection.names.empty()) return chosen;
    Selection wanted = selection;
    if (const ObservedProperty* known = FindProperty(wanted.property))
        wanted.property = known->name;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), [&](const Datastream& d) {
        return Fits(d, wanted);
    });
    std::sort(chosen.begin(), chosen.end(), [](const Datastream& a, const Datastream& b) {
        return a.name < b.name;
    });
    return chosen;
}

Error Catalog::NothingFits(const Selection& selection) {
    Selection wider;
    if (!selection.thing.empty()) {
        if (const auto thing = ThingByName(selection.thing); !thing) return thing.error();
        wider.thing = selection.thing;
    }
    const auto others = Select(wider);
    if (!others) return others.error();
    std::set<std::string> there;
    for (const Datastream& datastream : *others) {
        there.insert(
            datastream.depth ? fmt::format("{} at {} m", datastream.property, *datastream.depth)
                             : datastream.property
        );
    }
    return {
        Fault::kNotFound,
        fmt::format(
            "no datastream{}{} has {}{}; there is {}",
            wider.thing.empty() ? "" : " of ",
            wider.thing,
            selection.property.empty()
                ? "a depth"
                : fmt::format("the property '{}'", Printable(selection.property)),
            selection.depth ? fmt::format(" of {} m", *selection.depth) : "",
            there.empty() ? "none at all" : fmt::format("{}", fmt::join(there, ", "))
        )};
}

Result<Datastream> Catalog::Find(std::string_view name_or_id) {
    Selection selection;
    selection.names.emplace_back(name_or_id);
    TILTH_TRY(const auto chosen, Select(selection));
    return chosen.front();
}

Result<std::optional<Duration>> Catalog::AgeOf(
    DatastreamId datastream, const Observation& last, Time now
) {
    if (last.time <= now + kMostAhead) return std::max(now - last.time, Duration{0});
    ObservationRequest request;
    request.datastream = datastream;
    request.range.to = now + kMostAhead;
    request.newest_first = true;
    request.limit = 1;
    std::optional<Duration> age;
    TILTH_CHECK(store_.ReadObservations(request, [&](std::span<const Observation> rows) {
        if (!rows.empty()) age = std::max(now - rows.front().time, Duration{0});
        return false;
    }));
    return age;
}

Result<std::vector<DatastreamPresent>> Catalog::PresentOf(std::vector<Datastream> datastreams) {
    const Time now = clock_.Now();
    TILTH_TRY(const auto things, store_.Things());
    std::set<std::string_view> emulated;
    for (const Thing& thing : things) {
        if (thing.emulated) emulated.insert(thing.name);
    }
    std::vector<DatastreamId> ids;
    for (const Datastream& datastream : datastreams) ids.push_back(datastream.id);
    TILTH_TRY(const auto latest, store_.Latest(ids));

    std::vector<DatastreamPresent> present;
    for (Datastream& datastream : datastreams) {
        DatastreamPresent& one = present.emplace_back();
        one.datastream = std::move(datastream);
        one.emulated = emulated.contains(one.datastream.thing);
        const auto last = latest.find(one.datastream.id);
        if (last == latest.end()) continue;
        one.last = last->second;
        TILTH_TRY(one.age, AgeOf(one.datastream.id, last->second, now));
        TILTH_TRY(const Duration cadence, cadences_.Of(one.datastream));
        if (one.age) one.state = StateOf(*one.age, cadence);
    }
    return present;
}

Result<std::vector<DatastreamPresent>> Catalog::Datastreams(const Selection& selection) {
    TILTH_TRY(std::vector<Datastream> chosen, Select(selection));
    return PresentOf(std::move(chosen));
}

Result<std::vector<ThingPresent>> Catalog::Things() {
    TILTH_TRY(std::vector<Thing> things, store_.Things());
    TILTH_TRY(std::vector<DatastreamPresent> datastreams, Datastreams({}));
    std::map<std::string, ThingPresent> by_name;
    for (Thing& thing : things) {
        std::string name = thing.name;
        by_name[std::move(name)].thing = std::move(thing);
    }
    for (DatastreamPresent& datastream : datastreams) {
        const auto found = by_name.find(datastream.datastream.thing);
        if (found != by_name.end()) Add(std::move(datastream), found->second);
    }
    std::vector<ThingPresent> all;
    for (auto& [name, thing] : by_name) all.push_back(std::move(thing));
    return all;
}

Result<ThingPresent> Catalog::ThingByName(std::string_view name) {
    TILTH_TRY(std::vector<Thing> things, store_.Things());
    const auto found =
        std::find_if(things.begin(), things.end(), [&](const Thing& t) { return t.name == name; });
    if (found == things.end()) {
        std::vector<std::string_view> names;
        for (const Thing& thing : things) names.push_back(thing.name);
        const std::string_view near = Closest(name, names);
        const std::string hint = near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
        return Fail(Fault::kNotFound, "there is no thing '{}'{}", Printable(name), hint);
    }
    ThingPresent thing;
    thing.thing = *found;
    Selection selection;
    selection.thing = name;
    TILTH_TRY(std::vector<DatastreamPresent> datastreams, Datastreams(selection));
    for (DatastreamPresent& datastream : datastreams) Add(std::move(datastream), thing);
    return thing;
}

}  // namespace tilth::query
