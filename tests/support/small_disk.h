// A file system of a few megabytes for tests of a full disk. Needs the right to mount (root).
#pragma once

#include "base/result.h"

#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace tilth {

class SmallDisk {
  public:
    /// kRefused: this system does not let the test mount one.
    static Result<std::unique_ptr<SmallDisk>> Mount(size_t bytes) {
        std::string name = (std::filesystem::temp_directory_path() / "tilth_disk_XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            return Fail(Fault::kUnavailable, "no temporary folder: {}", std::strerror(errno));
        const std::string options = "size=" + std::to_string(bytes);
        if (mount("tmpfs", name.c_str(), "tmpfs", 0, options.c_str()) != 0) {
            const std::string why = std::strerror(errno);
            std::filesystem::remove(name);
            return Fail(Fault::kRefused, "a small disk cannot be mounted here: {}", why);
        }
        return std::unique_ptr<SmallDisk>(new SmallDisk(name));
    }
    ~SmallDisk() {
        umount2(path_.c_str(), MNT_DETACH);
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    const std::filesystem::path& path() const { return path_; }

    size_t Room() const {
        struct statvfs disk {};
        statvfs(path_.c_str(), &disk);
        return disk.f_bavail * disk.f_bsize;
    }
    /// Takes so many bytes, until Free.
    Status Fill(size_t bytes) const {
        std::ofstream ballast(path_ / "ballast", std::ios::binary);
        const std::string block(size_t{1} << 16, 'x');
        for (size_t written = 0; written < bytes; written += block.size()) ballast << block;
        ballast.flush();
        if (!ballast) return Fail(Fault::kUnavailable, "the ballast finds no room");
        return {};
    }
    Status Free() const {
        std::error_code error;
        std::filesystem::remove(path_ / "ballast", error);
        if (error) return Fail(Fault::kUnavailable, "{}", error.message());
        return {};
    }

  private:
    explicit SmallDisk(std::string path) : path_(std::move(path)) {}
    const std::filesystem::path path_;
};

}  // namespace tilth
