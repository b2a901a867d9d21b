// Preloaded (LD_PRELOAD) into a program under test: what it does to the files of one folder fails
// for as long as a test wants.
//
//   FAILING_ROOT     the folder, without symbolic links
//   FAILING_CONTROL  a file with an errno (28: no space left, 30: read-only, 5: input/output
//   error);
//                    without it, or with 0 in it, everything works. A second word "sync" lets
//                    writes succeed and only fsync and fdatasync fail.
//
// Not by stdio or mapped memory.
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string_view>

namespace {

enum class What { kWrite, kSync };

/// The errno to fail with now; 0: none.
int Failure(What what) {
    static const char* const control = getenv("FAILING_CONTROL");
    if (control == nullptr) return 0;
    const int fd = TILTH_REAL(open)(control, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[32] = {};
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return 0;
    if (what == What::kWrite && strstr(text, "sync") != nullptr) return 0;
    return static_cast<int>(strtol(text, nullptr, 10));
}

bool IsBelowRoot(std::string_view path) {
    static const char* const root = getenv("FAILING_ROOT");
    return root != nullptr && path.starts_with(root);
}

bool IsOurs(int fd) {
    char link[64];
    char path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path);
    return n > 0 && IsBelowRoot({path, static_cast<size_t>(n)});
}

/// Runs `call`, or fails as it is told to.
template <class Call>
auto Try(int fd, What what, Call call) {
    const int before = errno;
    const int error = Failure(what);
    if (error == 0 || !IsOurs(fd)) {
        errno = before;
        return call();
    }
    errno = error;
    return static_cast<decltype(call())>(-1);
}

template <class Open>
int TryOpen(const char* path, int flags, Open open) {
    const bool writes = (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY;
    const int error = writes && IsBelowRoot(path) ? Failure(What::kWrite) : 0;
    // A full disk lets files be opened that are there.
    if (error == 0 || (error == ENOSPC && access(path, F_OK) == 0)) return open();
    errno = error;
    return -1;
}

}  // namespace

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
    return TryOpen(path, flags, [&] { return TILTH_REAL(open)(path, flags, mode); });
}
int open64(const char* path, int flags, ...) {
    TILTH_MODE(flags, mode)
    return TryOpen(path, flags, [&] { return TILTH_REAL(open64)(path, flags, mode); });
}
ssize_t write(int fd, const void* data, size_t size) {
    return Try(fd, What::kWrite, [&] { return TILTH_REAL(write)(fd, data, size); });
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
    return Try(fd, What::kWrite, [&] { return TILTH_REAL(pwrite)(fd, data, size, at); });
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
    return Try(fd, What::kWrite, [&] { return TILTH_REAL(pwrite64)(fd, data, size, at); });
}
int ftruncate(int fd, off_t size) noexcept {
    return Try(fd, What::kWrite, [&] { return TILTH_REAL(ftruncate)(fd, size); });
}
int ftruncate64(int fd, off64_t size) noexcept {
    return Try(fd, What::kWrite, [&] { return TILTH_REAL(ftruncate64)(fd, size); });
}
int posix_fallocate(int fd, off_t at, off_t size) {
    const int result =
        Try(fd, What::kWrite, [&] { return TILTH_REAL(posix_fallocate)(fd, at, size); });
    return result == -1 ? errno : result;
}
int fsync(int fd) {
    return Try(fd, What::kSync, [&] { return TILTH_REAL(fsync)(fd); });
}
int fdatasync(int fd) {
    return Try(fd, What::kSync, [&] { return TILTH_REAL(fdatasync)(fd); });
}

}  // extern "C"
