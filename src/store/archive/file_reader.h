// Reading an archive file. What is torn, altered or another lab's is kCorrupt, with the file's
// name.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "store/archivable_store.h"
#include "store/archive/durable_file.h"
#include "store/archive/format.h"
#include "store/stream_store.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tilth::archive {

/// Thread-safe.
class FileReader {
  public:
    /// Reads the index only. kNotFound, kUnavailable, kCorrupt.
    static Result<FileReader> Open(const std::filesystem::path& path);

    const Index& index() const { return index_; }

    /// Visits the records in sequence order. Returns the sequence of the record where the visit
    /// was cut short; nullopt: all up to `request.up_to` were visited.
    Result<std::optional<Sequence>> Read(const ReadRequest& request, const RecordVisitor& visit)
        const;
    /// kNotFound: there is no such record in the file.
    Result<RawRecord> Get(Sequence sequence) const;
    /// Where the record of that message id is, if the file has it.
    Result<std::optional<Sequence>> FindId(std::string_view id) const;
    /// Newest first.
    Result<std::vector<RawRecord>> Find(const FindRequest& request) const;

    /// Reads every byte, and compares with what the entry says. kCorrupt: what is wrong.
    Status Verify(const ArchivedRange& entry) const;

  private:
    /// The frame of ids that was looked at last.
    struct Ids {
        uint64_t offset = 0;
        std::string plain;
        std::vector<IdEntry> entries;
    };

    FileReader(OpenedFile file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}

    Result<std::string> PackedFrame(uint64_t offset) const;
    /// Unpacks the frame at a place and reads its records into views of `plain`.
    Result<std::vector<RawRecordView>> Records(const RecordFrame& frame, std::string& plain) const;
    Result<std::shared_ptr<const Ids>> IdsAt(uint64_t offset) const;
    Status VerifyRecords(const ArchivedRange& entry) const;
    Status VerifyIds(const ArchivedRange& entry) const;
    std::unexpected<Error> Named(const Error& error) const;

    OpenedFile file_;
    std::string path_;
    Index index_;
    std::unique_ptr<Guarded<std::shared_ptr<const Ids>>> last_ids_ =
        std::make_unique<Guarded<std::shared_ptr<const Ids>>>();
};

}  // namespace tilth::archive
