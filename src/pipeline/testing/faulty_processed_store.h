// A processed store that fails when a test says so, in front of another one.
#pragma once

#include "store/processed_store.h"

#include <functional>

namespace tilth::pipeline::testing {

/// What happens to a call: kAfter does the work of a Commit and then says that it failed, as a
/// broken connection does.
enum class Fate { kGood, kBefore, kAfter };

/// Passes every call on to `inner` unless its fate is otherwise. `fate` is asked once a call, those
/// of transactions included; it may be called from several threads at once.
class FaultyProcessedStore final : public ProcessedStore {
  public:
    FaultyProcessedStore(ProcessedStore& inner, std::function<Fate()> fate)
        : inner_(inner), fate_(std::move(fate)) {}

    Status BindLab(std::string_view lab) override { return inner_.BindLab(lab); }
    Result<std::vector<Generation>> Generations() override {
        return Ask([&] { return inner_.Generations(); });
    }
    Result<GenerationId> CreateGeneration(ConfigVersion config, std::string_view reason, Time now)
        override {
        return Ask([&] { return inner_.CreateGeneration(config, reason, now); });
    }
    Status ActivateGeneration(GenerationId id) override {
        return Ask([&] { return inner_.ActivateGeneration(id); });
    }
    Status DropGeneration(GenerationId id) override {
        return Ask([&] { return inner_.DropGeneration(id); });
    }
    Result<Lease> AcquireLease(std::string_view owner, Duration length) override {
        return Ask([&] { return inner_.AcquireLease(owner, length); });
    }
    Result<Lease> ShareLease(std::string_view owner, Duration length) override {
        return Ask([&] { return inner_.ShareLease(owner, length); });
    }
    Status RenewLease(const Lease& lease, Duration length) override {
        return Ask([&] { return inner_.RenewLease(lease, length); });
    }
    Status ReleaseLease(const Lease& lease) override { return inner_.ReleaseLease(lease); }
    Result<std::unique_ptr<ProcessTransaction>> Begin(GenerationId generation, const Lease& lease)
        override;
    Result<std::map<WriterId, std::vector<Sequence>>> Cursors(GenerationId generation) override {
        return Ask([&] { return inner_.Cursors(generation); });
    }
    Result<std::vector<DirtyRange>> DirtyRanges(
        GenerationId generation, const PartitionSet& partitions
    ) override {
        return Ask([&] { return inner_.DirtyRanges(generation, partitions); });
    }
    Result<SeriesVersions> Versions(GenerationId generation) override {
        return Ask([&] { return inner_.Versions(generation); });
    }
    Result<std::vector<Thing>> Things(std::optional<GenerationId> generation) override {
        return Ask([&] { return inner_.Things(generation); });
    }
    Result<std::vector<Datastream>> Datastreams(std::optional<GenerationId> generation) override {
        return Ask([&] { return inner_.Datastreams(generation); });
    }
    Result<std::vector<ManualFlag>> ManualFlags(std::optional<GenerationId> generation) override {
        return Ask([&] { return inner_.ManualFlags(generation); });
    }
    Status ReadObservations(
        const ObservationRequest& request,
        const ObservationVisitor& visit,
        std::optional<GenerationId> generation
    ) override {
        return Ask([&] { return inner_.ReadObservations(request, visit, generation); });
    }
    Result<std::vector<Rollup>> Rollups(
        DatastreamId datastream,
        RollupLevel level,
        TimeRange range,
        std::optional<GenerationId> generation
    ) override {
        return Ask([&] { return inner_.Rollups(datastream, level, range, generation); });
    }
    Result<std::vector<Checkpoint>> CheckpointsBefore(
        DatastreamId datastream, Time time, std::optional<GenerationId> generation
    ) override {
        return Ask([&] { return inner_.CheckpointsBefore(datastream, time, generation); });
    }
    Result<std::map<DatastreamId, Observation>> Latest(
        std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation
    ) override {
        return Ask([&] { return inner_.Latest(datastreams, generation); });
    }
    Result<std::vector<DeadLetter>> DeadLetters(size_t limit, size_t offset) override {
        return Ask([&] { return inner_.DeadLetters(limit, offset); });
    }
    Result<std::map<std::string, uint64_t>> DeadLetterCounts() override {
        return Ask([&] { return inner_.DeadLetterCounts(); });
    }
    Result<Changes> ChangesAfter(ChangeToken token, size_t limit) override {
        return Ask([&] { return inner_.ChangesAfter(token, limit); });
    }
    Result<ChangeToken> LatestToken() override {
        return Ask([&] { return inner_.LatestToken(); });
    }
    Result<SqlTable> Sql(std::string_view select, const SqlLimits& limits) override {
        return inner_.Sql(select, limits);
    }
    Result<ProcessedStatistics> Statistics() override { return inner_.Statistics(); }
    Result<std::vector<std::string>> CheckIntegrity() override { return inner_.CheckIntegrity(); }
    void ReleaseMemory() override { inner_.ReleaseMemory(); }

