// A database whose commit failed, as on a full disk: closed without writing, and opened again.
#include "backend/duckdb/compaction.h"
#include "backend/duckdb/core.h"
#include "backend/duckdb/loading.h"
#include "backend/duckdb/schema.h"
#include "backend/duckdb/torn_log.h"
#include "base/memory.h"
#include "telemetry/log.h"
#include "telemetry/stopwatch.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tilth::duckdb {
namespace {

using telemetry::Level;
using telemetry::Log;

/// DuckDB checkpoints once its log is so large.
constexpr const char* kCheckpointAt = "16MB";
constexpr const char* kNever = "1TB";
/// Room on the disk that a checkpoint must leave, beside twice what is in the log.
constexpr uintmax_t kRoom = uintmax_t{64} << 20;

bool HasRoom(const std::string& path) {
    std::error_code error;
    const uintmax_t free = std::filesystem::space(path, error).available;
    if (error) return true;
    const uintmax_t log = std::filesystem::file_size(path + ".wal", error);
    return free >= kRoom + (error ? 0 : 2 * log);
}

}  // namespace

Result<OpenedDatabase> OpenDatabase(const std::string& path, std::span<const Setting> settings) {
    telemetry::Stopwatch watch;
    TILTH_TRY(Database database, OpenWithTornLog(path, settings));
    TILTH_TRY(Connection connection, database.Connect());
    TILTH_CHECK(CreateOrCheckSchema(connection, path));
    const double opening = watch.Lap();
    TILTH_TRY(StoreMemory memory, LoadMemory(connection));
    TILTH_CHECK(connection.Execute("SET GLOBAL TimeZone = 'UTC'"));
    Log(Level::kDebug,
        "the processed store is open",
        {{"opening_ms", opening}, {"loading_ms", watch.Lap()}, {"series", memory.series.size()}});
    return OpenedDatabase{std::move(database), std::move(connection), std::move(memory)};
}

Status Core::Commit() {
    Status done = writer.connection.Execute("COMMIT");
    if (!done) Suspect();
    return done;
}

void Core::Suspect() {
    if (suspect.exchange(true)) return;
    // Closing must not write what is in memory now over what the file has.
    static_cast<void>(writer.connection.Execute("PRAGMA disable_checkpoint_on_shutdown"));
}

Status Core::Restore(const std::function<void()>& close_readers) {
    if (!suspect) return {};
    const std::unique_lock alone(in_use);
    close_readers();
    writer.tables.clear();
    writer.connection = Connection(nullptr);
    database = Database();
    TILTH_TRY(OpenedDatabase opened, OpenDatabase(path, settings));
    database = std::move(opened.database);
    writer.connection = std::move(opened.writing);
    may_checkpoint = true;
    const std::scoped_lock lock(memory_mutex);
    const bool is_same = opened.memory.token == memory.token;
    memory = std::move(opened.memory);
    if (!is_same) feed.Reset(ChangeToken{memory.token});
    suspect = false;
    Log(Level::kInfo, "the processed store was opened again", {{"file", path}});
    return {};
}

void Core::EmptyCache() {
    // With less memory than a query needs it would fail; so none may run meanwhile.
    const std::unique_lock alone(in_use, std::try_to_lock);
    is_cache_wanted = static_cast<bool>(alone);
    if (!alone || suspect) return;
    const auto usual =
        std::ranges::find(settings, std::string_view("memory_limit"), &Setting::name);
    // What was appended since the last checkpoint can leave memory only by one.
    if (may_checkpoint && HasRoom(path) && !writer.connection.Execute("CHECKPOINT"))
        return Suspect();
    // It frees what it can before it says that there is too much left.
    static_cast<void>(writer.connection.Execute("SET GLOBAL memory_limit = '1MB'"));
    if (usual == settings.end()) return;
    const std::string back = fmt::format("SET GLOBAL memory_limit = '{}'", usual->value);
    if (!writer.connection.Execute(back)) Suspect();
    ReturnFreeMemory();
}

void Core::GuardCheckpoints() {
    if (!is_cache_wanted) EmptyCache();
    const bool has_room = HasRoom(path);
    if (has_room == may_checkpoint) return;
    const char* at = has_room ? kCheckpointAt : kNever;
    if (!writer.connection.Execute(fmt::format("SET GLOBAL checkpoint_threshold = '{}'", at)))
        return;
    may_checkpoint = has_room;
    if (std::exchange(said_full, !has_room) || has_room) return;
    Log(Level::kWarning,
        "the disk is nearly full; the processed store only appends until there is room",
        {{"file", path}});
}

}  // namespace tilth::duckdb
