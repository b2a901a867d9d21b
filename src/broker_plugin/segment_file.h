// A segment on disk that is written from front to back.
#pragma once

#include "base/result.h"
#include "broker_plugin/guarded_mapping.h"

#include <filesystem>
#include <string_view>
#include <utility>

namespace tilth::broker_plugin {

/// A value, or the errno of what went wrong.
template <class T>
using Tried = std::expected<T, int>;

/// An open file. Writing and syncing allocate nothing and return an errno, 0 for done: they run
/// where a message waits for its acknowledgement.
class SegmentFile {
  public:
    /// A new file of `size` zeros, on disk when this returns: writing into it later changes no
    /// metadata, so that a sync is one write of the disk. On failure nothing is left behind.
    static Tried<SegmentFile> Create(const std::filesystem::path& path, size_t size);
    /// A file that is there already.
    static Tried<SegmentFile> Open(const std::filesystem::path& path);

    SegmentFile(SegmentFile&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)),
          size_(other.size_),
          mapping_(std::move(other.mapping_)) {}
    SegmentFile& operator=(SegmentFile&&) = delete;
    ~SegmentFile();

    size_t size() const noexcept { return size_; }

    /// From now on WriteAt stores to memory as long as that works (GuardedMapping); what it says of
    /// a failure is the same.
    void Map() noexcept { mapping_ = GuardedMapping::Of(fd_, size_); }

    /// Within the file.
    int WriteAt(size_t offset, std::string_view bytes) const noexcept;
    /// fdatasync.
    int Sync() const noexcept;

  private:
    SegmentFile(int fd, size_t size) : fd_(fd), size_(size) {}

    int fd_;
    size_t size_;
    GuardedMapping mapping_;
};

/// Makes names in a folder durable; an errno, 0 for done.
int SyncFolder(const std::filesystem::path& folder);

/// A whole file, readable as memory.
class MappedFile {
  public:
    /// kNotFound, kUnavailable.
    static Result<MappedFile> Open(const std::filesystem::path& path);

    MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile();

    std::string_view bytes() const { return bytes_; }

  private:
    explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}

    std::string_view bytes_;
};

}  // namespace tilth::broker_plugin
