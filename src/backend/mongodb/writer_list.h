// All writers of the stream: those of this process as they are, the others as the server knows
// them.
//
// A writer's entry in the registry says how far it has come. It may lag behind its records: the
// program may have been killed between the two. So the records themselves are looked at for a
// writer that has not ended, at once when it is first seen, and then the more rarely the longer its
// entry has not changed.
#pragma once

#include "backend/mongodb/connection.h"
#include "backend/mongodb/stream_writer.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "store/stream_store.h"

#include <chrono>
#include <map>
#include <memory>
#include <vector>

namespace tilth::mongodb {

/// A writer and what it has stored.
struct WriterEntry {
    WriterInfo info;
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
};

/// Thread-safe.
class WriterList {
  public:
    WriterList(Connection& connection, const Clock& clock)
        : connection_(connection), clock_(clock) {}

    /// Registers a new writer, with a number that no other has.
    Result<WriterId> Open(std::string_view name);
    /// The writer, to append to; kNotFound: it was never opened.
    Result<std::shared_ptr<StreamWriter>> Get(WriterId id);
    /// By id.
    Result<std::vector<WriterEntry>> All();
    /// Writes what the records say into the entry of a writer that may not do so itself any more.
    Status Settle(const WriterEntry& entry);

  private:
    using Steady = std::chrono::steady_clock;
    /// A writer of another process that has not ended.
    struct Watched {
        WriterTotals totals;
        Sequence entry = 0;  ///< The highest that its entry gave.
        Steady::time_point changed_at;
        Steady::time_point look_at;
    };
    using Writers = std::map<WriterId, std::shared_ptr<StreamWriter>>;

    Result<std::vector<WriterEntry>> ReadEntries(const Document& filter);
    Status Complete(WriterEntry& entry);
    Status Watch(WriterEntry& entry);

    Connection& connection_;
    const Clock& clock_;
    Guarded<Writers> own_;
    Guarded<std::map<WriterId, Watched>> watched_;
};

}  // namespace tilth::mongodb
