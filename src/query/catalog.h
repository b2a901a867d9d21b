// What the lab measures, and how each part is doing now.
#pragma once

#include "query/cadence.h"

#include <optional>
#include <string>
#include <vector>

namespace tilth::query {

struct DatastreamPresent {
    Datastream datastream;
    bool emulated = false;  ///< Its thing is
    PresentState state = PresentState::kSilent;
    std::optional<Observation> last;  ///< Newest counting reading
    std::optional<Duration> age;      ///< Of the newest that is not ahead of the clock; at least 0
};

struct Battery {
    std::optional<double> percent;
    std::optional<double> voltage;  ///< V
    Time time{};
};

struct ThingPresent {
    Thing thing;
    PresentState state =
        PresentState::kSilent;  ///< The best of its datastreams that are not derived
    std::optional<Time> last_time;
    std::optional<Duration> age;
    std::optional<Battery> battery;
    std::vector<DatastreamPresent> datastreams;
};

/// Which datastreams a request is about: those named, or else those that fit all that is given.
struct Selection {
    std::vector<std::string> names{};  ///< Names or ids
    std::string thing{};
    std::string property{};         ///< Name or short name
    std::optional<double> depth{};  ///< Metres
    bool Empty() const { return names.empty() && thing.empty() && property.empty() && !depth; }
};

/// Thread-safe.
class Catalog {
  public:
    Catalog(ProcessedStore& store, const Clock& clock)
        : store_(store), clock_(clock), cadences_(store, clock) {}

    /// By name, in order.
    Result<std::vector<ThingPresent>> Things();
    /// kNotFound when there is none of that name.
    Result<ThingPresent> ThingByName(std::string_view name);
    Result<std::vector<DatastreamPresent>> Datastreams(const Selection& selection);
    /// Without the present. kNotFound when a name is unknown; by properties an empty answer is an
    /// answer.
    Result<std::vector<Datastream>> Select(const Selection& selection);
    Result<Datastream> Find(std::string_view name_or_id);
    /// Why nothing fits a selection that names no datastream: kNotFound with what there is instead.
    Error NothingFits(const Selection& selection);
    Result<Duration> CadenceOf(const Datastream& datastream) { return cadences_.Of(datastream); }

    /// The generation readers see now. kUnavailable while there is none.
    Result<GenerationId> ActiveGeneration();

  private:
    Result<std::vector<DatastreamPresent>> PresentOf(std::vector<Datastream> datastreams);
    Result<std::optional<Duration>> AgeOf(
        DatastreamId datastream, const Observation& last, Time now
    );

    ProcessedStore& store_;
    const Clock& clock_;
    Cadences cadences_;
};

}  // namespace tilth::query
