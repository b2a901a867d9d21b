// The generations a process works on: the active one, and the next one beside it. Who leads also
// makes them, drops what has become needless, and switches.
#pragma once

#include "base/clock.h"
#include "pipeline/processing.h"
#include "pipeline/processor.h"

#include <chrono>
#include <map>
#include <memory>

namespace tilth::pipeline {

/// Not thread-safe.
class GenerationKeeper {
  public:
    /// All outlive the keeper.
    GenerationKeeper(
        StreamStore& stream, ProcessedStore& processed, const Clock& clock, ProcessingMode mode
    )
        : stream_(stream), processed_(processed), clock_(clock), mode_(mode) {}

    /// Opens the active generation, and the one that is being built where there is one. `leads`:
    /// makes what is due first, and drops what is needless.
    Status Open(const Lease& lease, bool leads);
    void Close();
    bool is_open() const { return active_ != nullptr; }
    /// Whether another process made, switched or dropped one since Open; looked at now and then.
    Result<bool> HaveChanged();

    /// Requires: is_open.
    Processor& active() const { return *active_; }
    /// Null: none is being built.
    Processor* building() const { return building_.get(); }

    /// Whether the one that is being built can become the active one. Of several processes the one
    /// that leads switches, when all have done their parts. Requires: building().
    Result<bool> SwitchIsDue();
    /// Makes it the active one; returns the one that was, which is to be dropped.
    Result<GenerationId> Switch();

  private:
    using States = std::map<GenerationId, GenerationState>;
    static States StatesOf(const std::vector<Generation>& generations);

    Status ActivateFirst(const std::vector<Generation>& generations);
    Status BeginWhatIsDue(const std::vector<Generation>& generations);
    Result<GenerationId> Create(ConfigVersion version);
    Result<ConfigVersion> NewestConfig();
    Status OpenBuilding(const std::vector<Generation>& generations, const Lease& lease);
    Result<std::unique_ptr<Processor>> OpenOne(const Generation& generation, const Lease& lease);

    StreamStore& stream_;
    ProcessedStore& processed_;
    const Clock& clock_;
    const ProcessingMode mode_;
    bool leads_ = false;
    std::unique_ptr<Processor> active_;
    std::unique_ptr<Processor> building_;
    States known_;  ///< As they were when they were opened.
    std::chrono::steady_clock::time_point looked_at_{};
};

/// The first generation in a state; null: none.
const Generation* FindState(const std::vector<Generation>& generations, GenerationState state);

}  // namespace tilth::pipeline
