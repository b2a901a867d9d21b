// Files that are on disk when it is said that they are.
#pragma once

#include "base/hash.h"
#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace tilth::archive {

/// A descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int get() const { return fd_; }

  private:
    int fd_;
};

/// A new file under a name of its own, that gets its true name when it is complete. Destroyed
/// before that, it is removed.
class NewFile {
  public:
    /// kUnavailable: the folder or the disk refuses.
    static Result<NewFile> Create(const std::filesystem::path& folder);
    ~NewFile();
    NewFile(NewFile&&) = default;
    NewFile& operator=(NewFile&&) = delete;

    Status Write(std::string_view bytes);
    uint64_t size() const { return size_; }
    /// Of what was written so far.
    std::string Digest() const { return digest_.Hex(); }
    const std::filesystem::path& path() const { return path_; }

    /// Puts the bytes on disk.
    Status Sync();
    /// Gives it its name in the folder, and puts that on disk too. A file of that name is replaced.
    Status Publish(const std::string& name);

  private:
    NewFile(Descriptor file, std::filesystem::path path)
        : file_(std::move(file)), path_(std::move(path)) {}

    Descriptor file_;
    std::filesystem::path path_;  ///< Empty once it is published.
    uint64_t size_ = 0;
    DigestStream digest_;
};

/// What a NewFile is called until it is published; one that a killed program left ends so too.
inline constexpr std::string_view kUnfinished = ".unfinished";

/// Makes the folder and puts its entry on disk. kUnavailable.
Status MakeFolder(const std::filesystem::path& folder);
/// Puts the folder's entries on disk.
Status SyncFolder(const std::filesystem::path& folder);
/// Removes a file, durably; one that is not there is removed already.
Status RemoveFile(const std::filesystem::path& file);

/// A lock on a folder that ends with the process that has it. kConflict: another process has it.
Result<Descriptor> LockFolder(const std::filesystem::path& folder);

/// For reading at any place; thread-safe.
class OpenedFile {
  public:
    /// kNotFound; kUnavailable: the disk or the rights refuse.
    static Result<OpenedFile> Open(const std::filesystem::path& path);

    uint64_t size() const { return size_; }
    /// Exactly so many bytes. kCorrupt: the file ends before; kUnavailable: the disk refuses.
    Result<std::string> Read(uint64_t offset, size_t bytes) const;

  private:
    OpenedFile(Descriptor file, std::string path, uint64_t size)
        : file_(std::move(file)), path_(std::move(path)), size_(size) {}

    Descriptor file_;
    std::string path_;
    uint64_t size_ = 0;
};

}  // namespace tilth::archive
