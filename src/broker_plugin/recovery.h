// What is in the journal when a broker starts, and what of it must be published again.
#pragma once

#include "base/result.h"
#include "broker_plugin/folder.h"
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

/// Which records the broker's saved database may lack. A record of the run that wrote the newest
/// kSaved note is covered as the note says, all of runs before it are, none of a later run is.
class Saved {
  public:
    void See(const SegmentHeader& header, const Record& note);
    bool Covers(const SegmentHeader& header, const Record& record) const;

  private:
    uint64_t run_ = 0;
    uint64_t all_ = 0;
    uint64_t exactly_once_ = 0;
};

struct Recovered {
    uint64_t messages = 0;  ///< Published again.
    uint64_t covered = 0;   ///< Passed over: the saved database has them.
    std::vector<std::string> damage;
};

/// Gives each message that the saved database may lack, in the order the broker got them.
/// `publish` fails: recovery stops with its error.
using Publish = std::function<Status(const Run&, const Record&)>;
Result<Recovered> Recover(const std::vector<SegmentPath>& segments, const Publish& publish);

}  // namespace tilth::broker_plugin
