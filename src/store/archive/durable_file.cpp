#include "store/archive/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tilth::archive {
namespace {

std::unexpected<Error> Trouble(const std::filesystem::path& path, const char* doing, int error) {
    return Fail(Fault::kUnavailable, "{}: {}: {}", path.string(), doing, std::strerror(error));
}

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

Result<NewFile> NewFile::Create(const std::filesystem::path& folder) {
    std::string name = (folder / "XXXXXX").string() + std::string(kUnfinished);
    const int fd = mkostemps(name.data(), static_cast<int>(kUnfinished.size()), O_CLOEXEC);
    if (fd < 0) return Trouble(folder, "making a file", errno);
    fchmod(fd, 0640);
    return NewFile(Descriptor(fd), name);
}

NewFile::~NewFile() {
    if (!path_.empty()) unlink(path_.c_str());
}

Status NewFile::Write(std::string_view bytes) {
    digest_.Add(bytes);
    size_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t written = write(file_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return Trouble(path_, "writing", errno);
        bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
}

Status NewFile::Sync() {
    if (fsync(file_.get()) == 0) return {};
    return Trouble(path_, "syncing", errno);
}

Status NewFile::Publish(const std::string& name) {
    const std::filesystem::path folder = path_.parent_path();
    if (rename(path_.c_str(), (folder / name).c_str()) != 0)
        return Trouble(path_, "renaming", errno);
    path_.clear();
    return SyncFolder(folder);
}

Status MakeFolder(const std::filesystem::path& folder) {
    std::error_code error;
    if (std::filesystem::is_directory(folder, error)) return {};
    const std::filesystem::path whole = std::filesystem::absolute(folder, error);
    if (!error) std::filesystem::create_directories(whole, error);
    if (error) return Trouble(folder, "making the folder", error.value());
    return SyncFolder(whole.parent_path());
}

Status SyncFolder(const std::filesystem::path& folder) {
    const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.get() < 0) return Trouble(folder, "opening the folder", errno);
    if (fsync(opened.get()) == 0) return {};
    return Trouble(folder, "syncing the folder", errno);
}

Status RemoveFile(const std::filesystem::path& file) {
    if (unlink(file.c_str()) != 0 && errno != ENOENT) return Trouble(file, "removing", errno);
    return SyncFolder(file.parent_path());
}

Result<Descriptor> LockFolder(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / "lock";
    Descriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (lock.get() < 0) return Trouble(file, "opening", errno);
    if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) return Trouble(file, "locking", errno);
    return Fail(
        Fault::kConflict, "{}: another process is moving or deleting archive files", folder.string()
    );
}

Result<OpenedFile> OpenedFile::Open(const std::filesystem::path& path) {
    Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 && errno == ENOENT)
        return Fail(Fault::kNotFound, "{}: there is no such file", path.string());
    if (file.get() < 0) return Trouble(path, "opening", errno);
    struct stat about {};
    if (fstat(file.get(), &about) != 0) return Trouble(path, "looking at it", errno);
    return OpenedFile(std::move(file), path.string(), static_cast<uint64_t>(about.st_size));
}

Result<std::string> OpenedFile::Read(uint64_t offset, size_t bytes) const {
    if (offset > size_ || bytes > size_ - offset) {
        return Fail(Fault::kCorrupt, "{}: the file is cut off at {} bytes", path_, size_);
    }
    std::string read(bytes, '\0');
    size_t done = 0;
    while (done < bytes) {
        const ssize_t got =
            pread(file_.get(), read.data() + done, bytes - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Trouble(path_, "reading", errno);
        if (got == 0) return Fail(Fault::kCorrupt, "{}: the file ends too early", path_);
        done += static_cast<size_t>(got);
    }
    return read;
}

}  // namespace tilth::archive
