// A child process that is this program with other arguments, so that what it uses is not counted as
// the lab's.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <vector>

namespace tilth::app {

/// Its standard input and output are pipes. It ends with its parent. One thread.
class BenchChild {
  public:
    /// Runs `tilth ARGUMENTS...`. kUnavailable: no process can be made.
    static Result<std::unique_ptr<BenchChild>> Start(const std::vector<std::string>& arguments);
    /// Kills it when nobody waited for it.
    ~BenchChild();
    BenchChild(const BenchChild&) = delete;
    BenchChild& operator=(const BenchChild&) = delete;

    /// Waits for the next line of its output. kUnavailable: it has ended.
    Result<std::string> ReadLine();
    Status WriteLine(std::string_view line);
    /// Sends SIGTERM.
    void Stop();
    /// Waits for its end; CPU seconds it used. kUnavailable: it ended with an error.
    Result<double> Wait();
    int pid() const { return pid_; }

  private:
    BenchChild(int pid, int in, int out) : pid_(pid), in_(in), out_(out) {}

    int pid_;
    int in_;   ///< Its standard input.
    int out_;  ///< Its standard output.
    std::string read_;
};

}  // namespace tilth::app
