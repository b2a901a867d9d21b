#include "broker_plugin/segment_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace tilth::broker_plugin {
namespace {

int FillWithZeros(const SegmentFile& file) {
    static constexpr std::array<char, size_t{256} << 10> kZeros{};
    for (size_t at = 0; at < file.size(); at += kZeros.size()) {
        const size_t size = std::min(kZeros.size(), file.size() - at);
        if (const int error = file.WriteAt(at, {kZeros.data(), size}); error != 0) return error;
    }
    return file.Sync();
}

}  // namespace

Tried<SegmentFile> SegmentFile::Create(const std::filesystem::path& path, size_t size) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return std::unexpected(errno);
    SegmentFile file(fd, size);
    // Reserved first, so that a full disk is noticed before it is written on. Blocks that are only
    // reserved would be marked as written later, one journalled change of metadata a message.
    int error = posix_fallocate(fd, 0, static_cast<off_t>(size));
    if (error == EOPNOTSUPP || error == EINVAL) error = 0;
    if (error == 0) error = FillWithZeros(file);
    if (error == 0 && fsync(fd) != 0) error = errno;
    if (error == 0) return file;
    unlink(path.c_str());
    return std::unexpected(error);
}

Tried<SegmentFile> SegmentFile::Open(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return std::unexpected(errno);
    struct stat status {};
    if (fstat(fd, &status) != 0) {
        const int error = errno;
        close(fd);
        return std::unexpected(error);
    }
    return SegmentFile(fd, static_cast<size_t>(status.st_size));
}

SegmentFile::~SegmentFile() {
    if (fd_ >= 0) close(fd_);
}

int SegmentFile::WriteAt(size_t offset, std::string_view bytes) const noexcept {
    if (mapping_.Store(offset, bytes)) return 0;
    while (!bytes.empty()) {
        const ssize_t done = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return done < 0 ? errno : EIO;
        offset += static_cast<size_t>(done);
        bytes.remove_prefix(static_cast<size_t>(done));
    }
    return 0;
}

int SegmentFile::Sync() const noexcept {
    return fdatasync(fd_) == 0 ? 0 : errno;
}

int SyncFolder(const std::filesystem::path& folder) {
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

Result<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
    const auto cannot_read = [&path](int error) {
        return Fail(
            error == ENOENT ? Fault::kNotFound : Fault::kUnavailable,
            "{} cannot be read: {}",
            path.string(),
            std::strerror(error)
        );
    };
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return cannot_read(errno);
    struct stat status {};
    int error = fstat(fd, &status) == 0 ? 0 : errno;
    const auto size = static_cast<size_t>(status.st_size);
    void* memory = nullptr;
    if (error == 0 && size > 0) {
        memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (memory == MAP_FAILED) error = errno;
    }
    close(fd);
    if (error != 0) return cannot_read(error);
    return MappedFile({static_cast<const char*>(memory), size});
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace tilth::broker_plugin
