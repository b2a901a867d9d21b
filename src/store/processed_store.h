// The processed store's contract: results, the cursors that produced them, and what readers ask.
//
// Results belong to a generation: a complete set made by one version of the configuration. Readers
// see the active generation only; another is built beside it and becomes the active one by
// ActivateGeneration, at once for all.
//
// Atomicity. Everything written through a ProcessTransaction becomes visible at its Commit,
// together, or not at all: results are there exactly when the cursor says so. Series. Rows of a
// datastream are kept in order (time, then counts before not, then reading_id); ReplaceRange keeps
// them unique. There is no unique index to rely on.
// Leases. A processor owns partitions for a while, by the store's clock; a transaction whose lease
// has passed or was taken fails with kConflict and changes nothing. Statistics. The store only
// filters, sorts, counts and takes min and max. Sums, means and quantiles are computed by Tilth in
// time order and stored as roll-ups. Threads: readers may call from any thread, concurrently with
// one transaction.
#pragma once

#include "base/result.h"
#include "model/datastream.h"
#include "model/manual_flag.h"
#include "model/observation.h"
#include "store/stream_store.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tilth {

// ---------------------------------------------------------------- generations and configuration

enum class GenerationState : uint8_t { kBuilding = 1, kActive = 2, kRetired = 3 };

struct Generation {
    GenerationId id{};
    ConfigVersion config{};
    GenerationState state = GenerationState::kBuilding;
    Time created_at{};
    std::string reason;  ///< "config 3", "replay by alice: ..."
};

// ---------------------------------------------------------------- writing

/// The right to write the results of some partitions.
struct Lease {
    std::string owner;
    uint64_t epoch = 0;  ///< Rises with every change of owner.
    PartitionSet partitions;
    /// From now until the first of the others' leases ends, unless its owner renews it: then there
    /// may be more to take. Duration::max(): nobody else has one.
    Duration others_end = Duration::max();
};

/// Moves a cursor: the records of (partition, writer) up to `next` have taken effect. kConflict
/// unless it stands at `expected`. All partitions of one move stand at the same place.
struct CursorMove {
    PartitionSet partitions;
    WriterId writer{};
    Sequence expected = 0;
    Sequence next = 0;
};

/// Replaces the rows of a datastream in [range.from, range.to) by `rows` (in order, inside the
/// range).
struct SeriesChange {
    DatastreamId datastream{};
    TimeRange range;
    /// The writer knows that every stored row in the range is provisional, or that there is none:
    /// the common case of new readings at the end, which a store may make cheap. False is always
    /// right.
    bool tail_only = false;
    std::span<const Observation> rows;
};

/// Replaces the roll-ups of a datastream that start in the range.
struct RollupChange {
    DatastreamId datastream{};
    RollupLevel level = RollupLevel::kHour;
    TimeRange range;
    std::span<const Rollup> rows;
};

/// State of a fold test after the last reading before `time`, from which it can be continued.
struct Checkpoint {
    DatastreamId datastream{};
    int test = 0;
    Time time{};
    std::string state;
};

/// A range of a datastream that must be computed again because something it depends on changed.
struct DirtyRange {
    DatastreamId datastream{};
    TimeRange range;
    uint64_t version =
        0;  ///< Rises when the range is widened; a removal names the version it recomputed.
    PartitionId partition{};  ///< Whose processor recomputes it.
};

/// A record that could not be understood, with the reason. The record itself is in the stream
/// store.
struct DeadLetter {
    RawPosition raw;
    PartitionId partition{};
    Time received_at{};
    std::string topic;   ///< Printable form
    std::string device;  ///< Empty when it could not be told.
    std::string reason;  ///< A sentence for a person.
    std::string code;    ///< For counting: "not_json", "no_value", "bad_key", "oversized", ...
};

class ProcessTransaction {
  public:
    /// Destroyed without Commit: nothing happened.
    virtual ~ProcessTransaction() = default;

    /// Locks datastreams against other transactions, in id order whatever the order given.
    /// Requires: before reading or writing them. Returns for each its version, which rises with
    /// every committed change: state remembered from an earlier transaction is good if the version
    /// is the same.
    virtual Result<std::vector<uint64_t>> Lock(std::span<const DatastreamId> datastreams) = 0;

    /// Rows of [range.from, range.to) and up to `before` counting rows ahead of it, in order.
    virtual Result<std::vector<Observation>> ReadSegment(
        DatastreamId datastream, TimeRange range, size_t before
    ) = 0;
    /// Phenomenon time of the last row (of any kind); nullopt: none. Tells whether a bucket is
    /// closed.
    virtual Result<std::optional<Time>> LastTime(DatastreamId datastream) = 0;
    virtual Result<std::vector<Rollup>> ReadRollups(
        DatastreamId datastream, RollupLevel level, TimeRange range
    ) = 0;
    /// The latest checkpoints before `time`, one a test.
    virtual Result<std::vector<Checkpoint>> CheckpointsBefore(
        DatastreamId datastream, Time time
    ) = 0;
    /// All checkpoints at or after `time`, in time order.
    virtual Result<std::vector<Checkpoint>> CheckpointsFrom(DatastreamId datastream, Time time) = 0;

