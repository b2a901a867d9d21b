// What a role says to the person who started it, step by step, on standard output.
#pragma once

#include "app/settings.h"

#include <string>

namespace tilth::app {

/// Null: silent.
using Say = void (*)(const std::string& line);

/// Lines for a person; with --log-format json lines of the log, so that a collector of both streams
/// reads JSON alone.
Say SayAs(const Settings& settings);

}  // namespace tilth::app