    /// The call, or its failure.
    template <class Call>
    auto Ask(Call call) -> decltype(call()) {
        const Fate fate = fate_();
        if (fate == Fate::kBefore) return Away();
        auto result = call();
        if (fate == Fate::kAfter) return Away();
        return result;
    }

  private:
    static std::unexpected<Error> Away() { return Fail(Fault::kUnavailable, "the store is away"); }

    ProcessedStore& inner_;
    const std::function<Fate()> fate_;
};

class FaultyTransaction final : public ProcessTransaction {
  public:
    FaultyTransaction(FaultyProcessedStore& store, std::unique_ptr<ProcessTransaction> inner)
        : store_(store), inner_(std::move(inner)) {}

    Result<std::vector<uint64_t>> Lock(std::span<const DatastreamId> datastreams) override {
        return store_.Ask([&] { return inner_->Lock(datastreams); });
    }
    Result<std::vector<Observation>> ReadSegment(
        DatastreamId datastream, TimeRange range, size_t before
    ) override {
        return store_.Ask([&] { return inner_->ReadSegment(datastream, range, before); });
    }
    Result<std::optional<Time>> LastTime(DatastreamId datastream) override {
        return store_.Ask([&] { return inner_->LastTime(datastream); });
    }
    Result<std::vector<Rollup>> ReadRollups(
        DatastreamId datastream, RollupLevel level, TimeRange range
    ) override {
        return store_.Ask([&] { return inner_->ReadRollups(datastream, level, range); });
    }
    Result<std::vector<Checkpoint>> CheckpointsBefore(DatastreamId datastream, Time time) override {
        return store_.Ask([&] { return inner_->CheckpointsBefore(datastream, time); });
    }
    Result<std::vector<Checkpoint>> CheckpointsFrom(DatastreamId datastream, Time time) override {
        return store_.Ask([&] { return inner_->CheckpointsFrom(datastream, time); });
    }
    Result<std::vector<std::vector<Observation>>> ReadSegments(
        std::span<const SegmentRequest> requests
    ) override {
        return store_.Ask([&] { return inner_->ReadSegments(requests); });
    }
    Result<std::vector<std::vector<Checkpoint>>> ReadCheckpoints(
        std::span<const CheckpointRequest> requests
    ) override {
        return store_.Ask([&] { return inner_->ReadCheckpoints(requests); });
    }
    Result<std::vector<std::optional<Time>>> LastTimes(std::span<const DatastreamId> datastreams
    ) override {
        return store_.Ask([&] { return inner_->LastTimes(datastreams); });
    }
    Status Write(std::span<const SeriesChange> changes) override {
        return store_.Ask([&] { return inner_->Write(changes); });
    }
    Status Write(std::span<const RollupChange> changes) override {
        return store_.Ask([&] { return inner_->Write(changes); });
    }
    Status Write(std::span<const CheckpointChange> changes) override {
        return store_.Ask([&] { return inner_->Write(changes); });
    }
    Status AddDirty(std::span<const DirtyRange> ranges) override {
        return store_.Ask([&] { return inner_->AddDirty(ranges); });
    }
    Status RemoveDirty(std::span<const DirtyRange> ranges) override {
        return store_.Ask([&] { return inner_->RemoveDirty(ranges); });
    }
    Status AddDeadLetters(std::span<const DeadLetter> letters) override {
        return store_.Ask([&] { return inner_->AddDeadLetters(letters); });
    }
    Status AddManualFlags(std::span<const ManualFlag> flags) override {
        return store_.Ask([&] { return inner_->AddManualFlags(flags); });
    }
    Status Register(std::span<const Thing> things, std::span<const Datastream> datastreams)
        override {
        return store_.Ask([&] { return inner_->Register(things, datastreams); });
    }
    Status MoveCursors(std::span<const CursorMove> moves) override {
        return store_.Ask([&] { return inner_->MoveCursors(moves); });
    }
    Status Touch(std::span<const DatastreamId> datastreams) override {
        return store_.Ask([&] { return inner_->Touch(datastreams); });
    }
    Result<ChangeToken> Commit() override {
        return store_.Ask([&] { return inner_->Commit(); });
    }

  private:
    FaultyProcessedStore& store_;
    std::unique_ptr<ProcessTransaction> inner_;
};

inline Result<std::unique_ptr<ProcessTransaction>> FaultyProcessedStore::Begin(
    GenerationId generation, const Lease& lease
) {
    auto inner = Ask([&] { return inner_.Begin(generation, lease); });
    if (!inner) return std::unexpected(inner.error());
    return std::make_unique<FaultyTransaction>(*this, std::move(*inner));
}

}  // namespace tilth::pipeline::testing
