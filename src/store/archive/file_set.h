// The archive files of a folder, opened when they are needed.
#pragma once

#include "base/guarded.h"
#include "store/archive/file_reader.h"

#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace tilth::archive {

/// Thread-safe.
class FileSet {
  public:
    FileSet(std::filesystem::path folder, std::string lab_id)
        : folder_(std::move(folder)), lab_id_(std::move(lab_id)) {}

    const std::filesystem::path& folder() const { return folder_; }
    /// kUnavailable: the file is not there, or the disk refuses; kCorrupt: it is not what the entry
    /// names.
    Result<std::shared_ptr<const FileReader>> Open(const ArchivedRange& range);
    /// Opens it anew next time.
    void Forget(const std::string& file);

  private:
    using Opened = std::pair<std::string, std::shared_ptr<const FileReader>>;

    const std::filesystem::path folder_;
    const std::string lab_id_;
    Guarded<std::list<Opened>> opened_;  ///< Those used last are in front.
};

}  // namespace tilth::archive
