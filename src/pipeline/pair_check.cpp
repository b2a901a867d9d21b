#include "pipeline/pair_check.h"

#include <algorithm>

namespace tilth::pipeline {

Status CheckPair(StreamStore& stream, ProcessedStore& processed) {
    TILTH_TRY(const std::vector<Generation> generations, processed.Generations());
    const auto active =
        std::ranges::find(generations, GenerationState::kActive, &Generation::state);
    if (active == generations.end()) return {};
    // In this order: what is processed in between is stored by the time the writers are asked.
    TILTH_TRY(const auto cursors, processed.Cursors(active->id));
    TILTH_TRY(const std::vector<WriterInfo> writers, stream.Writers());
    for (const auto& [id, at] : cursors) {
        const auto writer = std::ranges::find(writers, id, &WriterInfo::id);
        const Sequence highest = writer == writers.end() ? 0 : writer->highest;
        const Sequence furthest = at.empty() ? 0 : std::ranges::max(at);
        if (furthest <= highest) continue;
        return Fail(
            Fault::kConflict,
            "the results have come to record {} of writer {}, of which the stream has {}: it is an "
            "older stream; start with an empty processed store, and the results are made again",
            furthest,
            Raw(id),
            highest
        );
    }
    return {};
}

}  // namespace tilth::pipeline
