// What is in the journal when a broker starts, and what of it must be published again.
#pragma once

#include "base/result.h"
#include "broker_plugin/folder.h"
#include "broker_plugin/place.h"
#include "broker_plugin/segment.h"

#include <functional>
#include <string>
#include <vector>

namespace tilth::broker_plugin {

/// Reads every record of these segments in order. Damaged stretches are stepped over.
/// `visit` returns false to stop. A file that is no segment is passed over and named in `damage`.
using Visit = std::function<bool(const SegmentHeader&, const Record&)>;
Status ReadJournal(
    const std::vector<SegmentPath>& segments, const Visit& visit, std::vector<std::string>& damage
);

struct Recovered {
    uint64_t messages = 0;  ///< Published again.
    uint64_t covered = 0;   ///< Passed over: the saved database has them.
    /// What stands before it, the saved database has, as the notes in the journal say: of the run
    /// that wrote the newest note what the note says, of runs before it all, of later runs none.
    Place saved;
    /// Of each segment: where its records end. 0 where it is damaged or cannot be read.
    std::vector<uint64_t> ends;
    std::vector<std::string> damage;
};

/// Gives each message that the saved database may lack, in the order the broker got them.
/// `publish` fails: recovery stops with its error.
using Publish = std::function<Status(const BrokerRun&, const Record&)>;
Result<Recovered> Recover(const std::vector<SegmentPath>& segments, const Publish& publish);

}  // namespace tilth::broker_plugin