    // The same questions about many datastreams at once, answered in the order they are asked in.
    // A step asks so for all that it can tell ahead, which spares a store a question each. A
    // datastream may be asked about several times. Without an override: one after the other.

    struct SegmentRequest {
        DatastreamId datastream{};
        TimeRange range;
        size_t before = 0;
    };
    /// Each as ReadSegment.
    virtual Result<std::vector<std::vector<Observation>>> ReadSegments(
        std::span<const SegmentRequest> requests
    );
    struct CheckpointRequest {
        DatastreamId datastream{};
        Time from{};
    };
    /// Each: CheckpointsBefore(from), by test, and then CheckpointsFrom(from).
    virtual Result<std::vector<std::vector<Checkpoint>>> ReadCheckpoints(
        std::span<const CheckpointRequest> requests
    );
    virtual Result<std::vector<std::optional<Time>>> LastTimes(
        std::span<const DatastreamId> datastreams
    );

    virtual Status Write(std::span<const SeriesChange> changes) = 0;
    virtual Status Write(std::span<const RollupChange> changes) = 0;
    /// Replaces all checkpoints of each named datastream at or after its `from`.
    struct CheckpointChange {
        DatastreamId datastream{};
        Time from{};
        std::span<const Checkpoint> rows;
    };
    virtual Status Write(std::span<const CheckpointChange> changes) = 0;
    virtual Status AddDirty(std::span<const DirtyRange> ranges) = 0;
    /// Removes ranges whose version is unchanged; others stay.
    virtual Status RemoveDirty(std::span<const DirtyRange> ranges) = 0;
    virtual Status AddDeadLetters(std::span<const DeadLetter> letters) = 0;
    virtual Status AddManualFlags(std::span<const ManualFlag> flags) = 0;
    /// Adds or replaces by name (things) or id (datastreams).
    virtual Status Register(
        std::span<const Thing> things, std::span<const Datastream> datastreams
    ) = 0;
    virtual Status MoveCursors(std::span<const CursorMove> moves) = 0;
    /// Raises the versions of locked datastreams, as a change would, without anything that readers
    /// see: whoever remembers something of one looks again. Without an override: nothing, for
    /// stores of one process.
    virtual Status Touch(std::span<const DatastreamId> /*datastreams*/) { return {}; }

    /// Makes it all visible and durable; the token stands for it in the change feed.
    virtual Result<ChangeToken> Commit() = 0;
};

// ---------------------------------------------------------------- reading

struct SeriesChanged {
    DatastreamId datastream{};
    TimeRange range;
};

struct Changes {
    std::vector<SeriesChanged> series;
    ChangeToken next{};  ///< Ask again with this one.
    bool reset = false;  ///< The token was too old: read everything anew.
};

struct ObservationRequest {
    DatastreamId datastream{};
    TimeRange range;
    /// Flags wanted; empty: all.
    std::vector<QualityFlag> flags;
    bool counting_only =
        true;  ///< Leave out readings that another at the same time was preferred to.
    bool newest_first = false;
    size_t limit = SIZE_MAX;
};

struct SqlLimits {
    size_t max_rows = 100'000;
    Duration max_time = std::chrono::seconds{30};
};

/// A table of text, as `tilth sql` prints it; a null cell is nullopt.
struct SqlTable {
    std::vector<std::string> columns;
    std::vector<std::string> types;  ///< The engine's names.
    std::vector<std::vector<std::optional<std::string>>> rows;
    bool cut = false;  ///< There were more rows than the limit.
};

struct ProcessedStatistics {
    uint64_t observations = 0;
    uint64_t datastreams = 0;
    uint64_t dead_letters = 0;
    uint64_t disk_bytes = 0;
};

/// Of datastreams; they rise with every committed change.
using SeriesVersions = std::unordered_map<DatastreamId, uint64_t>;

/// Hears of changes until it is destroyed.
class Listening {
  public:
    virtual ~Listening() = default;
};

/// Rows in order; the span is valid during the call only. Returning false ends the visit early.
using ObservationVisitor = std::function<bool(std::span<const Observation>)>;

class ProcessedStore {
  public:
    virtual ~ProcessedStore() = default;

    /// The lab of the pair, set once by the first who asks: a store that belongs to another lab
    /// says kConflict.
    virtual Status BindLab(std::string_view lab_id) = 0;

