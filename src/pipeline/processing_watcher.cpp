#include "pipeline/processing_watcher.h"

#include "pipeline/generation_keeper.h"

#include <utility>

namespace tilth::pipeline {
namespace {

std::optional<GenerationWork> WorkOn(const Generation* generation) {
    if (generation == nullptr) return std::nullopt;
    return GenerationWork{generation->id, generation->config, 0, 0};
}

}  // namespace

Status ProcessingWatcher::Look() {
    TILTH_TRY(const std::vector<Generation> generations, processed_.Generations());
    const Generation* active = FindState(generations, GenerationState::kActive);
    if (active == nullptr) {
        return Fail(Fault::kUnavailable, "no process has begun to process this lab yet");
    }
    report_.SetGenerations(
        WorkOn(active), WorkOn(FindState(generations, GenerationState::kBuilding))
    );
    TILTH_TRY(const ChangeToken token, processed_.LatestToken());
    if (std::exchange(seen_, token) != token) on_commit_(ChangeToken{}, {});
    return {};
}

}  // namespace tilth::pipeline
