// What a lab says of itself: its counts, rates and lag, and the generations it has and builds.
#pragma once

#include "pipeline/lab_commands.h"
#include "pipeline/rate.h"

namespace tilth::pipeline {

/// Thread-safe. The parts outlive it.
class LabState {
  public:
    explicit LabState(LabParts& parts) : parts_(parts), started_at_(parts.clock.Now()) {}

    Result<LabStatus> Describe();
    Result<std::vector<GenerationProgress>> Generations();
    /// A task of the background, or "generation-N": one that is, or was, being built.
    Result<Task> TaskById(std::string_view id);

    /// The configuration that the active results were made by.
    Result<ProcessingConfig> ActiveConfig();

  private:
    LabParts& parts_;
    const Time started_at_;
    Rate message_rate_;
    Rate observation_rate_;
};

/// The building of a generation, as a task.
Task BuildTask(const GenerationWork& work);

}  // namespace tilth::pipeline
