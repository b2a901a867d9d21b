// What a disk would hold of a folder if the machine lost power now.
//
// The kernel keeps what a killed process wrote, so killing a process shows nothing about disks. A
// Shadow keeps, beside the folder, the content that was last synced:
//
//   image/ID      the content of a file as of its last fsync or fdatasync
//   now/NAME      a symbolic link to ID: the names as programs see them
//   synced/NAME   the same, as of the last sync of the file or of its folder
//
// NAME is the path below the folder, with "%2F" for "/". All of it is ordinary files, written
// before a sync returns to its caller, so that it outlives a SIGKILL. `power_loss.py` compares it
// with the folder: whatever differs was not synced.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tilth::preload {

struct ShadowOptions {
    std::string root;    ///< Watched, with what is below it. Without symbolic links.
    std::string shadow;  ///< Outside of root.
    /// Only a sync of its folder makes a new name durable, as POSIX has it. Otherwise the first
    /// sync of the file does too, as on ext4, XFS and Btrfs.
    bool strict_names = false;
};

/// Thread-safe. The calls are made after the C library's own succeeded, but Synced.
class Shadow {
  public:
    explicit Shadow(ShadowOptions options);

    /// The name of an absolute or relative path below root; empty when it is elsewhere.
    std::string NameOf(int folder, const char* path) const;
    /// An open file can be written through `fd`. `existed`: before it was opened. `unseen`: writes
    /// to it do not come through Written (stdio, shared mappings).
    void Opened(int fd, const std::string& name, bool existed, bool unseen);
    void Mapped(int fd);
    void Written(int fd, off_t from, off_t to);
    void Truncated(int fd, off_t size);
    void Renamed(const std::string& from, const std::string& to);
    void Removed(const std::string& name);

    /// Runs `sync`, a call that syncs the file or folder `fd`; when it returns 0, what was written
    /// before is durable.
    template <class Sync>
    int Synced(int fd, Sync sync) {
        const std::scoped_lock one_at_a_time(syncing_);
        const Pending pending = Take(fd);
        const int result = sync();
        Finish(fd, pending, result == 0);
        return result;
    }

    /// Around fork, so that the child does not inherit a held lock.
    void Lock();
    void Unlock();

  private:
    using Range = std::pair<off_t, off_t>;
    using Inode = std::pair<dev_t, ino_t>;
    struct File {
        std::string id;
        std::vector<Range> written;  ///< Not synced.
        bool unseen = false;
        bool new_name = false;
    };
    struct Pending {
        bool is_file = false;
        bool is_folder = false;
        std::vector<Range> written;
    };

    Pending Take(int fd);
    void Finish(int fd, const Pending& pending, bool done);
    File* Find(int fd, struct stat* status = nullptr);
    void CopyToImage(int fd, const File& file, const std::vector<Range>& ranges, off_t size);
    void SyncNamesOfFile(const std::string& id);
    void SyncNamesOfFolder(int fd);
    std::string NewId();
    std::string PathOf(const char* kind, const std::string& name) const;
    std::string Link(const char* kind, const std::string& name) const;
    void SetLink(const char* kind, const std::string& name, const std::string& id);
    std::vector<std::string> Names(const char* kind) const;

    ShadowOptions options_;
    std::mutex syncing_;  ///< Taken before mutex_.
    std::mutex mutex_;
    std::map<Inode, File> files_;
    uint64_t made_ = 0;
};

}  // namespace tilth::preload
