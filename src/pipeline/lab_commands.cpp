#include "pipeline/lab_commands.h"

#include "base/text.h"
#include "pipeline/config_history.h"
#include "pipeline/explain.h"
#include "pipeline/import.h"
#include "pipeline/intake.h"
#include "pipeline/notes.h"
#include "pipeline/rate.h"

#include <algorithm>
#include <mutex>
#include <thread>

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

class LabCommands final : public Commands {
  public:
    explicit LabCommands(LabParts parts)
        : parts_(std::move(parts)), started_at_(parts_.clock.Now()) {}

    // ------------------------------------------------------------ state

    Result<LabStatus> Describe() override {
        LabStatus status;
        status.version = parts_.version;
        status.lab = parts_.stream.LabId();
        status.started_at = started_at_;
        const ProcessingStatus processing = parts_.processing.Describe();
        if (processing.active) {
            TILTH_TRY(
                const ProcessingConfig config, LoadConfig(parts_.stream, processing.active->config)
            );
            status.site = config.site.name;
        }
        TILTH_TRY(const StreamStatistics stream, parts_.stream.Statistics());
        status.records = stream.records;
        status.stream_bytes = stream.disk_bytes;
        TILTH_TRY(const ProcessedStatistics processed, parts_.processed.Statistics());
        status.observations = processed.observations;
        status.datastreams = processed.datastreams;
        status.dead_letters = processed.dead_letters;
        status.processed_bytes = processed.disk_bytes;
        status.lag_records = processing.lag_records;
        status.lag_seconds = processing.lag_seconds;
        status.roles.push_back({"process", processing.state, processing.detail});
        status.tasks = parts_.tasks.List();
        if (processing.building)
            status.tasks.insert(status.tasks.begin(), BuildTask(*processing.building));
        if (parts_.describe_roles) parts_.describe_roles(status);
        status.messages_per_second = message_rate_.PerSecond(stream.records);
        status.observations_per_second = observation_rate_.PerSecond(processing.readings);
        return status;
    }

    std::vector<ReadyCheck> Ready() override {
        std::vector<ReadyCheck> checks;
        for (const telemetry::Health::Check& check : parts_.health.Snapshot().checks) {
            checks.push_back({check.name, check.ready, check.reason});
        }
        return checks;
    }

    std::string Metrics() override {
        if (parts_.refresh_metrics) parts_.refresh_metrics();
        return parts_.metrics.Expose();
    }

    Result<Task> TaskById(std::string_view id) override {
        const ProcessingStatus processing = parts_.processing.Describe();
        if (processing.building) {
            Task task = BuildTask(*processing.building);
            if (task.id == id) return task;
        }
        if (id.starts_with("generation-")) return BuildById(id);
        return parts_.tasks.Find(id);
    }

    // ------------------------------------------------------------ configuration

    Result<ConfigText> Config(std::optional<ConfigVersion> version) override {
        const ProcessingStatus processing = parts_.processing.Describe();
        const ConfigVersion active =
            processing.active ? processing.active->config : ConfigVersion{};
        const ConfigVersion asked = version.value_or(active);
        ConfigText text;
        text.version = asked;
        text.active = asked == active;
        if (asked == ConfigVersion{}) return text;
        TILTH_TRY(ConfigEntry entry, FindConfig(parts_.stream, asked));
        text.text = std::move(entry.change.text);
        text.author = {std::move(entry.change.who), std::move(entry.change.why)};
        text.when = entry.when;
        return text;
    }

    Result<ConfigReport> CheckConfig(std::string_view text) override {
        ConfigReport report;
        const Result<ProcessingConfig> config = ParseConfig(ConfigVersion{1}, text);
        if (!config) {
            report.problems.push_back(ProblemOf(config.error().message));
            return report;
        }
        TILTH_TRY(const Preview preview, PreviewConfig(*config));
        report.datastreams_changed = preview.datastreams;
        report.readings_changed = preview.readings;
        return report;
    }

    Result<ConfigApplied> ApplyConfig(std::string_view text, const Author& author) override {
        if (!IsUtf8(text)) return Fail(Fault::kBadInput, "the configuration is not UTF-8");
        TILTH_TRY(const ProcessingConfig config, ParseConfig(ConfigVersion{1}, text));
        const std::scoped_lock lock(change_mutex_);
        TILTH_TRY(const std::vector<ConfigEntry> history, ConfigHistory(parts_.stream));
        const int32_t last = history.empty() ? 0 : Raw(history.front().change.version);
        const ConfigChange change{
            ConfigVersion{last + 1}, author.who, author.why, std::string(text)};
        TILTH_CHECK(
            AppendChange(parts_.stream, parts_.clock, RecordKind::kConfig, "config", Encode(change))
        );
        TILTH_TRY(
            const GenerationId generation,
            parts_.processing.Build(change.version, fmt::format("config {}", Raw(change.version)))
        );
        return ConfigApplied{change.version, generation};
    }

