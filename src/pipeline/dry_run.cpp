#include "pipeline/dry_run.h"

#include "pipeline/horizon.h"

#include <algorithm>
#include <chrono>

namespace tilth::pipeline {
namespace {

/// Small steps: a person may want to stop it, and the lab has other work.
constexpr StepLimits kStep{20'000, 100'000};

Result<GenerationId> ActiveGeneration(ProcessedStore& store) {
    TILTH_TRY(const std::vector<Generation> generations, store.Generations());
    const auto active =
        std::ranges::find(generations, GenerationState::kActive, &Generation::state);
    if (active == generations.end())
        return Fail(Fault::kUnavailable, "there are no results yet to compare with");
    return active->id;
}

/// Brings the scratch generation to the end of the stream.
Status ProcessAll(Processor& processor, uint64_t total, const DryRunProgress& progress) {
    uint64_t done = 0;
    for (;;) {
        TILTH_TRY(const StepReport report, processor.Step(kStep));
        done += report.records;
        if (!progress(done, std::max(total, done)))
            return Fail(Fault::kUnavailable, "stopped before it was done");
        if (report.caught_up) return {};
    }
}

/// How far a generation has read each writer.
Result<std::map<WriterId, Sequence>> ReadUpTo(ProcessedStore& store, GenerationId generation) {
    TILTH_TRY(const auto cursors, store.Cursors(generation));
    std::map<WriterId, Sequence> upto;
    for (const auto& [writer, partitions] : cursors) upto[writer] = std::ranges::max(partitions);
    return upto;
}

}  // namespace

Result<Difference> DryRun(
    StreamStore& stream,
    ProcessedStore& active,
    const OpenScratch& open_scratch,
    const DryRunRequest& request,
    const DryRunProgress& progress
) {
    TILTH_CHECK(CheckNothingIsFrozen(stream, active));
    TILTH_TRY(const ScratchStore scratch, open_scratch());
    ProcessedStore& store = *scratch.store;
    TILTH_TRY(const Lease lease, store.AcquireLease("dry run", std::chrono::hours{24}));
    TILTH_TRY(
        const GenerationId generation,
        store.CreateGeneration(request.config.version, "dry run", Time{})
    );
    TILTH_TRY(const StreamStatistics statistics, stream.Statistics());
    TILTH_TRY(
        const std::unique_ptr<Processor> processor,
        Processor::Open(stream, store, generation, request.config, lease)
    );
    TILTH_CHECK(ProcessAll(*processor, statistics.records, progress));
    DifferenceScope scope{request.thing, request.range, {}};
    TILTH_TRY(scope.upto, ReadUpTo(store, generation));
    // A writer of which the dry run has read nothing began after its end.
    TILTH_TRY(const std::vector<WriterInfo> writers, stream.Writers());
    for (const WriterInfo& writer : writers) scope.upto.try_emplace(writer.id, 0);
    TILTH_TRY(const GenerationId now, ActiveGeneration(active));
    const auto go_on = [&] { return progress(statistics.records, statistics.records); };
    return FindDifference({active, now}, {store, generation}, scope, go_on);
}

}  // namespace tilth::pipeline
