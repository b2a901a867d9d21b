// The stream store's contract: every record as it came, durably, in order, for ever.
//
// Durability. When Append returns without error, all its records are on stable storage: a kill of
// the process or of the machine right afterwards loses none of them. Reading order. Once record n
// of a writer can be read, no record of that writer below n appears later; holes are harmless. A
// writer therefore has one batch in flight. Identity. A message id is stored once. A second record
// with the same id, from any writer, is not stored again and counts as stored. Threads: every
// method may be called from any thread; one Append per writer at a time.
#pragma once

#include "base/result.h"
#include "model/raw_record.h"

#include <bitset>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tilth {

using PartitionSet = std::bitset<kPartitions>;
inline PartitionSet AllPartitions() {
    return PartitionSet{}.set();
}

struct WriterInfo {
    WriterId id{};
    std::string name;      ///< "route/ID", "import", "commands": who opened it
    Sequence highest = 0;  ///< Highest sequence that can be read; 0: none yet.
    bool ended = false;    ///< No record will follow.
    Time opened_at{};
};

struct AppendOutcome {
    size_t stored = 0;      ///< New records.
    size_t duplicates = 0;  ///< Records whose id was there already.
    /// For each record in the batch, true if it was stored before. Empty when duplicates == 0.
    std::vector<bool> was_there;
};

struct ReadRequest {
    WriterId writer{};
    PartitionSet partitions = AllPartitions();
    Sequence after = 0;     ///< Records with a sequence above this ...
    Sequence up_to = 0;     ///< ... up to and including this one; take it from Writers().
    size_t limit = 10'000;  ///< At most this many records are visited.
};

/// For people and tools, not for processing: by place and time, newest first.
struct FindRequest {
    std::optional<RecordKind> kind;
    std::string device;  ///< hint, empty: any
    TimeRange received;
    size_t limit = 100;
};

/// What can be counted cheaply.
struct StreamStatistics {
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
    uint64_t disk_bytes = 0;
};

/// Visited records point into memory that is valid during the call only. Returning false ends the
/// visit early.
using RecordVisitor = std::function<bool(const RawRecordView&)>;

class StreamStore {
  public:
    virtual ~StreamStore() = default;

    /// The lab both stores of a pair belong to; made at creation, never changed.
    virtual std::string LabId() const = 0;

    /// Opens a new writer; its sequence starts at 1. The name need not be unique.
    virtual Result<WriterId> OpenWriter(std::string_view name) = 0;
    /// Marks that no record will follow. Harmless when repeated.
    virtual Status EndWriter(WriterId writer) = 0;

    /// Stores the batch durably, all or none. Requires: sequences rise within the batch and above
    /// what the writer stored before. A record whose id is there already is skipped. kUnavailable:
    /// the outcome is unknown only if the store says so in the message; otherwise nothing was
    /// stored and the same batch may be appended again. kBadInput: the store can never take this
    /// record (its index is in the message); it must become a dead letter. kConflict: sequences do
    /// not rise.
    virtual Result<AppendOutcome> Append(std::span<const RawRecordView> records) = 0;

    /// All writers, by id.
    virtual Result<std::vector<WriterInfo>> Writers() = 0;

    /// Visits a writer's records in sequence order. Returns the highest sequence that is now
    /// covered: every record of these partitions at or below it has been visited (up_to when the
    /// limit did not cut the visit short).
    virtual Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) = 0;

    /// One record. kNotFound when there is none.
    virtual Result<RawRecord> Get(WriterId writer, Sequence sequence) = 0;
    /// One record by message id. kNotFound when there is none.
    virtual Result<RawRecord> GetById(std::string_view id) = 0;
    /// Records by hint and time of arrival, newest first.
    virtual Result<std::vector<RawRecord>> Find(const FindRequest& request) = 0;

    virtual Result<StreamStatistics> Statistics() = 0;
    /// Looks for damage; an empty list means none was found. May take minutes on a large store.
    virtual Result<std::vector<std::string>> CheckIntegrity() = 0;
};

}  // namespace tilth
