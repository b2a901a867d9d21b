// All datastreams of a generation while they are processed: applies a batch of readings to them in
// an order in which no test reads a datastream that is still to change, and writes what changed.
#pragma once

#include "pipeline/derive.h"
#include "pipeline/intake.h"
#include "pipeline/processor.h"
#include "pipeline/seen_versions.h"
#include "pipeline/series.h"

#include <deque>
#include <functional>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace tilth::pipeline {

class SeriesSet {
  public:
    /// `config` and `identifier` must outlive the set. `known`: the datastreams that may have rows.
    /// `versions`: given where other processes may change what this one remembers, as stored before
    /// the other arguments were read; Apply then says kConflict.
    SeriesSet(
        const ProcessingConfig& config,
        Identifier& identifier,
        const std::vector<Datastream>& known,
        const std::vector<ManualFlag>& flags,
        const SeriesVersions* versions = nullptr
    );

    /// Follows the identifier: makes series of its new datastreams; `changed`, of which more is
    /// known now than before (their unit or sensor), get other tests and are judged anew.
    Status Grow(std::span<const size_t> changed);
    /// Applies readings, manual flags and dirty ranges. Reads inside the transaction; writes
    /// nothing yet. `known_rows`: StepLimits::known_rows.
    Status Apply(
        ProcessTransaction& transaction,
        const Intake& intake,
        const std::vector<DirtyRange>& dirty,
        size_t known_rows
    );
    /// Writes what Apply found.
    Status Write(ProcessTransaction& transaction, StepReport& report);
    /// The rows of the last Write, until Committed.
    std::span<const SeriesChange> written() const { return written_; }
    /// The transaction is committed: forgets what was written.
    void Committed();

    size_t MemoryBytes() const;

  private:
    /// A stretch of a series to be computed again.
    struct Again {
        size_t series;
        TimeRange range;
    };

    Status AddSeries(const Datastream& datastream);
    Status ChangeTests(size_t index);
    void ConnectCompanions(size_t index);
    void DisconnectCompanions(size_t index);
    void TakeFlags(const Intake& intake);
    Status Lock(ProcessTransaction& transaction, const Intake& intake);
    void AddLocks(size_t index, std::vector<DatastreamId>& ids) const;
    Status TouchCompanions(ProcessTransaction& transaction);
    Status Prepare(ProcessTransaction& transaction, Series& series);
    /// A series to be judged from a time on.
    struct Task {
        size_t series = 0;
        TimeRange touched;
    };
    /// Does `work` for each task, in groups whose stored rows are read together.
    Status ForGroups(
        ProcessTransaction& transaction,
        std::span<const Task> tasks,
        const std::function<Status(const Task&)>& work
    );
    /// What is to be read of a series: all from a time on.
    struct Want {
        Time from = Time::max();
        bool folds = false;
        bool is_new = false;  ///< Its roll-ups begin with what is read.
    };
    using Wants = std::map<size_t, Want>;
    Status ReadAhead(ProcessTransaction& transaction, std::span<const Task> tasks);
    Status WantEnds(ProcessTransaction& transaction, std::span<const Task> tasks, Wants& wants);
    void WantLate(const Task& task, Wants& wants);
    void WantCompanions(const Series& series, Time from, Wants& wants);
    Status ReadWanted(ProcessTransaction& transaction, const Wants& wants);
    Status FinishAll(ProcessTransaction& transaction);
    Status ReadClosing(ProcessTransaction& transaction, std::span<const size_t> group);
    static void ForgetSnapshots(Series& series, Time touched);
    size_t KnownRowsOfOne() const;
    void KeepKnown(Series& series);
    Status ApplyArrivals(
        ProcessTransaction& transaction, const Task& task, std::span<const qc::Arrival> arrivals
    );
    Status Recompute(ProcessTransaction& transaction, size_t index, TimeRange range);
    Status Finish(ProcessTransaction& transaction, size_t index);
    void MarkDependents(const Series& series, TimeRange changed);
    void DeriveFrom(const Series& source, size_t output);
    qc::Surroundings Around(qc::RowSource& source, const Series& series);
    void Use(size_t index);
    Status WriteOutputs(ProcessTransaction& transaction, StepReport& report);
    Status WriteRollups(ProcessTransaction& transaction, StepReport& report);
    Status WriteCheckpoints(ProcessTransaction& transaction);

    const ProcessingConfig& config_;
    Identifier& identifier_;
    std::unordered_set<DatastreamId> may_have_rows_;
    std::vector<ManualFlag> flags_;
    std::optional<SeenVersions> versions_;  ///< None: nobody else writes.
    OpenRows open_rows_;
    size_t group_size_ = 64;     ///< Series whose rows are read ahead together.
    std::deque<Series> series_;  ///< By Target::series.
    std::unordered_map<DatastreamId, size_t> index_;
    std::unordered_map<DatastreamId, std::vector<size_t>>
        waiting_dependents_;  ///< By the companion that is not there.
    TransactionRows::FindSeries find_;
    qc::Engine engine_;

    std::vector<size_t> changed_;  ///< To be judged anew by the next Apply.
    /// Registered, or registered anew, by the next commit, and what others remember of theirs.
    std::vector<size_t> registered_;
    std::vector<DatastreamId> touched_;

    // Of the current transaction.
    std::vector<size_t> used_;
    std::vector<SeriesChange> written_;
    std::vector<Again> again_;
    std::vector<Task> tasks_;
    size_t read_ahead_rows_ = 0;
    size_t known_rows_ = 0;  ///< StepLimits::known_rows
    std::vector<const qc::SeriesState*> companion_states_;
};

}  // namespace tilth::pipeline
