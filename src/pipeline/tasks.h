// Long work in the background, one piece at a time, with progress for whoever asks.
#pragma once

#include "base/result.h"
#include "pipeline/commands.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tilth::pipeline {

/// How far a piece of work is, as it says itself.
struct TaskProgress {
    uint64_t done = 0;
    uint64_t total = 0;
    std::string message;
    std::optional<Difference> difference;
};

/// Thread-safe.
class Tasks {
  public:
    /// Called by the work now and then; false: it should stop.
    using Report = std::function<bool(const TaskProgress&)>;
    /// The work; its error is the task's.
    using Work = std::function<Status(const Report&)>;

    Tasks();
    /// Asks the running work to stop, and waits for it; work that waits is not begun.
    ~Tasks();

    /// Queues work. The id is "KIND-N".
    Task Add(std::string kind, std::string name, std::string unit, Work work);
    /// Running and waiting ones, and the last 20 that ended; newest first.
    std::vector<Task> List() const;
    Result<Task> Find(std::string_view id) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::pipeline
