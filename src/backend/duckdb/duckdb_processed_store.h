// The class behind OpenProcessedStore. Its generations are in generations.cpp.
#pragma once

#include "backend/duckdb/catalog.h"
#include "backend/duckdb/person_sql.h"
#include "backend/duckdb/queries.h"
#include "backend/duckdb/reader_pool.h"
#include "backend/duckdb/schema.h"
#include "backend/duckdb/select_streamer.h"
#include "backend/duckdb/transaction.h"
#include "store/processed_store.h"

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

namespace tilth::duckdb {

class DuckdbProcessedStore final : public ProcessedStore, public SelectStreamer {
  public:
    explicit DuckdbProcessedStore(std::unique_ptr<Core> core)
        : core_(std::move(core)), readers_(core_->database) {}

    Status BindLab(std::string_view lab_id) override;

    Result<std::vector<Generation>> Generations() override;
    Result<GenerationId> CreateGeneration(ConfigVersion config, std::string_view reason, Time now)
        override;
    Status ActivateGeneration(GenerationId id) override;
    Status DropGeneration(GenerationId id) override;

    Result<Lease> AcquireLease(std::string_view owner, Duration length) override {
        return core_->leases.Acquire(owner, length);
    }
    Result<Lease> ShareLease(std::string_view owner, Duration length) override {
        return core_->leases.Share(owner, length);
    }
    Status RenewLease(const Lease& lease, Duration length) override {
        return core_->leases.Renew(lease, length);
    }
    Status ReleaseLease(const Lease& lease) override { return core_->leases.Release(lease); }

    Result<std::unique_ptr<ProcessTransaction>> Begin(GenerationId generation, const Lease& lease)
        override {
        TILTH_CHECK(Trust());
        return Transaction::Begin(*core_, generation, lease);
    }
    Result<std::map<WriterId, std::vector<Sequence>>> Cursors(GenerationId generation) override;
    Result<std::vector<DirtyRange>> DirtyRanges(
        GenerationId generation, const PartitionSet& partitions
    ) override;

    Result<std::vector<Thing>> Things(std::optional<GenerationId> generation) override {
        return Read(generation, SelectThings);
    }
    Result<std::vector<Datastream>> Datastreams(std::optional<GenerationId> generation) override {
        return Read(generation, SelectDatastreams);
    }
    Result<std::vector<ManualFlag>> ManualFlags(std::optional<GenerationId> generation) override {
        return Read(generation, SelectManualFlags);
    }
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
    ) override {
        const auto series = SeriesOf(datastream);
        if (!series) return std::vector<Checkpoint>{};
        return Read(generation, [&](Connection& connection, const std::string& schema) {
            return SelectCheckpointsBefore(connection, schema, *series, datastream, time);
        });
    }
    Result<std::map<DatastreamId, Observation>> Latest(
        std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation
    ) override;
    Result<std::vector<DeadLetter>> DeadLetters(size_t limit, size_t offset) override {
        return Read({}, [&](Connection& connection, const std::string& schema) {
            return SelectDeadLetters(connection, schema, limit, offset);
        });
    }
    Result<std::map<std::string, uint64_t>> DeadLetterCounts() override {
        return Read({}, CountDeadLetters);
    }
    Result<Changes> ChangesAfter(ChangeToken token, size_t limit) override {
        return core_->feed.After(token, limit);
    }
    Result<ChangeToken> LatestToken() override { return core_->feed.Newest(); }

    Result<SqlTable> Sql(std::string_view select, const SqlLimits& limits) override {
        return WithReader([&](Connection& connection) {
            const QueryThreads::Raised raised(core_->threads, connection);
            return RunPersonSql(connection, select, limits);
        });
    }

    Status StreamSelect(std::string_view select, const std::function<Status(Rows&)>& use) override {
        return WithReader([&](Connection& connection) {
            const QueryThreads::Raised raised(core_->threads, connection);
            return StreamPersonSql(connection, select, use);
        });
    }

    Result<ProcessedStatistics> Statistics() override;
    Result<std::vector<std::string>> CheckIntegrity() override;
    void ReleaseMemory() override {
        const std::scoped_lock writing(core_->writer.mutex);
        core_->EmptyCache();
    }

  private:
    /// The generation named, or the active one. kNotFound: there is none.
    Result<GenerationId> Resolve(std::optional<GenerationId> generation);
    /// Runs f(connection) on a connection for reading, of a database that is to be trusted.
    template <class F>
    auto WithReader(F&& f) -> decltype(f(std::declval<Connection&>())) {
        TILTH_CHECK(Trust());
        const std::shared_lock using_it(core_->in_use);
        auto result = readers_.With(f);
        if (core_->suspect) return NotTrusted();
        return result;
    }
    /// Opens the database again if a commit has failed. kUnavailable: that is not possible yet.
    Status Trust() {
        if (!core_->suspect) return {};
        const std::scoped_lock writing(core_->writer.mutex);
        return TrustAsWriter();
    }
    Status TrustAsWriter() {
        return core_->Restore([this] { readers_.Clear(); });
    }
    static std::unexpected<Error> NotTrusted() {
        return Fail(Fault::kUnavailable, "the processed store must be opened again; try it again");
    }
    /// Runs f(connection, schema). A generation may be dropped under a reader that found it active:
    /// then the one that is active now is read.
    template <class F>
    auto Read(std::optional<GenerationId> generation, F&& f)
        -> decltype(f(std::declval<Connection&>(), std::string{})) {
        while (true) {
            TILTH_TRY(const GenerationId id, Resolve(generation));
            auto result =
                WithReader([&](Connection& connection) { return f(connection, SchemaOf(id)); });
            if (result || generation || Resolve({}).value_or(id) == id) return result;
        }
    }
    /// Runs f(connection) in a transaction of the writer's connection.
    template <class F>
    Status Change(F&& f);
    std::optional<int32_t> SeriesOf(DatastreamId datastream);

    std::unique_ptr<Core> core_;
    ReaderPool readers_;
};

}  // namespace tilth::duckdb
