#include "app/scratch_store.h"

#include "backend/duckdb/processed_store.h"

namespace tilth::app {
namespace {

/// Larger results go to the disk.
constexpr size_t kMemory = size_t{128} << 20;

void RemoveFiles(const std::filesystem::path& file) {
    std::error_code ignored;
    for (const char* end : {"", ".wal"}) std::filesystem::remove(file.string() + end, ignored);
    std::filesystem::remove_all(file.string() + ".tmp", ignored);
}

}  // namespace

Result<pipeline::ScratchStore> OpenScratchStore(
    const std::filesystem::path& file, const std::string& lab_id, const Clock& clock
) {
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    RemoveFiles(file);
    pipeline::ScratchStore scratch;
    scratch.place = std::shared_ptr<void>(nullptr, [file](void*) { RemoveFiles(file); });
    TILTH_TRY(
        scratch.store,
        duckdb::OpenProcessedStore(file.string(), {.clock = &clock, .memory_limit_bytes = kMemory})
    );
    TILTH_CHECK(scratch.store->BindLab(lab_id));
    return scratch;
}

}  // namespace tilth::app
