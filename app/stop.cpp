#include "app/stop.h"

#include <atomic>
#include <ctime>

namespace tilth::app {
namespace {

std::atomic<bool> asked = false;

sigset_t StopSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

bool Wait(timespec limit) {
    const sigset_t signals = StopSignals();
    if (!asked && sigtimedwait(&signals, nullptr, &limit) > 0) asked = true;
    return asked;
}

}  // namespace

sigset_t BlockStopSignals() {
    const sigset_t signals = StopSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

bool StopAsked() {
    return Wait({0, 0});
}
bool WaitForStop() {
    return Wait({1, 0});
}

}  // namespace tilth::app
