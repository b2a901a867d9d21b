// Preloaded (LD_PRELOAD) into a program under test: its wall clock stands off by as many seconds as
// the text file SHIFTED_CLOCK says at that moment (looked at again every 10 ms of steady time). The
// steady clock goes on as it is.
#include "real.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {

time_t ReadShift() {
    const char* path = getenv("SHIFTED_CLOCK");
    if (path == nullptr) return 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    char text[32] = {};
    const ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 ? strtol(text, nullptr, 10) : 0;
}

time_t Shift() {
    static std::atomic<time_t> shift = 0;
    static std::atomic<int64_t> look_again = 0;
    timespec steady{};
    TILTH_REAL(clock_gettime)(CLOCK_MONOTONIC, &steady);
    const int64_t now = steady.tv_sec * 100 + steady.tv_nsec / 10'000'000;
    if (now >= look_again) {
        look_again = now + 1;
        shift = ReadShift();
    }
    return shift;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const int result = TILTH_REAL(clock_gettime)(clock, time);
    const bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (result == 0 && is_wall) time->tv_sec += Shift();
    return result;
}

int gettimeofday(timeval* time, void* zone) noexcept {
    const int result = TILTH_REAL(gettimeofday)(time, zone);
    if (result == 0) time->tv_sec += Shift();
    return result;
}

time_t time(time_t* out) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) *out = now.tv_sec;
    return now.tv_sec;
}

}  // extern "C"
