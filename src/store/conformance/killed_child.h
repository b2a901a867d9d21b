// A child process that writes until it is killed: what it had reported as stored must be there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace tilth {

/// What the child does; it reports a number after the store has said that it is durable.
using Report = std::function<void(uint64_t)>;
using ChildWork = std::function<void(const std::string& place, const Report&)>;

/// To be called at the start of the test. In the child, which is a new run of the same test (a fork
/// alone would share the database library's threads and locks), it does the work and never returns.
void BeChildIfAsked(const ChildWork& work);

/// Starts the child, waits until it has reported `reports` times, then `delay` more, and kills it
/// with SIGKILL. Returns the last number it reported; 0: none.
uint64_t RunAndKill(const std::string& place, uint64_t reports, std::chrono::microseconds delay);

/// A child that runs beside the test, which may stop it in its tracks and let it go on. Not
/// thread-safe.
class RunningChild {
  public:
    explicit RunningChild(const std::string& place);
    /// Kills it.
    ~RunningChild();
    RunningChild(const RunningChild&) = delete;
    RunningChild& operator=(const RunningChild&) = delete;

    void Stop();  ///< SIGSTOP
    void GoOn();  ///< SIGCONT
    void Kill();  ///< SIGKILL
    /// The last number it has reported; 0: none yet.
    uint64_t Reported();
    /// Waits until it has reported a number above `number`, half a minute at most.
    void WaitForReportAbove(uint64_t number);

  private:
    int child_ = -1;
    int reports_ = -1;
    uint64_t last_ = 0;
};

}  // namespace tilth
