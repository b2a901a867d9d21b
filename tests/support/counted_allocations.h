// Counts what a thread takes from the heap. Replaces the whole program's operators new and delete,
// so exactly one file of a test program includes this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace tilth {

/// Of this thread since its start; a test looks at the difference over a piece of code.
inline thread_local uint64_t allocations = 0;

/// Sanitizers have an allocator of their own, whose other forms of new would not fit these.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kAllocationsAreCounted = false;
#else
inline constexpr bool kAllocationsAreCounted = true;
#endif

}  // namespace tilth

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Inlined, GCC 12 would take malloc and free for a mismatch of new and delete. The array forms of
// the library call these.
[[gnu::noinline]] void* operator new(size_t size) {
    ++tilth::allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t /*size*/) noexcept {
    std::free(memory);
}
#endif
