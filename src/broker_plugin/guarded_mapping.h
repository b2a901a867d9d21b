// A file in memory that can be stored to although its disk may fail.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>

namespace tilth::broker_plugin {

/// A shared mapping of a whole file. What is stored belongs to the kernel at once, as with
/// write(), so that it outlives a killed process; it costs no system call, and a page fault only
/// for the first store to a page since it was last written back.
///
/// A page that the disk cannot give or take is a SIGBUS, which would end the process. While there
/// are mappings a handler for it stands: it puts a page of plain memory under the store, which
/// then fails. A SIGBUS from elsewhere goes to whom it went before.
class GuardedMapping {
  public:
    GuardedMapping() = default;
    GuardedMapping(GuardedMapping&& other) noexcept
        : at_(std::exchange(other.at_, nullptr)),
          size_(other.size_),
          slot_(std::exchange(other.slot_, nullptr)) {}
    GuardedMapping& operator=(GuardedMapping&& other) noexcept;
    ~GuardedMapping();

    /// A mapping of the first `size` bytes, which the file has; empty where the system has no
    /// room for one. May be called by any thread.
    static GuardedMapping Of(int fd, size_t size) noexcept;

    /// False: the file does not have the bytes, or not all of them, and this mapping takes no more.
    /// `offset` and `bytes` are within the mapping.
    bool Store(size_t offset, std::string_view bytes) const noexcept;

    /// What the handler needs to know of a mapping, in memory that always exists.
    struct Slot {
        std::atomic<char*> begin = nullptr;
        std::atomic<size_t> size = 0;
        std::atomic<bool> has_failed = false;
    };

  private:
    GuardedMapping(char* at, size_t size, Slot* slot) noexcept
        : at_(at), size_(size), slot_(slot) {}

    char* at_ = nullptr;
    size_t size_ = 0;
    Slot* slot_ = nullptr;
};

}  // namespace tilth::broker_plugin
