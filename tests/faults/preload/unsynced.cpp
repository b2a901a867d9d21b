// Preloaded (LD_PRELOAD) into a program under test: keeps a Shadow of one folder, so that a test
// can take away at a kill what was not synced.
//
//   UNSYNCED_ROOT     the folder, without symbolic links; without it nothing is watched
//   UNSYNCED_SHADOW   where the synced content is kept; outside of the root
//   UNSYNCED_NAMES    "strict": a new name is durable only when its folder was synced
//
// Not seen: io_uring, copy_file_range, sendfile into a file, hard links. sync_file_range promises
// nothing (its manual says so), so it is not a sync here, and neither is msync: what it wrote
// counts as lost until the next fsync. Files opened by stdio or mapped for writing are copied whole
// at each sync.
#include "real.h"
#include "shadow.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

using tilth::preload::Shadow;

Shadow* MakeShadow() {
    const char* root = getenv("UNSYNCED_ROOT");
    const char* shadow = getenv("UNSYNCED_SHADOW");
    if (root == nullptr || shadow == nullptr) return nullptr;
    const char* names = getenv("UNSYNCED_NAMES");
    const bool strict = names != nullptr && std::string_view(names) == "strict";
    return new Shadow({root, shadow, strict});
}

/// Null: nothing is watched. Never destroyed: programs write until their very end.
Shadow* Watch() {
    static Shadow* const shadow = [] {
        Shadow* made = MakeShadow();
        if (made != nullptr) {
            pthread_atfork(
                [] { Watch()->Lock(); }, [] { Watch()->Unlock(); }, [] { Watch()->Unlock(); }
            );
        }
        return made;
    }();
    return shadow;
}

bool Writes(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
}

bool Exists(int folder, const char* path) {
    return faccessat(folder, path, F_OK, 0) == 0;
}

/// Opens by `open`, and says so if it is a file of ours.
template <class Open>
int OpenWatched(int folder, const char* path, int flags, Open open) {
    if (Watch() == nullptr || !Writes(flags)) return open();
    const std::string name = Watch()->NameOf(folder, path);
    if (name.empty()) return open();
    const bool existed = Exists(folder, path);
    const int fd = open();
    const int error = errno;
    if (fd >= 0) {
        Watch()->Opened(fd, name, existed, false);
        if (existed && (flags & O_TRUNC) != 0) Watch()->Truncated(fd, 0);
    }
    errno = error;
    return fd;
}

/// A write of `n` bytes at `from`, or where the file's own position has come to.
ssize_t Wrote(int fd, ssize_t n, off_t from = -1) {
    if (n <= 0 || Watch() == nullptr) return n;
    const int error = errno;
    if (from < 0) from = lseek(fd, 0, SEEK_CUR) - n;
    if (from >= 0) {
        Watch()->Written(fd, from, from + n);
        const int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && (flags & O_DSYNC) != 0) Watch()->Synced(fd, [] { return 0; });
    }
    errno = error;
    return n;
}

template <class Sync>
int SyncWatched(int fd, Sync sync) {
    return Watch() == nullptr ? sync() : Watch()->Synced(fd, sync);
}

template <class Truncate>
int TruncateWatched(int fd, off_t size, Truncate truncate) {
    const int result = truncate();
    if (result == 0 && Watch() != nullptr) Watch()->Truncated(fd, size);
    return result;
}

template <class Rename>
int RenameWatched(int from_folder, const char* from, int to_folder, const char* to, Rename rename) {
    if (Watch() == nullptr) return rename();
    const std::string before = Watch()->NameOf(from_folder, from);
    const std::string after = Watch()->NameOf(to_folder, to);
    const int result = rename();
    if (result == 0) Watch()->Renamed(before, after);
    return result;
}

template <class Remove>
int RemoveWatched(int folder, const char* path, Remove remove) {
    if (Watch() == nullptr) return remove();
    const std::string name = Watch()->NameOf(folder, path);
    const int result = remove();
    if (result == 0 && !name.empty()) Watch()->Removed(name);
    return result;
}

template <class Open>
FILE* OpenStream(const char* path, const char* mode, Open open) {
    const bool writes = std::string_view(mode).find_first_of("wa+") != std::string_view::npos;
    if (Watch() == nullptr || !writes) return open();
    const std::string name = Watch()->NameOf(AT_FDCWD, path);
    if (name.empty()) return open();
    const bool existed = Exists(AT_FDCWD, path);
    FILE* const stream = open();
    if (stream != nullptr) Watch()->Opened(fileno(stream), name, existed, true);
    return stream;
}

void NoteMapping(int protection, int flags, int fd) {
    const bool writes = (protection & PROT_WRITE) != 0 && (flags & MAP_SHARED) != 0;
    if (writes && fd >= 0 && Watch() != nullptr) Watch()->Mapped(fd);
}

}  // namespace

// The mode stands among the arguments only with these flags.
#define TILTH_MODE(flags, mode)                             \
    mode_t mode = 0;                                        \
    if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) {         \
        va_list arguments;                                  \
        va_start(arguments, flags);                         \
        mode = static_cast<mode_t>(va_arg(arguments, int)); \
        va_end(arguments);                                  \
    }

