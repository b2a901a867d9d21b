// One datastream while it is processed: its tests, what stays in memory of it, and what changed in
// this transaction.
#pragma once

#include "model/datastream.h"
#include "model/manual_flag.h"
#include "pipeline/known_rows.h"
#include "pipeline/rollup_writer.h"
#include "qc/engine.h"
#include "store/processed_store.h"

#include <deque>
#include <optional>
#include <vector>

namespace tilth::pipeline {

struct Series {
    Series(const Datastream& datastream, qc::Checker tests)
        : id(datastream.id),
          name(datastream.name),
          unit(datastream.unit),
          sensor(datastream.sensor),
          derived(datastream.derived),
          checker(std::move(tests)) {}

    /// False: more is known of the datastream now, and it may need other tests.
    bool IsMadeFor(const Datastream& datastream) const {
        return unit == datastream.unit && sensor == datastream.sensor;
    }

    DatastreamId id;
    std::string name;
    std::string unit;
    std::string sensor;
    bool derived;
    qc::Checker checker;
    qc::SeriesState state;
    KnownRows known;  ///< As committed: outputs of a transaction come to it with the commit.
    std::optional<RollupWriter> rollups;   ///< Empty until the series is first used.
    std::vector<ManualFlag> manual_flags;  ///< In order (when, position).
    std::vector<size_t>
        companions;  ///< Series the tests read, in the checker's order; npos: does not exist.
    std::vector<size_t> dependents;   ///< Series whose tests read this one.
    std::vector<size_t> derivations;  ///< Of this series (Derive).

    // --- of the current transaction
    /// Stored rows that were read ahead for closing buckets.
    struct Stretch {
        TimeRange range{Time::max(), Time::min()};
        std::vector<Observation> rows;
    };
    Stretch read_ahead;
    std::deque<qc::SeriesOutput>
        outputs;  ///< In the order they were made; the first `used` are of this transaction.
    size_t used = 0;
    std::vector<RollupWriter::Change> rollup_changes;

    static constexpr size_t kNone = static_cast<size_t>(-1);

    /// A cleared output to fill, whose memory was used before; KeepOutput makes it the newest of
    /// this transaction.
    qc::SeriesOutput& SpareOutput() {
        if (used == outputs.size()) outputs.emplace_back();
        outputs[used].Clear();
        return outputs[used];
    }
    void KeepOutput() { ++used; }
};

/// Rows and checkpoints of a series as they are inside a transaction: what is stored, under what
/// the engine gave out.
class TransactionRows final : public qc::RowSource {
  public:
    /// Finds a companion that may have outputs in this transaction; null: it has none.
    using FindSeries = std::function<const Series*(DatastreamId)>;

    TransactionRows(ProcessTransaction& transaction, const Series& series, const FindSeries& find)
        : transaction_(transaction), series_(series), find_(find) {}

    Result<std::vector<Observation>> Rows(TimeRange range, size_t before) override;
    Result<std::vector<qc::SavedFold>> CheckpointsBefore(Time time) override;
    Result<std::vector<qc::SavedFold>> CheckpointsFrom(Time time) override;
    Result<std::vector<Observation>> CompanionRows(DatastreamId companion, TimeRange range)
        override;

  private:
    /// As they are in the store: from memory where they are known.
    Result<std::vector<Observation>> StoredRows(TimeRange range, size_t before);
    Result<std::vector<qc::SavedFold>> StoredFoldsBefore(Time time);

    ProcessTransaction& transaction_;
    const Series& series_;
    const FindSeries& find_;
};

}  // namespace tilth::pipeline
