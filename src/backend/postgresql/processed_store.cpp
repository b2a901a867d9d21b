#include "backend/postgresql/processed_store.h"

#include "backend/postgresql/catalog.h"
#include "backend/postgresql/change_feed.h"
#include "backend/postgresql/leases.h"
#include "backend/postgresql/listener.h"
#include "backend/postgresql/locks.h"
#include "backend/postgresql/person_sql.h"
#include "backend/postgresql/queries.h"
#include "backend/postgresql/schema.h"
#include "backend/postgresql/transaction.h"
#include "store/texts.h"

#include <algorithm>

namespace tilth::postgresql {
namespace {

/// Runs f(connection) between BEGIN and COMMIT.
template <class F>
Status InTransaction(Connection& connection, F&& f) {
    TILTH_CHECK(connection.Execute("BEGIN"));
    Status done = f(connection);
    if (done) return connection.Execute("COMMIT");
    if (connection.IsLinked()) static_cast<void>(connection.Execute("ROLLBACK"));
    return done;
}

class PostgresqlProcessedStore final : public ProcessedStore {
  public:
    explicit PostgresqlProcessedStore(std::shared_ptr<Core> core) : core_(std::move(core)) {}

    Status BindLab(std::string_view lab_id) override;

    Result<std::vector<Generation>> Generations() override {
        return core_->pool.With(SelectGenerations);
    }
    Result<GenerationId> CreateGeneration(ConfigVersion config, std::string_view reason, Time now)
        override;
    Status ActivateGeneration(GenerationId id) override;
    Status DropGeneration(GenerationId id) override;

    Result<Lease> AcquireLease(std::string_view owner, Duration length) override {
        return TakeLease(*core_, LeaseWay::kAcquire, owner, length);
    }
    Result<Lease> ShareLease(std::string_view owner, Duration length) override {
        return TakeLease(*core_, LeaseWay::kShare, owner, length);
    }
    Status RenewLease(const Lease& lease, Duration length) override {
        return postgresql::RenewLease(*core_, lease, length);
    }
    Status ReleaseLease(const Lease& lease) override {
        return postgresql::ReleaseLease(*core_, lease);
    }

    Result<std::unique_ptr<ProcessTransaction>> Begin(GenerationId generation, const Lease& lease)
        override {
        return Transaction::Begin(core_, generation, lease);
    }
    Result<std::map<WriterId, std::vector<Sequence>>> Cursors(GenerationId generation) override {
        return Read(generation, SelectCursors);
    }
    Result<std::vector<DirtyRange>> DirtyRanges(
        GenerationId generation, const PartitionSet& partitions
    ) override {
        return Read(generation, [&](Connection& connection, const std::string& schema) {
            return SelectDirty(connection, schema, partitions);
        });
    }

    Result<SeriesVersions> Versions(GenerationId generation) override {
        return Read(generation, SelectVersions);
    }

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
    ) override {
        return Read(generation, [&](Connection& connection, const std::string& schema) {
            return SelectRollups(connection, schema, datastream, level, range);
        });
    }
    Result<std::vector<Checkpoint>> CheckpointsBefore(
        DatastreamId datastream, Time time, std::optional<GenerationId> generation
    ) override {
        return Read(generation, [&](Connection& connection, const std::string& schema) {
            return SelectCheckpointsBefore(connection, schema, datastream, time);
        });
    }
    Result<std::map<DatastreamId, Observation>> Latest(
        std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation
    ) override {
        return Read(generation, [&](Connection& connection, const std::string& schema) {
            return SelectLatest(connection, schema, datastreams);
        });
    }
    Result<std::vector<DeadLetter>> DeadLetters(size_t limit, size_t offset) override {
        return Read({}, [&](Connection& connection, const std::string& schema) {
            return SelectDeadLetters(connection, schema, limit, offset);
        });
    }
    Result<std::map<std::string, uint64_t>> DeadLetterCounts() override {
        return Read({}, CountDeadLetters);
    }
    Result<Changes> ChangesAfter(ChangeToken token, size_t limit) override {
        return core_->pool.With([&](Connection& connection) {
            return postgresql::ChangesAfter(connection, token, limit);
        });
    }
    Result<ChangeToken> LatestToken() override { return core_->pool.With(postgresql::LatestToken); }
    Result<SqlTable> Sql(std::string_view select, const SqlLimits& limits) override {
        return Read({}, [&](Connection& connection, const std::string&) {
            return RunPersonSql(connection, select, limits);
        });
    }
    std::unique_ptr<Listening> Listen(std::function<void()> news) override {
        return std::make_unique<Listener>(core_, std::move(news));
    }
    Result<ProcessedStatistics> Statistics() override;
    Result<std::vector<std::string>> CheckIntegrity() override;

