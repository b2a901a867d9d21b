// Whether the person at the terminal, or the system, has asked this process to stop.
#pragma once

#include <csignal>

namespace tilth::app {

/// SIGINT and SIGTERM: blocked in every thread from here on (children must unblock them), and
/// waited for.
sigset_t BlockStopSignals();

/// True once one has come; it stays true.
bool StopAsked();

/// Waits up to a second; true when a stop was asked for.
bool WaitForStop();

}  // namespace tilth::app
