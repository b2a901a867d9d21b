// A writer's transaction on a connection of its own. Rows reach the server in large steps
// (range_table.h); the ends of the series it has locked are in memory (store/series_tail.h), so
// that only what differs is written.
//
// Fencing. The commit and the check of the lease travel together: the server locks the lease's row,
// checks owner, epoch and time by its own clock, and commits, with nothing of this process in
// between. A takeover waits for that lock, so it finds either all of the transaction or a writer
// that is refused.
#pragma once

#include "backend/postgresql/core.h"
#include "backend/postgresql/range_table.h"

#include <array>
#include <memory>

namespace tilth::postgresql {

class Transaction final : public ProcessTransaction {
  public:
    /// kConflict: the lease is not good; kNotFound: no such generation, or it is retired.
    static Result<std::unique_ptr<Transaction>> Begin(
        const std::shared_ptr<Core>& core, GenerationId generation, const Lease& lease
    );
    ~Transaction() override;

    Result<std::vector<uint64_t>> Lock(std::span<const DatastreamId> datastreams) override;
    Result<std::vector<Observation>> ReadSegment(
        DatastreamId datastream, TimeRange range, size_t before
    ) override;
    Result<std::optional<Time>> LastTime(DatastreamId datastream) override;
    Result<std::vector<Rollup>> ReadRollups(
        DatastreamId datastream, RollupLevel level, TimeRange range
    ) override;
    Result<std::vector<Checkpoint>> CheckpointsBefore(DatastreamId datastream, Time time) override;
    Result<std::vector<Checkpoint>> CheckpointsFrom(DatastreamId datastream, Time time) override;
    Result<std::vector<std::vector<Observation>>> ReadSegments(
        std::span<const SegmentRequest> requests
    ) override;
    Result<std::vector<std::vector<Checkpoint>>> ReadCheckpoints(
        std::span<const CheckpointRequest> requests
    ) override;
    Result<std::vector<std::optional<Time>>> LastTimes(std::span<const DatastreamId> datastreams
    ) override;

    Status Write(std::span<const SeriesChange> changes) override;
    Status Write(std::span<const RollupChange> changes) override;
    Status Write(std::span<const CheckpointChange> changes) override;
    Status AddDirty(std::span<const DirtyRange> ranges) override;
    Status RemoveDirty(std::span<const DirtyRange> ranges) override;
    Status AddDeadLetters(std::span<const DeadLetter> letters) override;
    Status AddManualFlags(std::span<const ManualFlag> flags) override;
    Status Register(std::span<const Thing> things, std::span<const Datastream> datastreams)
        override;
    Status MoveCursors(std::span<const CursorMove> moves) override;
    Status Touch(std::span<const DatastreamId> datastreams) override;
    Result<ChangeToken> Commit() override;

  private:
    /// A series that is locked, as this transaction has left it.
    struct Series {
        int32_t number = 0;
        Place place{};  ///< Of its row, which the lock keeps where it is.
        uint64_t version = 0;
        Time since = Time::max();  ///< As stored; Time::max(): it has no rows.
        Time newest_hour = Time::min();
        Time newest_day = Time::min();
        std::shared_ptr<const Tail> tail;
        bool changed = false;
        TimeRange seen{Time::max(), Time::min()};  ///< Hull of what readers see change.
    };
    using Cursor = std::array<Sequence, kPartitions>;

    Transaction(const std::shared_ptr<Core>& core, Loan loan, GenerationId generation, Lease lease);
    Status Start();

    Status LockMissing(std::vector<DatastreamId> missing);
    Status SelectLocked(const std::vector<DatastreamId>& ids);
    Status LoadTails(const std::vector<DatastreamId>& ids);
    /// Locks it if that was forgotten.
    Result<Series*> SeriesOf(DatastreamId datastream);

    Result<std::vector<Checkpoint>> OneRequest(
        DatastreamId datastream, Time time, bool before, bool later
    );
    Result<std::vector<std::vector<Checkpoint>>> SelectCheckpointsOf(
        std::span<const CheckpointRequest> requests, bool before, bool later
    );

    Status WriteSeries(const SeriesChange& change);
    Status ExtendTail(const Series& series, Tail& tail, Time from);
    /// Brings rows back into a tail that lost all of its counting rows.
    Status RefillTail(const Series& series, TailPlan& plan);
    Status Apply(int32_t series, const TailPlan& plan);
    Status WriteRollups(const RollupChange& change);

    Status ReadCursors(std::span<const CursorMove> moves);
    Status Flush();
    void QueueSeries();
    void QueueCursors();
    void QueueChange();
    void RememberTails();

    const std::shared_ptr<Core> owned_;  ///< One that has ended may outlive the store.
    Core& core_;
    Loan loan_;
    Connection& connection_;
    const GenerationId generation_;
    const std::string schema_;
    const Lease lease_;
    RangeTable<Observation> observation_;
    RangeTable<Rollup> hourly_;
    RangeTable<Rollup> daily_;
    RangeTable<Checkpoint> checkpoint_;
    bool open_ = true;

    std::unordered_map<DatastreamId, Series> series_;
    std::map<WriterId, Cursor> cursors_;
};

}  // namespace tilth::postgresql