    // --- generations
    virtual Result<std::vector<Generation>> Generations() = 0;
    virtual Result<GenerationId> CreateGeneration(
        ConfigVersion config, std::string_view reason, Time now
    ) = 0;
    /// One atomic switch: readers see the old one before and the new one after; the old one is
    /// retired. The first activation only activates. kConflict when it is not being built.
    virtual Status ActivateGeneration(GenerationId id) = 0;
    /// Removes a generation that is not active, with all its rows.
    virtual Status DropGeneration(GenerationId id) = 0;

    // --- leases
    /// Takes over every partition that is free or whose lease has passed; keeps and renews what
    /// `owner` has.
    virtual Result<Lease> AcquireLease(std::string_view owner, Duration length) = 0;
    /// For several owners at once: keeps `owner` among those that share the partitions evenly. The
    /// lease may grow and shrink from call to call, so that who joins, leaves or dies is made up
    /// for as soon as the others have called again; what was given back must not be written any
    /// more. To be called more often than once in `length`, between transactions. Without an
    /// override: AcquireLease.
    virtual Result<Lease> ShareLease(std::string_view owner, Duration length) {
        return AcquireLease(owner, length);
    }
    /// kConflict when some of it was taken by another.
    virtual Status RenewLease(const Lease& lease, Duration length) = 0;
    virtual Status ReleaseLease(const Lease& lease) = 0;

    // --- processing
    virtual Result<std::unique_ptr<ProcessTransaction>> Begin(
        GenerationId generation, const Lease& lease
    ) = 0;
    /// For each writer the cursors of all partitions (kPartitions numbers); writers that never
    /// moved are absent.
    virtual Result<std::map<WriterId, std::vector<Sequence>>> Cursors(GenerationId generation) = 0;
    virtual Result<std::vector<DirtyRange>> DirtyRanges(
        GenerationId generation, const PartitionSet& partitions
    ) = 0;

    /// As ProcessTransaction::Lock returns them; datastreams at 0 are absent. Without an override:
    /// none, for stores of one process.
    virtual Result<SeriesVersions> Versions(GenerationId /*generation*/) {
        return SeriesVersions{};
    }

    // --- reading (of the active generation unless one is named)
    virtual Result<std::vector<Thing>> Things(std::optional<GenerationId> generation = {}) = 0;
    virtual Result<std::vector<Datastream>> Datastreams(
        std::optional<GenerationId> generation = {}
    ) = 0;
    virtual Result<std::vector<ManualFlag>> ManualFlags(
        std::optional<GenerationId> generation = {}
    ) = 0;
    virtual Status ReadObservations(
        const ObservationRequest& request,
        const ObservationVisitor& visit,
        std::optional<GenerationId> generation = {}
    ) = 0;
    virtual Result<std::vector<Rollup>> Rollups(
        DatastreamId datastream,
        RollupLevel level,
        TimeRange range,
        std::optional<GenerationId> generation = {}
    ) = 0;
    /// The latest checkpoints before `time`, one a test: from there an explanation follows a fold.
    virtual Result<std::vector<Checkpoint>> CheckpointsBefore(
        DatastreamId datastream, Time time, std::optional<GenerationId> generation = {}
    ) = 0;
    /// The newest counting row of each datastream named; datastreams without rows are absent.
    virtual Result<std::map<DatastreamId, Observation>> Latest(
        std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation = {}
    ) = 0;
    /// Newest first.
    virtual Result<std::vector<DeadLetter>> DeadLetters(size_t limit, size_t offset) = 0;
    /// Counts by code.
    virtual Result<std::map<std::string, uint64_t>> DeadLetterCounts() = 0;
    /// What changed after the token, in the active generation; no miss. A switch of generation is a
    /// reset.
    virtual Result<Changes> ChangesAfter(ChangeToken token, size_t limit) = 0;
    virtual Result<ChangeToken> LatestToken() = 0;
    /// Calls `news` soon after a commit by any process, from a thread of the store's own; now and
    /// then for nothing, and not at all while the way it comes by is broken: it spares waiting, and
    /// who must miss nothing looks by itself too. `news` must not block, and is not called any more
    /// once the listening is destroyed, which the store outlives. Without an override: null, where
    /// whoever commits is in this process.
    virtual std::unique_ptr<Listening> Listen(std::function<void()> /*news*/) { return nullptr; }

    /// A person's SELECT over the views observation, observation_good, hourly, daily, datastream,
    /// thing and dead_letter. Read-only: anything else is kRefused; a mistake in the text is
    /// kBadInput with the engine's words.
    virtual Result<SqlTable> Sql(std::string_view select, const SqlLimits& limits) = 0;

    virtual Result<ProcessedStatistics> Statistics() = 0;
    virtual Result<std::vector<std::string>> CheckIntegrity() = 0;

    /// Work that needed much memory for a while is over: the store may give back what it keeps of
    /// it in this process. Without an override: it keeps none.
    virtual void ReleaseMemory() {}
};

}  // namespace tilth
