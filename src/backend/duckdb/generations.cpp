// The lab these results belong to, and its generations: how one is begun, made the active one, and
// dropped. The table and the memory of it change together.
#include "backend/duckdb/duckdb_processed_store.h"
#include "store/texts.h"

#include <algorithm>

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

}  // namespace

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

}  // namespace tilth::duckdb
