// The processing role: one thread that keeps the active generation at the end of the stream and
// builds the next one beside it.
//
// Several processes share the partitions by leases. The one that holds partition 0 leads: it alone
// makes, switches and drops generations, and switches only when the next one has come everywhere as
// far as the active one.
#pragma once

#include "base/clock.h"
#include "pipeline/metrics.h"
#include "pipeline/processor.h"

#include <functional>
#include <memory>
#include <string>

namespace tilth::pipeline {

enum class ProcessingMode : uint8_t {
    kAlone,     ///< Processes every partition; a start that cannot is an error.
    kShared,    ///< Shares the partitions with other processes, and waits for what is away.
    kWatching,  ///< Processes nothing: follows what other processes do.
};

struct ProcessingOptions {
    std::string owner = "tilth";  ///< Of the lease.
    ProcessingMode mode = ProcessingMode::kAlone;
    Duration lease = std::chrono::seconds{30};
    /// New records are let gather for so long before a step, and up to four times as long in a
    /// steady stream, so that it is processed in fewer commits.
    Duration linger = std::chrono::milliseconds{20};
    ProcessMetrics* metrics = nullptr;  ///< Null: not counted. Outlives the role.
};

struct GenerationWork {
    GenerationId id{};
    ConfigVersion config{};
    uint64_t records_left = 0;
    uint64_t records_done = 0;  ///< In this run.
};

struct ProcessingStatus {
    std::string state = "starting";  ///< starting | running | waiting
    std::string detail;              ///< What it waits for.
    uint64_t records = 0;            ///< Since the start, of the active generation.
    uint64_t readings = 0;
    uint64_t rows = 0;
    uint64_t dead_letters = 0;
    uint64_t commits = 0;
    double busy_seconds = 0;
    std::optional<GenerationWork> active;
    std::optional<GenerationWork> building;
};

class Processing {
  public:
    /// `on_commit` is called on the processing thread after each commit to the active generation,
    /// with its rows, and after each switch to another, without token and rows.
    static Result<std::unique_ptr<Processing>> Start(
        StreamStore& stream,
        ProcessedStore& processed,
        const Clock& clock,
        ProcessingOptions options,
        OnCommit on_commit
    );
    /// Finishes the step it is in.
    ~Processing();

    /// Records were stored: do not wait for the next look.
    void Notify();
    /// Builds a generation by this version; the newest request wins over one that is still being
    /// built.
    Result<GenerationId> Build(ConfigVersion version, std::string_view reason);
    ProcessingStatus Describe() const;

  private:
    class Impl;
    explicit Processing(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::pipeline
