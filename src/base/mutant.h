// Deliberate mistakes, for proving that the tests notice them.
//
// `tests/faults/mutants` runs a test against a program that makes one of these mistakes and asks
// that it fails. Only the test program `tilth_mutants` (and the plugin's counterpart) is compiled
// with TILTH_MUTANTS; everywhere else IsMutant is a constant, and neither the mistake nor its name
// is in the program.
#pragma once

#ifdef TILTH_MUTANTS
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>
#endif

namespace tilth {

#ifdef TILTH_MUTANTS
/// True if the environment variable MUTANT names this mistake.
inline bool IsMutant(std::string_view name) {
    static const char* const chosen = std::getenv("MUTANT");
    return chosen != nullptr && chosen == name;
}
/// Makes the moment longer in which a kill shows the mistake, so that few kills suffice.
inline void WidenForMutant() {
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
}
#else
constexpr bool IsMutant(const char* /*name*/) {
    return false;
}
inline void WidenForMutant() {}
#endif

}  // namespace tilth
