#include "pipeline/generation_keeper.h"

#include "pipeline/config_history.h"
#include "pipeline/horizon.h"
#include "pipeline/rules.h"
#include "telemetry/log.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

using std::chrono::steady_clock;
using telemetry::Level;
using telemetry::Log;

/// How soon a process sees that another made or switched a generation.
constexpr std::chrono::seconds kLookInterval{1};

/// Whether `next` has come everywhere as far as `active`.
bool HasCaughtUp(
    const std::map<WriterId, std::vector<Sequence>>& active,
    const std::map<WriterId, std::vector<Sequence>>& next
) {
    for (const auto& [writer, cursors] : active) {
        const auto at = next.find(writer);
        for (size_t partition = 0; partition < cursors.size(); ++partition) {
            const Sequence reached = at == next.end() ? 0 : at->second[partition];
            if (reached < cursors[partition]) return false;
        }
    }
    return true;
}

}  // namespace

const Generation* FindState(const std::vector<Generation>& generations, GenerationState state) {
    const auto found = std::ranges::find(generations, state, &Generation::state);
    return found == generations.end() ? nullptr : &*found;
}

GenerationKeeper::States GenerationKeeper::StatesOf(const std::vector<Generation>& generations) {
    States states;
    for (const Generation& generation : generations)
        states.emplace(generation.id, generation.state);
    return states;
}

// ---------------------------------------------------------------- opening

Status GenerationKeeper::Open(const Lease& lease, bool leads) {
    leads_ = leads;
    TILTH_TRY(std::vector<Generation> generations, processed_.Generations());
    const bool is_first = FindState(generations, GenerationState::kActive) == nullptr;
    if (is_first && !leads_) {
        return Fail(
            Fault::kUnavailable, "the process that leads has not begun to process this lab yet"
        );
    }
    if (leads_) {
        TILTH_CHECK(is_first ? ActivateFirst(generations) : BeginWhatIsDue(generations));
        TILTH_TRY(generations, processed_.Generations());
    }
    looked_at_ = steady_clock::now();
    TILTH_TRY(active_, OpenOne(*FindState(generations, GenerationState::kActive), lease));
    building_.reset();
    TILTH_CHECK(OpenBuilding(generations, lease));
    if (leads_ && mode_ == ProcessingMode::kShared) {
        TILTH_TRY(generations, processed_.Generations());
    }
    known_ = StatesOf(generations);
    return {};
}

void GenerationKeeper::Close() {
    active_.reset();
    building_.reset();
}

Result<bool> GenerationKeeper::HaveChanged() {
    if (mode_ != ProcessingMode::kShared || !is_open()) return false;
    if (steady_clock::now() - looked_at_ < kLookInterval) return false;
    looked_at_ = steady_clock::now();
    TILTH_TRY(const std::vector<Generation> generations, processed_.Generations());
    return StatesOf(generations) != known_;
}

Status GenerationKeeper::OpenBuilding(
    const std::vector<Generation>& generations, const Lease& lease
) {
    const Generation* newest = nullptr;
    for (const Generation& generation : generations) {
        // The end of a switch that was cut off.
        if (generation.state == GenerationState::kRetired && leads_)
            TILTH_CHECK(processed_.DropGeneration(generation.id));
        if (generation.state != GenerationState::kBuilding) continue;
        if (newest != nullptr && leads_) TILTH_CHECK(processed_.DropGeneration(newest->id));
        newest = &generation;
    }
    if (newest == nullptr) return {};
    Result<std::unique_ptr<Processor>> building = OpenOne(*newest, lease);
    if (building) {
        building_ = std::move(*building);
        return {};
    }
    if (building.error().fault == Fault::kUnavailable || !leads_)
        return std::unexpected(building.error());
    // What cannot be built must not stop what is active.
    Log(Level::kError,
        "a generation cannot be built and is dropped",
        {{"generation", Raw(newest->id)}, {"reason", building.error().message}});
    return processed_.DropGeneration(newest->id);
}

Result<std::unique_ptr<Processor>> GenerationKeeper::OpenOne(
    const Generation& generation, const Lease& lease
) {
    TILTH_TRY(ProcessingConfig config, LoadConfig(stream_, generation.config));
    return Processor::Open(stream_, processed_, generation.id, std::move(config), lease);
}

// ---------------------------------------------------------------- making

Result<ConfigVersion> GenerationKeeper::NewestConfig() {
    TILTH_TRY(const std::vector<ConfigEntry> history, ConfigHistory(stream_));
    return history.empty() ? ConfigVersion{} : history.front().change.version;
}

Result<GenerationId> GenerationKeeper::Create(ConfigVersion version) {
    return processed_.CreateGeneration(
        version, WithRules(fmt::format("config {}", Raw(version))), clock_.Now()
    );
}

/// The first generation is active from its start, so that it can be watched while it fills.
Status GenerationKeeper::ActivateFirst(const std::vector<Generation>& generations) {
    if (const Generation* begun = FindState(generations, GenerationState::kBuilding);
        begun != nullptr) {
        return processed_.ActivateGeneration(begun->id);
    }
    TILTH_TRY(const std::optional<Horizon> horizon, LatestHorizon(stream_));
    if (horizon) {
        Log(Level::kWarning,
            "results are made of what the stream still has: older records were deleted",
            {{"before", FormatRfc3339(horizon->before)}, {"who", horizon->who}});
    }
    TILTH_TRY(const ConfigVersion version, NewestConfig());
    TILTH_TRY(const GenerationId id, Create(version));
    return processed_.ActivateGeneration(id);
}

/// A configuration that is newer than the results, or a program that makes them by other rules,
/// asks for a new generation, unless it is being built.
Status GenerationKeeper::BeginWhatIsDue(const std::vector<Generation>& generations) {
    TILTH_TRY(const ConfigVersion version, NewestConfig());
    const bool is_there = std::ranges::any_of(generations, [&](const Generation& generation) {
        return generation.state != GenerationState::kRetired && generation.config == version &&
               MadeByTheseRules(generation);
    });
    if (is_there) return {};
    if (const Status status = CheckNothingIsFrozen(stream_, processed_); !status) {
        if (status.error().fault != Fault::kRefused) return status;
        Log(Level::kWarning,
            "the configuration or the rules of the program are new, and are not applied",
            {{"reason", status.error().message}});
        return {};
    }
    Log(Level::kInfo,
        "everything is processed again: the configuration or the rules of the program are new",
        {{"config", Raw(version)}, {"rules", RulesName()}});
    TILTH_CHECK(Create(version));
    return {};
}

// ---------------------------------------------------------------- switching

Result<bool> GenerationKeeper::SwitchIsDue() {
    if (mode_ == ProcessingMode::kAlone) return true;
    if (!leads_) return false;
    // In this order: what the active one reached in between does not hold the next one up.
    TILTH_TRY(const auto active, processed_.Cursors(active_->generation()));
    TILTH_TRY(const auto next, processed_.Cursors(building_->generation()));
    if (!HasCaughtUp(active, next)) return false;
    TILTH_TRY(
        const std::vector<DirtyRange> dirty,
        processed_.DirtyRanges(building_->generation(), AllPartitions())
    );
    return dirty.empty();
}

Result<GenerationId> GenerationKeeper::Switch() {
    const GenerationId before = active_->generation();
    const GenerationId after = building_->generation();
    TILTH_CHECK(processed_.ActivateGeneration(after));
    active_ = std::move(building_);
    Log(Level::kInfo,
        "a new generation of results is active",
        {{"generation", Raw(after)}, {"config", Raw(active_->config().version)}});
    return before;
}

}  // namespace tilth::pipeline
