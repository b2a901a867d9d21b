// The functions of the C library that a preloaded library stands in front of.
#pragma once

#include <dlfcn.h>

namespace tilth::preload {

/// `TILTH_REAL(fsync)(fd)` calls the C library's own fsync.
template <class F>
F* Next(const char* name) {
    return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace tilth::preload

#define TILTH_REAL(name)                                                           \
    ([]() {                                                                        \
        static auto* const next = ::tilth::preload::Next<decltype(::name)>(#name); \
        return next;                                                               \
    }())