  private:
    /// Runs f(connection, schema) for the generation named, or the active one; kNotFound: there is
    /// none. A generation may be dropped under a reader that found it active: then the one that is
    /// active now is read.
    template <class F>
    auto Read(std::optional<GenerationId> generation, F&& f)
        -> decltype(f(std::declval<Connection&>(), std::string{}));

    std::shared_ptr<Core> core_;
};

Result<GenerationId> Resolve(Connection& connection, std::optional<GenerationId> generation) {
    TILTH_TRY(
        const Rows rows,
        connection.Cached(
            "SELECT id FROM tilth.generation WHERE CASE WHEN $1 THEN state = 2 ELSE id = $2 END",
            Params().Add(!generation.has_value()).Add(Raw(generation.value_or(GenerationId{})))
        )
    );
    if (rows.size() > 0) return GenerationId{rows.Get<int32_t>(0, 0)};
    if (!generation) return Fail(Fault::kNotFound, "no generation of results is active yet");
    return Fail(Fault::kNotFound, "there is no generation {}", Raw(*generation));
}

template <class F>
auto PostgresqlProcessedStore::Read(std::optional<GenerationId> generation, F&& f)
    -> decltype(f(std::declval<Connection&>(), std::string{})) {
    using Answer = decltype(f(std::declval<Connection&>(), std::string{}));
    return core_->pool.With([&](Connection& connection) -> Answer {
        while (true) {
            TILTH_TRY(const GenerationId id, Resolve(connection, generation));
            Answer answer = f(connection, SchemaOf(id));
            if (answer || generation || !connection.IsLinked()) return answer;
            const auto now = Resolve(connection, {});
            if (!now || *now == id) return answer;
        }
    });
}

Status PostgresqlProcessedStore::BindLab(std::string_view lab_id) {
    TILTH_CHECK(CheckStorableName(lab_id));
    return core_->pool.With([&](Connection& connection) -> Status {
        TILTH_CHECK(connection.Run(
            "INSERT INTO tilth.lab (name, value) VALUES ('lab_id', $1) ON CONFLICT DO NOTHING",
            Params().Add(lab_id)
        ));
        TILTH_TRY(
            const Rows rows, connection.Run("SELECT value FROM tilth.lab WHERE name = 'lab_id'")
        );
        if (rows.size() > 0 && rows.Bytes(0, 0) == lab_id) return {};
        return Fail(
            Fault::kConflict,
            "{} belongs to lab {}, the stream to lab {}; they are not a pair",
            connection.Place(),
            rows.size() > 0 ? rows.Bytes(0, 0) : "",
            lab_id
        );
    });
}

// ---------------------------------------------------------------- generations

Result<GenerationId> PostgresqlProcessedStore::CreateGeneration(
    ConfigVersion config, std::string_view reason, Time now
) {
    GenerationId id{};
    const auto create = [&](Connection& connection) -> Status {
        TILTH_TRY(const Rows next, connection.Run("SELECT nextval('tilth.generation_id')::int"));
        id = GenerationId{next.Get<int32_t>(0, 0)};
        TILTH_CHECK(connection.Run("SELECT tilth.make_generation($1)", Params().Add(Raw(id))));
        TILTH_CHECK(connection.Run(
            "INSERT INTO tilth.generation (id, config, state, created_at, reason)"
            " VALUES ($1, $2, $3, $4, $5)",
            Params()
                .Add(Raw(id))
                .Add(Raw(config))
                .Add(static_cast<int16_t>(GenerationState::kBuilding))
                .Add(now)
                .Add(std::string_view(StorableText(reason)))
        ));
        return {};
    };
    TILTH_CHECK(core_->pool.With([&](Connection& connection) {
        return InTransaction(connection, create);
    }));
    return id;
}

namespace {

/// The generation's state, held for this transaction against writers and other switches.
Result<GenerationState> HoldGeneration(Connection& connection, GenerationId id) {
    // The active one too, in order, so that two switches do not wait for each other.
    TILTH_TRY(
        const Rows rows,
        connection.Run(
            "SELECT id, state FROM tilth.generation WHERE id = $1 OR state = 2"
            " ORDER BY id FOR UPDATE",
            Params().Add(Raw(id))
        )
    );
    for (size_t i = 0; i < rows.size(); ++i) {
        if (rows.Get<int32_t>(i, 0) == Raw(id))
            return static_cast<GenerationState>(rows.Get<int16_t>(i, 1));
    }
    return Fail(Fault::kNotFound, "there is no generation {}", Raw(id));
}

}  // namespace

Status PostgresqlProcessedStore::ActivateGeneration(GenerationId id) {
    const auto activate = [&](Connection& connection) -> Status {
        TILTH_TRY(const GenerationState state, HoldGeneration(connection, id));
        if (state != GenerationState::kBuilding)
            return Fail(Fault::kConflict, "generation {} is not being built", Raw(id));
        connection.Queue(
            "SELECT pg_advisory_xact_lock($1)",
            Params().Add(static_cast<int64_t>(AdvisoryLock::kViews))
        );
        connection.Queue(
            "UPDATE tilth.generation SET state = CASE WHEN id = $1 THEN 2 ELSE 3 END"
            " WHERE id = $1 OR state = 2",
            Params().Add(Raw(id))
        );
        connection.Queue("SELECT tilth.make_views($1)", Params().Add(Raw(id)));
        QueueFeedReset(connection);
        TILTH_CHECK(connection.Send());
        return {};
    };
    return core_->pool.With([&](Connection& connection) {
        return InTransaction(connection, activate);
    });
}

Status PostgresqlProcessedStore::DropGeneration(GenerationId id) {
    const auto forget = [&](Connection& connection) -> Status {
        TILTH_TRY(const GenerationState state, HoldGeneration(connection, id));
        if (state == GenerationState::kActive) {
            return Fail(
                Fault::kConflict, "generation {} is active; another must be first", Raw(id)
            );
        }
        TILTH_CHECK(
            connection.Run("DELETE FROM tilth.generation WHERE id = $1", Params().Add(Raw(id)))
        );
        return {};
    };
    TILTH_CHECK(core_->pool.With([&](Connection& connection) {
        return InTransaction(connection, forget);
    }));
    core_->partitions.Forget(id);
    core_->tails.Forget(id);
    // It is gone for everybody; what is left of its tables after a failure goes at the next
    // opening.
    return core_->pool.With([&](Connection& connection) {
        return DropGenerationTables(connection, SchemaOf(id));
    });
}

// ---------------------------------------------------------------- reading

Status PostgresqlProcessedStore::ReadObservations(
    const ObservationRequest& request,
    const ObservationVisitor& visit,
    std::optional<GenerationId> generation
) {
    // Rows that were shown cannot be taken back: after that nothing is tried again.
    bool shown = false;
    Status failed_after;
    const auto watching = [&](std::span<const Observation> rows) {
        shown = true;
        return visit(rows);
    };
    const Status read =
        Read(generation, [&](Connection& connection, const std::string& schema) -> Status {
            Status visited = VisitObservations(connection, schema, request, watching);
            if (visited || !shown) return visited;
            failed_after = std::move(visited);
            return {};
        });
    return read ? failed_after : read;
}

Result<ProcessedStatistics> PostgresqlProcessedStore::Statistics() {
    ProcessedStatistics statistics;
    auto counted = Read({}, CountAll);
    if (counted) {
        statistics = *counted;
    } else if (counted.error().fault != Fault::kNotFound) {
        return counted;
    }
    TILTH_TRY(const Rows size, core_->pool.With([](Connection& connection) {
        return connection.Cached("SELECT pg_database_size(current_database())");
    }));
    statistics.disk_bytes = static_cast<uint64_t>(size.Get<int64_t>(0, 0));
    return statistics;
}

Result<std::vector<std::string>> PostgresqlProcessedStore::CheckIntegrity() {
    std::vector<std::string> problems;
    TILTH_TRY(const std::vector<Generation> generations, Generations());
    for (const Generation& generation : generations) {
        TILTH_TRY(std::vector<std::string> some, Read(generation.id, FindDamage));
        std::ranges::move(some, std::back_inserter(problems));
    }
    return problems;
}

}  // namespace

Result<std::unique_ptr<ProcessedStore>> OpenProcessedStore(const ProcessedOptions& options) {
    auto core = std::make_shared<Core>(options);
    TILTH_CHECK(core->pool.With([](Connection& connection) {
        return Migrate(connection, Migrations());
    }));
    return std::make_unique<PostgresqlProcessedStore>(std::move(core));
}

}  // namespace tilth::postgresql
