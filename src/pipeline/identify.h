// From the names in messages and files to datastreams: what the site file says, else what the names say themselves.
#pragma once

#include "base/result.h"
#include "codec/decoder.h"
#include "codec/import_format.h"
#include "model/site.h"
#include "model/units.h"
#include "soil/calibration.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tilth::pipeline {

/// A datastream that readings can arrive at. Addresses stay the same for the life of the Identifier.
struct Target {
    size_t series = 0;  ///< Dense, in order of appearance: 0, 1, 2, ...
    UnitConversion unit;
    const soil::Calibration* calibration = nullptr;  ///< Applied to the raw number before the unit; may be null.

    double Value(double raw) const { return unit.Apply(calibration != nullptr ? calibration->Apply(raw) : raw); }
};

/// Not thread-safe; one for each processor. The same names give the same datastreams, in whatever order they appear.
class Identifier {
  public:
    /// kBadInput: a calibration or unit of the configuration is wrong.
    static Result<Identifier> Make(const SiteConfig& config);

    /// Learns what an earlier run registered, as the store has it.
    void Restore(const std::vector<Thing>& things, const std::vector<Datastream>& datastreams);

    /// Where a reading goes. No allocation once the device and channel are known. kBadInput: the name is no key or the
    /// unit does not fit the datastream's; kRefused: the limit of self-registered devices is reached.
    Result<Target> Find(const codec::DecodedReading& reading);
    /// The same for a column of a file, one target for the whole column, with `time` choosing between installations.
    Result<Target> Find(const codec::BlockColumn& column, Time time);

    /// Adds a datastream nobody sends to (a derived one); returns its index.
    size_t Add(const Datastream& datastream);
    /// What a file says of its things; a thing the site file names keeps what that says.
    void Describe(const Thing& thing);

    /// By index. Grows while readings arrive.
    const std::deque<Datastream>& datastreams() const { return datastreams_; }
    const std::deque<Thing>& things() const { return things_; }
    /// Indices of what is new or changed since the last call.
    std::vector<size_t> TakeNewDatastreams();
    std::vector<size_t> TakeNewThings();

  private:
    /// One meaning of a channel between two dates.
    struct Meaning {
        TimeRange valid;
        Target target;
        std::string sent_unit;  ///< The unit the target's conversion is from.
    };
    struct StringHash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <class Value>
    using NameMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

    explicit Identifier(const SiteConfig& config);
    Status AddConfigured(const ChannelConfig& channel);
    std::vector<Meaning>& MeaningsOf(std::string_view device, std::string_view channel);
    Result<Target> Register(std::string_view device, std::string_view channel, Datastream datastream, std::string_view unit);
    Result<Target> WithUnit(Meaning& meaning, std::string_view unit);
    Result<std::string> ThingOf(std::string_view device);
    size_t AddThing(Thing thing);
    Datastream SelfNamed(std::string_view channel) const;

    uint32_t max_devices_;
    uint32_t registered_devices_ = 0;
    std::string default_profile_;
    std::string key_;  // scratch: device, NUL, channel
    NameMap<std::vector<Meaning>> meanings_;
    NameMap<std::string> thing_of_device_;
    NameMap<size_t> thing_index_;
    NameMap<size_t> datastream_index_;
    std::deque<Thing> things_;
    std::deque<Datastream> datastreams_;
    std::deque<soil::Calibration> calibrations_;
    std::vector<size_t> new_things_;
    std::vector<size_t> new_datastreams_;
};

}  // namespace tilth::pipeline
