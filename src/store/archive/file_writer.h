// Writing an archive file: records of one writer, in sequence.
#pragma once

#include "base/result.h"
#include "store/archivable_store.h"
#include "store/archive/durable_file.h"
#include "store/archive/format.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tilth::archive {

/// Name of the file of a range: the same records of the same lab make the same name and bytes.
std::string NameOf(const ArchivedRange& range);

class FileWriter {
  public:
    static Result<FileWriter> Create(
        const std::filesystem::path& folder, std::string lab_id, WriterId writer
    );

    /// Requires: sequences rise. kUnavailable: the disk refuses; kBadInput: larger than a frame.
    Status Add(const RawRecordView& record);
    uint64_t records() const { return range_.records; }
    uint64_t plain_bytes() const { return plain_bytes_; }

    /// Completes the file, puts it on disk, reads it back (kCorrupt: other bytes came), and only
    /// then gives it its name. Everything of the entry is filled in but `archived_at`. Requires:
    /// there is a record. Nothing may be added any more.
    Result<ArchivedRange> Finish();

  private:
    FileWriter(NewFile file, std::filesystem::path folder)
        : file_(std::move(file)), folder_(std::move(folder)) {}

    Status WriteRecords();
    Status WriteIds();
    Status WriteIndex();
    void Note(const RawRecordView& record);

    NewFile file_;
    std::filesystem::path folder_;
    ArchivedRange range_;
    Index index_;
    uint64_t plain_bytes_ = 0;
    std::vector<std::pair<std::string, Sequence>> ids_;

    // The frame that is being filled.
    std::string plain_;
    uint32_t count_ = 0;
    RecordFrame frame_;
};

}  // namespace tilth::archive
