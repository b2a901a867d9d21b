// The writer's transaction: rows go to DuckDB as they are written, what is kept in memory changes
// after DuckDB has committed.
#pragma once

#include "backend/duckdb/batch_queries.h"
#include "backend/duckdb/core.h"

#include <memory>
#include <mutex>

namespace tilth::duckdb {

class Transaction final : public ProcessTransaction {
  public:
    /// Waits for the transaction before it. kConflict: the lease is not good; kNotFound: no such
    /// generation, or it is retired.
    static Result<std::unique_ptr<Transaction>> Begin(
        Core& core, GenerationId generation, const Lease& lease
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
    Result<ChangeToken> Commit() override;

  private:
    Transaction(Core& core, GenerationId generation, Lease lease);

    const GenerationMemory& Before() const { return core_.memory.generations.at(generation_); }
    /// The series' tail as this transaction has left it.
    const std::vector<TailRow>& TailOf(DatastreamId datastream) const;
    /// The number of a datastream's series; a new one if it has none.
    int32_t NumberOf(DatastreamId datastream);
    std::optional<int32_t> KnownNumberOf(DatastreamId datastream) const;

    /// What of a segment stands before the series' tail; nullopt: nothing.
    std::optional<StretchToRead> PartInTable(
        DatastreamId datastream, TimeRange range, size_t before
    ) const;
    /// Puts the tail's part of a segment behind `rows`, which were read of the table.
    void AppendTail(
        DatastreamId datastream, TimeRange range, size_t before, std::vector<Observation>& rows
    ) const;

    void NoteChange(DatastreamId datastream, TimeRange range);
    Status WriteSeries(const SeriesChange& change);
    Status ExtendTail(int32_t series, std::vector<TailRow>& tail, Time from);
    /// Brings rows back into a tail that lost all of its counting rows.
    Status RefillTail(int32_t series, TailPlan& plan);
    Status Apply(int32_t series, const TailPlan& plan);
    Status WriteRollups(const RollupChange& change);
    Status LoadNewestRollups();
    Status DeleteRegistered(std::span<const Thing> things, std::span<const Datastream> datastreams);

    Status WriteSmallTables(uint64_t token);
    Status WriteSeriesNumbers();
    struct TailMoves {
        std::vector<int32_t> series;
        std::vector<Time> since;

        void Add(int32_t number, Time time) {
            series.push_back(number);
            since.push_back(time);
        }
    };
    Status WriteTails();
    Status BeginTails(const TailMoves& begun);
    Status MoveTails(const TailMoves& moved);
    Status RemoveTails(const std::vector<int32_t>& emptied);
    Status WriteCursors(Connection& connection);
    Status WriteDirty();
    void Publish(uint64_t token);

    Core& core_;
    std::unique_lock<std::mutex> lock_;
    GenerationId generation_;
    Lease lease_;
    Connection& connection_;
    GenerationTables& tables_;
    bool open_ = true;

    std::unordered_map<DatastreamId, std::vector<TailRow>> tails_;
    std::unordered_map<DatastreamId, TimeRange> changed_;  ///< Hull of what readers see change.
    std::unordered_map<DatastreamId, int32_t> new_series_;
    std::map<WriterId, Cursor> cursors_;
    std::map<DatastreamId, std::optional<DirtyRange>> dirty_;
    int64_t new_manual_flags_ = 0;
};

}  // namespace tilth::duckdb
