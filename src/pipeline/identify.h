// From the names in messages and files to datastreams: what the site file says, else what the names
// say themselves.
//
// The same readings give the same datastreams and values, in whatever order they come:
//   - A channel that the site file names goes where the file says, between its dates; a unit sent
//   with a reading is
//     converted, a number without one is in the unit that the file declares.
//   - Any other channel registers itself. A property that Tilth knows is kept in Tilth's unit for
//   it: a sent unit is
//     converted; a number without one is taken as it is, and the datastream has no unit until one
//     is sent.
//   - A property that Tilth does not know is kept as sent, each unit in a datastream of its own
//   whose label is the unit.
//   - What cannot be converted is refused, whatever was sent before.
//   - A datastream that the site file names gets readings only as the file says: what a message
//   sends besides, or before the installation date, has a datastream of its own, with the channel
//   as its label, even where the names say the same property and depth. A column of a file joins
//   it, being the past of the same series, unless the site file names the column for another time.
//   - Of a device, so many channels may register themselves as the site file's limits say: the
//   first of the stream.
#pragma once

#include "base/result.h"
#include "codec/decoder.h"
#include "codec/import_format.h"
#include "model/site.h"
#include "pipeline/sent_units.h"
#include "soil/calibration.h"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tilth::pipeline {

/// A datastream that readings can arrive at.
struct Target {
    size_t series = 0;  ///< Dense, in order of appearance: 0, 1, 2, ...
    UnitConversion unit;
    const soil::Calibration* calibration =
        nullptr;  ///< Applied to the raw number before the unit; may be null.

    double Value(double raw) const {
        return unit.Apply(calibration != nullptr ? calibration->Apply(raw) : raw);
    }
};

/// Where the readings of a column go in a range of time.
struct ColumnTarget {
    TimeRange valid;
    Result<Target> target;  ///< Errors as of Find.
};

/// Not thread-safe; one for each processor.
class Identifier {
  public:
    /// kBadInput: a calibration or unit of the configuration is wrong, or readings are sent to a
    /// derived datastream.
    static Result<Identifier> Make(const SiteConfig& config);

    /// Learns what an earlier run registered, as the store has it.
    void Restore(const std::vector<Thing>& things, const std::vector<Datastream>& datastreams);

    /// Where a reading goes. No allocation once the device, channel and unit are known. kBadInput:
    /// a name is no key, the unit does not fit the datastream's, or the datastream is derived;
    /// kRefused: a limit of what may register itself is reached.
    Result<Target> Find(const codec::DecodedReading& reading);
    /// The same for a column of a file, and for which times around `time` it is so.
    ColumnTarget Find(const codec::BlockColumn& column, Time time);

    /// kRefused when a message brings more new channels of its devices than may register
    /// themselves, whatever is there already: such a message registers none.
    Status CheckChannels(std::span<const codec::DecodedReading> readings);

    /// What a file says of its things; a thing the site file names keeps what that says.
    void Describe(const Thing& thing);

    /// By index. Grows while readings arrive.
    const std::deque<Datastream>& datastreams() const { return datastreams_; }
    const std::deque<Thing>& things() const { return things_; }
    /// Indices of what is new or changed since the last call.
    std::vector<size_t> TakeNewDatastreams();
    std::vector<size_t> TakeNewThings();

  private:
    /// Where the readings of one unit go.
    struct Use {
        std::string unit;
        Target target;
    };
    /// What the site file says of a channel between two dates. The first use is for readings
    /// without a unit.
    struct Meaning {
        TimeRange valid;
        std::vector<Use> uses;
    };
    struct Channel {
        std::vector<Meaning> configured;
        std::vector<Use> own;  ///< At all other times; of messages.
    };

    explicit Identifier(const SiteConfig& config);
    Status AddConfigured(const ChannelConfig& channel);
    Channel& ChannelOf(std::string_view device, std::string_view channel);
    std::vector<Use>& UsesOf(const codec::BlockColumn& column);
    Result<Target> FindConfigured(Meaning& meaning, std::string_view unit);
    /// A reading of a channel that names itself; `name_it()` gives what its names say of the
    /// datastream.
    template <class NameIt>
    Result<Target> FindOwn(
        std::vector<Use>& uses,
        std::string_view device,
        std::string_view channel,
        std::string_view unit,
        bool joins,
        NameIt name_it
    );
    Result<Target> Convert(const Target& configured, std::string_view unit);
    /// `joins`: the readings may go into a datastream that the site file names.
    Result<Target> Register(
        std::string_view device,
        std::string_view channel,
        Datastream datastream,
        std::string_view unit,
        bool joins
    );
    Status MakeRoom(const Datastream& datastream);
    Result<Target> Join(size_t index, const Datastream& datastream, std::string_view unit);
    Result<std::string> ThingOf(std::string_view device);
    size_t AddThing(Thing thing);
    size_t Add(const Datastream& datastream);

    uint32_t max_devices_;
    uint32_t registered_devices_ = 0;
    uint32_t max_channels_;
    NameMap<uint32_t> registered_channels_;  ///< By thing.
    std::string default_profile_;
    std::string key_;  // scratch: device, NUL, channel
    SentUnits units_;
    NameMap<Channel> channels_;          ///< By device, NUL, channel.
    NameMap<std::vector<Use>> columns_;  ///< Of files, by all that they say of themselves.
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
