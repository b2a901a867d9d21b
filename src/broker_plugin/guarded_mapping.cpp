#include "broker_plugin/guarded_mapping.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

namespace tilth::broker_plugin {
namespace {

using Slot = GuardedMapping::Slot;

/// A journal has two segments mapped, and a moment longer those that are being synced.
std::array<Slot, 32> slots;
std::mutex slots_mutex;
size_t slots_used = 0;
struct sigaction action_before;

Slot* SlotOf(const char* address) noexcept {
    for (Slot& slot : slots) {
        const char* const begin = slot.begin.load(std::memory_order_acquire);
        if (begin != nullptr && address >= begin && address < begin + slot.size.load())
            return &slot;
    }
    return nullptr;
}

/// systemd's journald does the same (src/basic/sigbus.c). mmap is a bare system call, which a
/// handler may make.
void OnBusError(int signal, siginfo_t* info, void*) {
    const int error = errno;
    auto* const address = static_cast<char*>(info->si_addr);
    Slot* const slot = info->si_code > 0 ? SlotOf(address) : nullptr;
    if (slot != nullptr) {
        slot->has_failed.store(true);
        const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
        char* const begin = address - reinterpret_cast<uintptr_t>(address) % page;
        constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
        void* const memory = mmap(begin, page, PROT_READ | PROT_WRITE, kFlags, -1, 0);
        errno = error;
        if (memory != MAP_FAILED) return;
    }
    // Not ours: what stood there before gets it, when the instruction faults again or at once.
    sigaction(signal, &action_before, nullptr);
    if (info->si_code <= 0) raise(signal);
    errno = error;
}

/// Both with slots_mutex locked.
bool Install() noexcept {
    if (slots_used != 0) return true;
    struct sigaction action {};
    action.sa_sigaction = OnBusError;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, &action_before) == 0;
}
void Uninstall() noexcept {
    struct sigaction now {};
    if (slots_used != 0 || sigaction(SIGBUS, nullptr, &now) != 0) return;
    const bool is_ours = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == OnBusError;
    if (is_ours) sigaction(SIGBUS, &action_before, nullptr);
}

}  // namespace

GuardedMapping GuardedMapping::Of(int fd, size_t size) noexcept {
    const std::scoped_lock lock(slots_mutex);
    const auto slot = std::ranges::find_if(slots, [](const Slot& s) { return s.begin == nullptr; });
    if (slot == slots.end() || !Install()) return {};
    void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        Uninstall();
        return {};
    }
    ++slots_used;
    slot->has_failed = false;
    slot->size = size;
    slot->begin.store(static_cast<char*>(memory), std::memory_order_release);
    return {static_cast<char*>(memory), size, &*slot};
}

GuardedMapping& GuardedMapping::operator=(GuardedMapping&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(size_, other.size_);
    std::swap(slot_, other.slot_);
    return *this;
}

GuardedMapping::~GuardedMapping() {
    if (slot_ == nullptr) return;
    const std::scoped_lock lock(slots_mutex);
    munmap(at_, size_);
    slot_->begin = nullptr;
    --slots_used;
    Uninstall();
}

bool GuardedMapping::Store(size_t offset, std::string_view bytes) const noexcept {
    if (slot_ == nullptr || slot_->has_failed.load(std::memory_order_relaxed)) return false;
    std::memcpy(at_ + offset, bytes.data(), bytes.size());
    // The handler runs in this thread, between the two; the compiler may not look before.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return !slot_->has_failed.load(std::memory_order_relaxed);
}

}  // namespace tilth::broker_plugin
