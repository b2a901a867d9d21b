#include "backend/duckdb/processed_store.h"

#include "backend/duckdb/duckdb_processed_store.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <thread>

namespace tilth::duckdb {

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

namespace {

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