extern "C" {

int open(const char* path, int flags, ...) {
    TILTH_MODE(flags, mode)
    return OpenWatched(AT_FDCWD, path, flags, [&] { return TILTH_REAL(open)(path, flags, mode); });
}
int open64(const char* path, int flags, ...) {
    TILTH_MODE(flags, mode)
    return OpenWatched(AT_FDCWD, path, flags, [&] {
        return TILTH_REAL(open64)(path, flags, mode);
    });
}
int openat(int folder, const char* path, int flags, ...) {
    TILTH_MODE(flags, mode)
    return OpenWatched(folder, path, flags, [&] {
        return TILTH_REAL(openat)(folder, path, flags, mode);
    });
}
int openat64(int folder, const char* path, int flags, ...) {
    TILTH_MODE(flags, mode)
    return OpenWatched(folder, path, flags, [&] {
        return TILTH_REAL(openat64)(folder, path, flags, mode);
    });
}
// What a program built with _FORTIFY_SOURCE calls.
int __open_2(const char* path, int flags) {
    return open(path, flags);
}
int __open64_2(const char* path, int flags) {
    return open64(path, flags);
}
int creat(const char* path, mode_t mode) {
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
FILE* fopen(const char* path, const char* mode) {
    return OpenStream(path, mode, [&] { return TILTH_REAL(fopen)(path, mode); });
}
FILE* fopen64(const char* path, const char* mode) {
    return OpenStream(path, mode, [&] { return TILTH_REAL(fopen64)(path, mode); });
}

ssize_t write(int fd, const void* data, size_t size) {
    return Wrote(fd, TILTH_REAL(write)(fd, data, size));
}
ssize_t writev(int fd, const iovec* pieces, int count) {
    return Wrote(fd, TILTH_REAL(writev)(fd, pieces, count));
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
    return Wrote(fd, TILTH_REAL(pwrite)(fd, data, size, at), at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    return Wrote(fd, TILTH_REAL(pwrite64)(fd, data, size, at), at);
}
ssize_t pwritev(int fd, const iovec* pieces, int count, off_t at) {
    return Wrote(fd, TILTH_REAL(pwritev)(fd, pieces, count, at), at);
}
ssize_t pwritev64(int fd, const iovec* pieces, int count, off64_t at) {
    return Wrote(fd, TILTH_REAL(pwritev64)(fd, pieces, count, at), at);
}
int ftruncate(int fd, off_t size) noexcept {
    return TruncateWatched(fd, size, [&] { return TILTH_REAL(ftruncate)(fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept {
    return TruncateWatched(fd, size, [&] { return TILTH_REAL(ftruncate64)(fd, size); });
}
int fallocate(int fd, int mode, off_t at, off_t size) {
    const int result = TILTH_REAL(fallocate)(fd, mode, at, size);
    if (result == 0) Wrote(fd, size, at);
    return result;
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    const int result = TILTH_REAL(fallocate64)(fd, mode, at, size);
    if (result == 0) Wrote(fd, size, at);
    return result;
}

int posix_fallocate(int fd, off_t at, off_t size) {
    const int error = TILTH_REAL(posix_fallocate)(fd, at, size);
    if (error == 0) Wrote(fd, size, at);
    return error;
}
int posix_fallocate64(int fd, off64_t at, off64_t size) {
    const int error = TILTH_REAL(posix_fallocate64)(fd, at, size);
    if (error == 0) Wrote(fd, size, at);
    return error;
}

int fsync(int fd) {
    return SyncWatched(fd, [&] { return TILTH_REAL(fsync)(fd); });
}
int fdatasync(int fd) {
    return SyncWatched(fd, [&] { return TILTH_REAL(fdatasync)(fd); });
}

int rename(const char* from, const char* to) noexcept {
    return RenameWatched(AT_FDCWD, from, AT_FDCWD, to, [&] {
        return TILTH_REAL(rename)(from, to);
    });
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
    return RenameWatched(from_folder, from, to_folder, to, [&] {
        return TILTH_REAL(renameat)(from_folder, from, to_folder, to);
    });
}
int renameat2(
    int from_folder, const char* from, int to_folder, const char* to, unsigned flags
) noexcept {
    return RenameWatched(from_folder, from, to_folder, to, [&] {
        return TILTH_REAL(renameat2)(from_folder, from, to_folder, to, flags);
    });
}
int unlink(const char* path) noexcept {
    return RemoveWatched(AT_FDCWD, path, [&] { return TILTH_REAL(unlink)(path); });
}
int unlinkat(int folder, const char* path, int flags) noexcept {
    return RemoveWatched(folder, path, [&] { return TILTH_REAL(unlinkat)(folder, path, flags); });
}
int remove(const char* path) noexcept {
    return RemoveWatched(AT_FDCWD, path, [&] { return TILTH_REAL(remove)(path); });
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t at) noexcept {
    NoteMapping(protection, flags, fd);
    return TILTH_REAL(mmap)(address, size, protection, flags, fd, at);
}
void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t at) noexcept {
    NoteMapping(protection, flags, fd);
    return TILTH_REAL(mmap64)(address, size, protection, flags, fd, at);
}

}  // extern "C"
