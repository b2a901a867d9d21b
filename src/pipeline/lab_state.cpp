#include "pipeline/lab_state.h"

#include "pipeline/config_history.h"
#include "pipeline/lag.h"

namespace tilth::pipeline {
namespace {

const char* StateName(GenerationState state) {
    switch (state) {
        case GenerationState::kBuilding:
            return "building";
        case GenerationState::kActive:
            return "active";
        case GenerationState::kRetired:
            return "retired";
    }
    return "unknown";
}

double ProgressOf(const std::optional<GenerationWork>& work) {
    if (!work) return 0;
    const auto done = static_cast<double>(work->records_done);
    const auto left = static_cast<double>(work->records_left);
    return done + left == 0 ? 0 : done / (done + left);
}

}  // namespace

Task BuildTask(const GenerationWork& work) {
    Task task;
    task.id = fmt::format("generation-{}", Raw(work.id));
    task.kind = "generation";
    task.name = fmt::format("config {}", Raw(work.config));
    task.state = "running";
    task.done = work.records_done;
    task.total = work.records_done + work.records_left;
    task.unit = "records";
    return task;
}

Result<LabStatus> LabState::Describe() {
    LabStatus status;
    status.version = parts_.version;
    status.lab = parts_.stream.LabId();
    status.started_at = started_at_;
    TILTH_TRY(const ProcessingConfig config, ActiveConfig());
    status.site = config.site.name;
    TILTH_TRY(const StreamStatistics stream, parts_.stream.Statistics());
    status.records = stream.records;
    status.stream_bytes = stream.disk_bytes;
    TILTH_TRY(const ProcessedStatistics processed, parts_.processed.Statistics());
    status.observations = processed.observations;
    status.datastreams = processed.datastreams;
    status.dead_letters = processed.dead_letters;
    status.processed_bytes = processed.disk_bytes;
    const ProcessingStatus processing = parts_.processing.Describe();
    TILTH_TRY(const Lag lag, MeasureLag(parts_.stream, parts_.processed));
    status.lag_records = lag.most;
    if (lag.oldest) status.lag_seconds = ToSeconds(parts_.clock.Now() - *lag.oldest);
    status.roles.push_back({"process", processing.state, processing.detail});
    status.tasks = parts_.tasks.List();
    if (processing.building)
        status.tasks.insert(status.tasks.begin(), BuildTask(*processing.building));
    if (parts_.describe_roles) parts_.describe_roles(status);
    status.messages_per_second = message_rate_.PerSecond(stream.records);
    status.observations_per_second = observation_rate_.PerSecond(processed.observations);
    return status;
}

Result<std::vector<GenerationProgress>> LabState::Generations() {
    TILTH_TRY(const std::vector<Generation> generations, parts_.processed.Generations());
    const ProcessingStatus processing = parts_.processing.Describe();
    std::vector<GenerationProgress> all;
    for (const Generation& generation : generations) {
        const bool is_building = generation.state == GenerationState::kBuilding;
        all.push_back(
            {generation.id,
             generation.config,
             StateName(generation.state),
             generation.created_at,
             generation.reason,
             is_building ? ProgressOf(processing.building) : 1.0}
        );
    }
    return all;
}

Result<Task> LabState::TaskById(std::string_view id) {
    if (!id.starts_with("generation-")) return parts_.tasks.Find(id);
    const ProcessingStatus processing = parts_.processing.Describe();
    if (processing.building) {
        Task task = BuildTask(*processing.building);
        if (task.id == id) return task;
    }
    TILTH_TRY(const std::vector<Generation> generations, parts_.processed.Generations());
    for (const Generation& generation : generations) {
        Task task = BuildTask({generation.id, generation.config, 0, 0});
        if (task.id != id) continue;
        if (generation.state != GenerationState::kBuilding) task.state = "done";
        return task;
    }
    return Fail(Fault::kNotFound, "there is no task \"{}\"", id);
}

Result<ProcessingConfig> LabState::ActiveConfig() {
    const ProcessingStatus processing = parts_.processing.Describe();
    return LoadConfig(
        parts_.stream, processing.active ? processing.active->config : ConfigVersion{}
    );
}

}  // namespace tilth::pipeline
