// The embedded stores in a folder of their own, where a sync costs nothing.
#pragma once

#include "backend/duckdb/processed_store.h"
#include "backend/sqlite/stream_store.h"
#include "pipeline/testing/made_lab.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace tilth {

class EmbeddedStores {
  public:
    EmbeddedStores() {
        const char* const shared = "/dev/shm";
        const std::filesystem::path parent =
            std::filesystem::is_directory(shared) ? shared : std::filesystem::temp_directory_path();
        std::string name = (parent / "tilth-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder in " + parent.string());
        folder_ = name;
        Open();
    }
    ~EmbeddedStores() {
        Close();
        std::filesystem::remove_all(folder_);
    }
    EmbeddedStores(const EmbeddedStores&) = delete;
    EmbeddedStores& operator=(const EmbeddedStores&) = delete;

    /// Closes both files and opens them again.
    void Reopen() {
        Close();
        Open();
    }

    StreamStore& stream() { return *stream_; }
    ProcessedStore& processed() { return *processed_; }

  private:
    void Open() {
        using pipeline::testing::Sure;
        stream_ = Sure(sqlite::OpenStreamStore((folder_ / "stream.sqlite").string()));
        duckdb::ProcessedOptions options;
        options.memory_limit_bytes = size_t{128} << 20;
        processed_ =
            Sure(duckdb::OpenProcessedStore((folder_ / "processed.duckdb").string(), options));
    }
    void Close() {
        processed_.reset();
        stream_.reset();
    }

    std::filesystem::path folder_;
    std::unique_ptr<StreamStore> stream_;
    std::unique_ptr<ProcessedStore> processed_;
};

}  // namespace tilth
