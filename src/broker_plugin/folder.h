// The folder a journal lives in: which files there are, and who may write them.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace tilth::broker_plugin {

struct SegmentPath {
    std::filesystem::path path;
    uint64_t sequence = 0;
    uint64_t bytes = 0;
};

/// Segments in use, in the order they were begun. kUnavailable when the folder cannot be read.
Result<std::vector<SegmentPath>> ListSegments(const std::filesystem::path& folder);

/// A folder that this process alone writes to.
class JournalFolder {
  public:
    /// Makes the folder if only its last part is missing, and locks it. kUnavailable: no such
    /// parent, no right to write; kConflict: another broker uses it. The message says what to do.
    static Result<JournalFolder> Lock(const std::filesystem::path& folder);

    JournalFolder(JournalFolder&& other) noexcept
        : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
    JournalFolder& operator=(JournalFolder&&) = delete;
    ~JournalFolder();

    const std::filesystem::path& path() const { return path_; }

    /// The run that wrote here last, 0 for none: runs have rising numbers.
    uint64_t LastRun() const;
    /// kUnavailable when it cannot be put on disk.
    Status NoteRun(uint64_t number) const;

    std::filesystem::path SegmentFor(uint64_t sequence) const;
    std::filesystem::path SpareFor(uint64_t sequence) const;

    /// Gives back what segments of earlier runs do not use, so that a broker that is killed again
    /// and again before it saves takes no more room than its messages: one without records becomes
    /// a spare, others are cut behind their last record. `ends`: of each, where its records end; 0
    /// leaves it alone. Returns those that are left; what fails is left as it was.
    std::vector<SegmentPath> GiveBack(
        std::vector<SegmentPath> segments, const std::vector<uint64_t>& ends
    ) const;

    /// Files of dropped segments, kept to be written again.
    Result<std::vector<SegmentPath>> ListSpares() const;

  private:
    JournalFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;
};

}  // namespace tilth::broker_plugin
