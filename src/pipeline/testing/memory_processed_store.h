// A processed store in memory, for tests: one transaction at a time, all or nothing, and refused
// where a processor asks for what the contract does not allow.
#pragma once

#include "store/processed_store.h"

#include <memory>
#include <mutex>

namespace tilth::pipeline::testing {

/// What is stored of one datastream.
struct SeriesData {
    std::vector<Observation> rows;
    std::map<std::pair<RollupLevel, Time>, Rollup> rollups;
    std::vector<Checkpoint> checkpoints;
};

/// All of one generation. Copies share what no transaction changed.
struct GenerationData {
    std::map<DatastreamId, std::shared_ptr<const SeriesData>> series;
    std::map<std::string, Thing> things;
    std::map<DatastreamId, Datastream> datastreams;
    std::map<WriterId, std::vector<Sequence>> cursors;
    std::map<DatastreamId, DirtyRange> dirty;
    std::vector<DeadLetter> dead_letters;
    std::vector<ManualFlag> manual_flags;
};

/// Thread-safe. SQL and leases that end are not there.
class MemoryProcessedStore : public ProcessedStore {
  public:
    Status BindLab(std::string_view) override { return {}; }

    Result<std::vector<Generation>> Generations() override;
    Result<GenerationId> CreateGeneration(ConfigVersion config, std::string_view reason, Time now)
        override;
    Status ActivateGeneration(GenerationId id) override;
    Status DropGeneration(GenerationId id) override;

    Result<Lease> AcquireLease(std::string_view owner, Duration) override {
        return Lease{std::string(owner), 1, AllPartitions()};
    }
    Status RenewLease(const Lease&, Duration) override { return {}; }
    Status ReleaseLease(const Lease&) override { return {}; }

    Result<std::unique_ptr<ProcessTransaction>> Begin(GenerationId generation, const Lease& lease)
        override;
    Result<std::map<WriterId, std::vector<Sequence>>> Cursors(GenerationId generation) override;
    Result<std::vector<DirtyRange>> DirtyRanges(GenerationId generation, const PartitionSet&)
        override;

    Result<std::vector<Thing>> Things(std::optional<GenerationId> generation) override;
    Result<std::vector<Datastream>> Datastreams(std::optional<GenerationId> generation) override;
    Result<std::vector<ManualFlag>> ManualFlags(std::optional<GenerationId> generation) override;
    Status ReadObservations(
        const ObservationRequest& request,
        const ObservationVisitor& visit,
        std::optional<GenerationId> generation
    ) override;
    Result<std::vector<Rollup>> Rollups(
        DatastreamId datastream,
        RollupLevel level,
        TimeRange range,
        std::optional<GenerationId> generation
    ) override;
    Result<std::vector<Checkpoint>> CheckpointsBefore(
        DatastreamId datastream, Time time, std::optional<GenerationId> generation
    ) override;
    Result<std::map<DatastreamId, Observation>> Latest(
        std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation
    ) override;
    Result<std::vector<DeadLetter>> DeadLetters(size_t limit, size_t offset) override;
    Result<std::map<std::string, uint64_t>> DeadLetterCounts() override;
    Result<Changes> ChangesAfter(ChangeToken token, size_t) override {
        return Changes{{}, token, false};
    }
    Result<ChangeToken> LatestToken() override { return ChangeToken{token_}; }
    Result<SqlTable> Sql(std::string_view, const SqlLimits&) override {
        return Fail(Fault::kRefused, "no SQL here");
    }
    Result<ProcessedStatistics> Statistics() override { return ProcessedStatistics{}; }
    Result<std::vector<std::string>> CheckIntegrity() override {
        return std::vector<std::string>{};
    }

  private:
    friend class MemoryTransaction;

    /// What readers see of a generation, the active one when none is named; null: there is none.
    std::shared_ptr<const GenerationData> Seen(std::optional<GenerationId> generation);

    std::mutex mutex_;
    std::vector<Generation> list_;
    std::map<GenerationId, std::shared_ptr<const GenerationData>> data_;
    int32_t last_id_ = 0;
    uint64_t token_ = 0;
};

}  // namespace tilth::pipeline::testing
