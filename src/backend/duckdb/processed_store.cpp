#include "backend/duckdb/processed_store.h"

#include "backend/duckdb/catalog.h"
#include "backend/duckdb/person_sql.h"
#include "backend/duckdb/queries.h"
#include "backend/duckdb/reader_pool.h"
#include "backend/duckdb/schema.h"
#include "backend/duckdb/select_streamer.h"
#include "backend/duckdb/transaction.h"
#include "store/texts.h"

#include <algorithm>
#include <filesystem>
#include <shared_mutex>
#include <thread>

namespace tilth::duckdb {
namespace {

Status InsertGeneration(Connection& connection, const Generation& generation) {
    TILTH_TRY(
        Statement insert,
        connection.Prepare("INSERT INTO tilth.generation VALUES ($1, $2, $3, $4, $5)")
    );
    insert.Bind(0, Raw(generation.id));
    insert.Bind(1, Raw(generation.config));
    insert.Bind(2, static_cast<int32_t>(generation.state));
    insert.Bind(3, generation.created_at);
    insert.Bind(4, std::string_view(generation.reason));
    TILTH_CHECK(insert.Run());
    return CreateGenerationTables(connection, generation.id);
}

Status SwitchGeneration(Connection& connection, GenerationId to, uint64_t token) {
    TILTH_CHECK(connection.Execute(fmt::format(
        "UPDATE tilth.generation SET state = CASE WHEN id = {0} THEN {1} ELSE {2} END"
        " WHERE id = {0} OR state = {1}; UPDATE tilth.counter SET token = {3};",
        Raw(to),
        static_cast<int>(GenerationState::kActive),
        static_cast<int>(GenerationState::kRetired),
        token
    )));
    return CreateViews(connection, to);
}

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

Result<GenerationId> DuckdbProcessedStore::Resolve(std::optional<GenerationId> generation) {
    const std::scoped_lock lock(core_->memory_mutex);
    if (!generation) generation = core_->memory.active;
    if (!generation) {
        return Fail(Fault::kNotFound, "no generation of results is active yet");
    }
    if (!core_->memory.generations.contains(*generation)) {
        return Fail(Fault::kNotFound, "there is no generation {}", Raw(*generation));
    }
    return *generation;
}

std::optional<int32_t> DuckdbProcessedStore::SeriesOf(DatastreamId datastream) {
    const std::scoped_lock lock(core_->memory_mutex);
    const auto found = core_->memory.series.find(datastream);
    if (found == core_->memory.series.end()) return std::nullopt;
    return found->second;
}

Status DuckdbProcessedStore::BindLab(std::string_view lab_id) {
    TILTH_CHECK(CheckStorableName(lab_id));
    const std::scoped_lock lock(core_->writer.mutex);
    TILTH_CHECK(TrustAsWriter());
    Connection& connection = core_->writer.connection;
    TILTH_TRY(Rows rows, connection.Query("SELECT value FROM tilth.lab WHERE name = 'lab_id'"));
    TILTH_TRY(const bool bound, rows.Next());
    if (bound && rows.Bytes(0, 0) != lab_id) {
        return Fail(
            Fault::kConflict,
            "{} belongs to lab {}, the stream to lab {}; they are not a pair",
            core_->path,
            rows.Bytes(0, 0),
            lab_id
        );
    }
    if (bound) return {};
    TILTH_TRY(Statement insert, connection.Prepare("INSERT INTO tilth.lab VALUES ('lab_id', $1)"));
    insert.Bind(0, lab_id);
    TILTH_CHECK(insert.Run());
    return {};
}

Result<std::vector<Generation>> DuckdbProcessedStore::Generations() {
    const std::scoped_lock lock(core_->memory_mutex);
    return core_->memory.list;
}

template <class F>
Status DuckdbProcessedStore::Change(F&& f) {
    Connection& connection = core_->writer.connection;
    TILTH_CHECK(connection.Execute("BEGIN"));
    Status done = f(connection);
    if (done) done = core_->Commit();
    if (!done) static_cast<void>(connection.Execute("ROLLBACK"));
    return done;
}

Result<GenerationId> DuckdbProcessedStore::CreateGeneration(
    ConfigVersion config, std::string_view reason, Time now
) {
    const std::scoped_lock writing(core_->writer.mutex);
    TILTH_CHECK(TrustAsWriter());
    StoreMemory& memory = core_->memory;
    const Generation generation{
        .id = GenerationId{memory.last_generation + 1},
        .config = config,
        .state = GenerationState::kBuilding,
        .created_at = now,
        .reason = StorableText(reason),
    };
    TILTH_CHECK(Change([&](Connection& connection) {
        return InsertGeneration(connection, generation);
    }));
    const std::scoped_lock lock(core_->memory_mutex);
    memory.last_generation = Raw(generation.id);
    memory.list.push_back(generation);
    memory.generations[generation.id];
    return generation.id;
}

Status DuckdbProcessedStore::ActivateGeneration(GenerationId id) {
    const std::scoped_lock writing(core_->writer.mutex);
    TILTH_CHECK(TrustAsWriter());
    StoreMemory& memory = core_->memory;
    const auto found = std::ranges::find(memory.list, id, &Generation::id);
    if (found == memory.list.end()) {
        return Fail(Fault::kNotFound, "there is no generation {}", Raw(id));
    }
    if (found->state != GenerationState::kBuilding) {
        return Fail(Fault::kConflict, "generation {} is not being built", Raw(id));
    }
    const uint64_t token = memory.token + 1;
    TILTH_CHECK(Change([&](Connection& connection) {
        return SwitchGeneration(connection, id, token);
    }));
    const std::scoped_lock lock(core_->memory_mutex);
    for (Generation& generation : memory.list) {
        if (generation.state == GenerationState::kActive) {
            generation.state = GenerationState::kRetired;
        }
    }
    found->state = GenerationState::kActive;
    memory.active = id;
    memory.token = token;
    core_->feed.Reset(ChangeToken{token});
    return {};
}

Status DuckdbProcessedStore::DropGeneration(GenerationId id) {
    const std::scoped_lock writing(core_->writer.mutex);
    TILTH_CHECK(TrustAsWriter());
    StoreMemory& memory = core_->memory;
    const auto found = std::ranges::find(memory.list, id, &Generation::id);
    if (found == memory.list.end()) {
        return Fail(Fault::kNotFound, "there is no generation {}", Raw(id));
    }
    if (found->state == GenerationState::kActive) {
        return Fail(Fault::kConflict, "generation {} is active; another must be first", Raw(id));
    }
    core_->writer.tables.erase(id);
    core_->writer.connection.ForgetStatements();
    TILTH_CHECK(Change([&](Connection& connection) {
        return connection.Execute(fmt::format(
            "DROP SCHEMA {} CASCADE; DELETE FROM tilth.generation WHERE id = {};",
            SchemaOf(id),
            Raw(id)
        ));
    }));
    const std::scoped_lock lock(core_->memory_mutex);
    memory.list.erase(found);
    memory.generations.erase(id);
    return {};
}

Result<std::map<WriterId, std::vector<Sequence>>> DuckdbProcessedStore::Cursors(
    GenerationId generation
) {
    TILTH_CHECK(Resolve(generation));
    const std::scoped_lock lock(core_->memory_mutex);
    std::map<WriterId, std::vector<Sequence>> cursors;
    for (const auto& [writer, cursor] : core_->memory.generations[generation].cursors) {
        cursors.emplace(writer, std::vector<Sequence>(cursor.begin(), cursor.end()));
    }
    return cursors;
}

Result<std::vector<DirtyRange>> DuckdbProcessedStore::DirtyRanges(
    GenerationId generation, const PartitionSet& partitions
) {
    TILTH_CHECK(Resolve(generation));
    const std::scoped_lock lock(core_->memory_mutex);
    std::vector<DirtyRange> ranges;
    for (const auto& [datastream, range] : core_->memory.generations[generation].dirty) {
        if (partitions.test(Raw(range.partition))) ranges.push_back(range);
    }
    return ranges;
}

Status DuckdbProcessedStore::ReadObservations(
    const ObservationRequest& request,
    const ObservationVisitor& visit,
    std::optional<GenerationId> generation
) {
    const auto series = SeriesOf(request.datastream);
    return Read(generation, [&](Connection& connection, const std::string& schema) -> Status {
        if (!series || request.limit == 0) return {};
        return VisitObservations(connection, schema, *series, request, visit);
    });
}

Result<std::vector<Rollup>> DuckdbProcessedStore::Rollups(
    DatastreamId datastream,
    RollupLevel level,
    TimeRange range,
    std::optional<GenerationId> generation
) {
    const auto series = SeriesOf(datastream);
    return Read(
        generation,
        [&](Connection& connection, const std::string& schema) -> Result<std::vector<Rollup>> {
            if (!series) return std::vector<Rollup>{};
            return SelectRollups(connection, schema, *series, level, range);
        }
    );
}

Result<std::map<DatastreamId, Observation>> DuckdbProcessedStore::Latest(
    std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation
) {
    TILTH_TRY(const GenerationId id, Resolve(generation));
    const std::scoped_lock lock(core_->memory_mutex);
    const auto& series = core_->memory.generations[id].series;
    std::map<DatastreamId, Observation> latest;
    for (const DatastreamId datastream : datastreams) {
        const auto found = series.find(datastream);
        if (found == series.end()) continue;
        const auto& tail = found->second.tail;
        const auto newest = std::find_if(tail.rbegin(), tail.rend(), [](const TailRow& row) {
            return row.row.counts;
        });
        if (newest != tail.rend()) latest.emplace(datastream, newest->row);
    }
    return latest;
}

Result<ProcessedStatistics> DuckdbProcessedStore::Statistics() {
    ProcessedStatistics statistics;
    for (const char* suffix : {"", ".wal"}) {
        std::error_code absent;
        const auto size = std::filesystem::file_size(core_->path + suffix, absent);
        if (!absent) statistics.disk_bytes += size;
    }
    if (!Resolve({})) return statistics;
    return Read({}, [&](Connection& connection, const std::string& schema) {
        return CountAll(connection, schema, statistics);
    });
}

Result<std::vector<std::string>> DuckdbProcessedStore::CheckIntegrity() {
    std::vector<std::string> problems;
    TILTH_TRY(const std::vector<Generation> generations, Generations());
    for (const Generation& generation : generations) {
        TILTH_TRY(
            std::vector<std::string> some,
            Read(
                generation.id,
                [](Connection& connection, const std::string& schema) {
                    return FindDamage(connection, schema);
                }
            )
        );
        std::ranges::move(some, std::back_inserter(problems));
    }
    return problems;
}

std::vector<Setting> SettingsFrom(const ProcessedOptions& options) {
    return {
        {"memory_limit", fmt::format("{}B", options.memory_limit_bytes)},
        {"enable_external_access", "false"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"threads", "1"},
    };
}

}  // namespace

Result<std::unique_ptr<ProcessedStore>> OpenProcessedStore(
    const std::string& path, const ProcessedOptions& options
) {
    static const SystemClock kSystemClock;
    const Clock& clock = options.clock == nullptr ? kSystemClock : *options.clock;
    std::vector<Setting> settings = SettingsFrom(options);
    TILTH_TRY(OpenedDatabase opened, OpenDatabase(path, settings));
    const int threads = options.threads > 0
                            ? options.threads
                            : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    auto core =
        std::make_unique<Core>(path, std::move(settings), clock, std::move(opened), threads);
    return std::make_unique<DuckdbProcessedStore>(std::move(core));
}

}  // namespace tilth::duckdb