    Result<std::vector<GenerationProgress>> Generations() override {
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

    Result<Task> Replay(const ReplayRequest& request, const Author& author) override {
        if (request.thing.empty() && !request.from) {
            const ProcessingStatus processing = parts_.processing.Describe();
            const ConfigVersion config =
                processing.active ? processing.active->config : ConfigVersion{};
            TILTH_TRY(
                const GenerationId id,
                parts_.processing.Build(
                    config, fmt::format("replay by {}: {}", author.who, author.why)
                )
            );
            return BuildTask({id, config, 0, 0});
        }
        TILTH_TRY(const std::vector<DatastreamId> datastreams, DatastreamsOf(request.thing));
        const TimeRange range{request.from.value_or(Time::min()), Time::max()};
        const uint64_t number = parts_.processing.Recompute(datastreams, range);
        return parts_.tasks.Add(
            "replay",
            request.thing,
            "datastreams",
            [&processing = parts_.processing,
             number,
             total = datastreams.size()](const Tasks::Report& report) -> Status {
                while (processing.Describe().recomputed < number) {
                    if (!report({0, total, ""}))
                        return Fail(Fault::kUnavailable, "stopped before it was done");
                    std::this_thread::sleep_for(std::chrono::milliseconds{20});
                }
                report({total, total, ""});
                return {};
            }
        );
    }

    // ------------------------------------------------------------ judgements and notes

    Result<ManualFlag> AddManualFlag(const ManualFlag& flag, const Author& author) override {
        TILTH_CHECK(CanBeFlagged(flag.datastream));
        if (flag.range.Empty())
            return Fail(
                Fault::kBadInput, "the range of a flag is empty: \"to\" must be after \"from\""
            );
        if (author.why.empty())
            return Fail(Fault::kBadInput, "a manual flag needs a reason: \"why\"");
        ManualFlag kept = flag;
        kept.who = author.who;
        kept.why = author.why;
        kept.when = parts_.clock.Now();
        TILTH_CHECK(AppendChange(
            parts_.stream, parts_.clock, RecordKind::kManualFlag, kept.datastream, Encode(kept)
        ));
        parts_.processing.Notify();
        return kept;
    }

    Result<FieldNote> AddNote(const FieldNote& note, const Author& author) override {
        if (note.text.empty()) return Fail(Fault::kBadInput, "a note needs a text");
        FieldNote kept = note;
        kept.who = author.who;
        kept.when = parts_.clock.Now();
        if (kept.time == Time{}) kept.time = kept.when;
        TILTH_CHECK(AppendChange(
            parts_.stream, parts_.clock, RecordKind::kFieldNote, kept.thing, Encode(kept)
        ));
        return kept;
    }

    Result<std::vector<FieldNote>> Notes(const NoteFilter& filter) override {
        return FindNotes(parts_.stream, filter);
    }

    // ------------------------------------------------------------ dead letters, imports,
    // explanations

    Result<RetryOutcome> RetryDeadLetters(const DeadLetterFilter& filter, const Author& author)
        override {
        TILTH_TRY(const ProcessingConfig config, ActiveConfig());
        TILTH_TRY(Intake intake, Intake::Make(config.site));
        TILTH_TRY(
            const std::vector<DeadLetter> letters, parts_.processed.DeadLetters(kRetryLimit, 0)
        );
        RetryOutcome outcome;
        for (const DeadLetter& letter : letters) {
            if (!Fits(filter, letter)) continue;
            TILTH_TRY(
                const RawRecord record, parts_.stream.Get(letter.raw.writer, letter.raw.sequence)
            );
            intake.Clear();
            intake.Take(record.View());
            ++outcome.retried;
            if (intake.dead_letters().empty()) ++outcome.understood;
        }
        if (outcome.understood > 0) {
            TILTH_TRY(
                const GenerationId id,
                parts_.processing.Build(
                    config.version, fmt::format("dead letters read again by {}", author.who)
                )
            );
            (void)id;
        }
        return outcome;
    }

    Result<std::unique_ptr<ImportUpload>> BeginImport(
        const ImportRequest& request, const Author& author
    ) override;

    Result<Explanation> Explain(std::string_view datastream, Time time) override {
        TILTH_TRY(const ProcessingConfig config, ActiveConfig());
        return ExplainReading(parts_.processed, config, datastream, time);
    }

    Result<RawRecord> RawRecordAt(WriterId writer, Sequence sequence) override {
        return parts_.stream.Get(writer, sequence);
    }

    LabParts& parts() { return parts_; }

  private:
    static constexpr size_t kRetryLimit = 100'000;

    struct Preview {
        uint64_t datastreams = 0;
        uint64_t readings = 0;
    };

    Task BuildTask(const GenerationWork& work) const {
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

    Result<Task> BuildById(std::string_view id) {
        TILTH_TRY(const std::vector<Generation> generations, parts_.processed.Generations());
        for (const Generation& generation : generations) {
            Task task = BuildTask({generation.id, generation.config, 0, 0});
            if (task.id != id) continue;
            if (generation.state != GenerationState::kBuilding) task.state = "done";
            return task;
        }
        return Fail(Fault::kNotFound, "there is no task \"{}\"", id);
    }

    Result<ProcessingConfig> ActiveConfig() {
        const ProcessingStatus processing = parts_.processing.Describe();
        return LoadConfig(
            parts_.stream, processing.active ? processing.active->config : ConfigVersion{}
        );
    }

    /// "line 3: ..." becomes a problem at line 3.
    static ConfigProblem ProblemOf(const std::string& message) {
        ConfigProblem problem;
        problem.message = message;
        if (message.starts_with("line ")) problem.line = std::atoi(message.c_str() + 5);
        return problem;
    }

    /// Datastreams whose meaning differs from the active version's, and the readings they have.
    Result<Preview> PreviewConfig(const ProcessingConfig& next) {
        TILTH_TRY(const ProcessingConfig now, ActiveConfig());
        TILTH_TRY(const std::vector<Datastream> known, parts_.processed.Datastreams());
        Preview preview;
        for (const Datastream& datastream : known) {
            if (SameMeaning(now.site, next.site, datastream)) continue;
            ++preview.datastreams;
            ObservationRequest request;
            request.datastream = datastream.id;
            TILTH_CHECK(parts_.processed
                            .ReadObservations(request, [&](std::span<const Observation> rows) {
                                preview.readings += rows.size();
                                return true;
                            }));
        }
        return preview;
    }

    Result<std::vector<DatastreamId>> DatastreamsOf(std::string_view thing) {
        TILTH_TRY(const std::vector<Datastream> all, parts_.processed.Datastreams());
        std::vector<DatastreamId> ids;
        for (const Datastream& datastream : all) {
            if (!datastream.derived && (thing.empty() || datastream.thing == thing))
                ids.push_back(datastream.id);
        }
        if (ids.empty())
            return Fail(Fault::kNotFound, "there is no thing \"{}\" with datastreams", thing);
        return ids;
    }

    Status CanBeFlagged(std::string_view name) {
        TILTH_TRY(const std::vector<Datastream> all, parts_.processed.Datastreams());
        const auto found = std::ranges::find(all, name, &Datastream::name);
        if (found == all.end())
            return Fail(Fault::kNotFound, "there is no datastream \"{}\"", name);
        if (!found->derived) return {};
        return Fail(
            Fault::kRefused,
            "{} is derived and has the flags of the datastream it is made from; flag that one",
            name
        );
    }

    static bool Fits(const DeadLetterFilter& filter, const DeadLetter& letter) {
        return (filter.code.empty() || filter.code == letter.code) &&
               (filter.device.empty() || filter.device == letter.device) &&
               (filter.topic.empty() || filter.topic == letter.topic);
    }

    LabParts parts_;
    const Time started_at_;
    std::mutex change_mutex_;
    Rate message_rate_;
    Rate observation_rate_;
};

/// A file that is being uploaded; it is imported when it is complete.
class Upload final : public ImportUpload {
  public:
    Upload(LabParts& parts, ImportRequest request) : parts_(parts), request_(std::move(request)) {}

    Status Write(std::string_view bytes) override {
        if (bytes_.size() + bytes.size() > kMaxUpload) {
            return Fail(Fault::kRefused, "the file is larger than {} bytes; split it", kMaxUpload);
        }
        bytes_.append(bytes);
        return {};
    }

    Result<Task> Finish() override {
        ImportOptions options;
        options.format = request_.format;
        options.zone = request_.time_zone;
        options.thing = request_.thing;
        options.mapping = request_.mapping;
        options.strict = request_.strict;
        // The file is looked at before the answer goes out: what is missing is asked for at once.
        TILTH_CHECK(CheckImport(request_.file_name, bytes_, options));
        auto bytes = std::make_shared<std::string>(std::move(bytes_));
        return parts_.tasks.Add(
            "import",
            request_.file_name,
            "bytes",
            [&parts = parts_, name = request_.file_name, bytes, options](const Tasks::Report& report
            ) -> Status {
                const auto progress = [&](const ImportReport& so_far) {
                    parts.processing.Notify();
                    return report({so_far.bytes, so_far.total_bytes, Summary(so_far)});
                };
                TILTH_TRY(
                    const ImportReport done,
                    ImportFile(parts.stream, parts.clock, name, *bytes, options, progress)
                );
                return {};
            }
        );
    }

  private:
    LabParts& parts_;
    const ImportRequest request_;
    std::string bytes_;
};

Result<std::unique_ptr<ImportUpload>>
LabCommands::BeginImport(const ImportRequest& request, const Author&) {
    return std::make_unique<Upload>(parts_, request);
}

}  // namespace

std::unique_ptr<Commands> MakeLabCommands(LabParts parts) {
    return std::make_unique<LabCommands>(std::move(parts));
}

}  // namespace tilth::pipeline
