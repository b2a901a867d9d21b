#include "pipeline/lab_commands.h"

#include "base/text.h"
#include "model/trace_context.h"
#include "pipeline/config_history.h"
#include "pipeline/dry_run.h"
#include "pipeline/explain.h"
#include "pipeline/horizon.h"
#include "pipeline/intake.h"
#include "pipeline/lab_state.h"
#include "pipeline/message_log.h"
#include "pipeline/notes.h"
#include "pipeline/upload.h"

#include <algorithm>
#include <mutex>

namespace tilth::pipeline {
namespace {

class LabCommands final : public Commands {
  public:
    explicit LabCommands(LabParts parts) : parts_(std::move(parts)) {}

    // ------------------------------------------------------------ state

    Result<LabStatus> Describe() override { return state_.Describe(); }

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

    Result<Task> TaskById(std::string_view id) override { return state_.TaskById(id); }

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

    Result<ConfigReport> CheckConfig(std::string_view text, bool preview) override {
        ConfigReport report;
        Result<ProcessingConfig> config = ParseConfig(ConfigVersion{1}, text);
        if (!config) {
            report.problems.push_back(ProblemOf(config.error().message));
        } else if (preview) {
            TILTH_CHECK(NoPreviewRuns());
            report.preview = Start("preview", "config", {std::move(*config), {}, {}}, {});
        }
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
        TILTH_CHECK(CheckNothingIsFrozen(parts_.stream, parts_.processed));
        TILTH_CHECK(
            AppendChange(parts_.stream, parts_.clock, RecordKind::kConfig, "config", Encode(change))
        );
        TILTH_TRY(
            const GenerationId generation,
            BuildAnew(change.version, fmt::format("config {}", Raw(change.version)))
        );
        return ConfigApplied{change.version, generation};
    }

    Result<std::vector<GenerationProgress>> Generations() override { return state_.Generations(); }

    Result<Task> Replay(const ReplayRequest& request, const Author& author) override {
        TILTH_TRY(ProcessingConfig config, state_.ActiveConfig());
        const ConfigVersion version = config.version;
        const auto build =
            [this, version, reason = fmt::format("replay by {}: {}", author.who, author.why)] {
                return BuildAnew(version, reason);
            };
        if (request.thing.empty() && !request.from) {
            TILTH_TRY(const GenerationId id, build());
            return BuildTask({id, version, 0, 0});
        }
        TILTH_CHECK(HasDatastreams(request.thing));
        const TimeRange range{request.from.value_or(Time::min()), Time::max()};
        return Start(
            "replay",
            request.thing.empty() ? "all" : request.thing,
            {std::move(config), request.thing, range},
            [build](const Difference& difference) -> Result<std::string> {
                if (difference.Readings() == 0) return "every reading is as it was received";
                TILTH_TRY(const GenerationId id, build());
                return fmt::format("generation {} is built, without these differences", Raw(id));
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
            parts_.stream, kept.when, RecordKind::kManualFlag, kept.datastream, Encode(kept)
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
        TILTH_CHECK(
            AppendChange(parts_.stream, kept.when, RecordKind::kFieldNote, kept.thing, Encode(kept))
        );
        return kept;
    }

    Result<std::vector<FieldNote>> Notes(const NoteFilter& filter) override {
        return FindNotes(parts_.stream, filter);
    }

    // ------------------------------------------------------------ dead letters, imports,
    // explanations

    Result<RetryOutcome> RetryDeadLetters(const DeadLetterFilter& filter, const Author& author)
        override {
        TILTH_TRY(const ProcessingConfig config, state_.ActiveConfig());
        TILTH_TRY(Intake intake, Intake::Make(config.site));
        TILTH_TRY(
            const std::vector<DeadLetter> letters, parts_.processed.DeadLetters(kRetryLimit, 0)
        );
        RetryOutcome outcome;
        for (const DeadLetter& letter : letters) {
            if (!Fits(filter, letter)) continue;
            const Result<RawRecord> record =
                parts_.stream.Get(letter.raw.writer, letter.raw.sequence);
            // Deleted from the archive: there is nothing to read again.
            if (!record && record.error().fault == Fault::kNotFound) continue;
            if (!record) return std::unexpected(record.error());
            intake.Clear();
            intake.Take(record->View());
            ++outcome.retried;
            if (intake.dead_letters().empty()) ++outcome.understood;
        }
        if (outcome.understood > 0) {
            TILTH_TRY(
                const GenerationId id,
                BuildAnew(config.version, fmt::format("dead letters read again by {}", author.who))
            );
            (void)id;
        }
        return outcome;
    }

    Result<std::unique_ptr<ImportUpload>> BeginImport(const ImportRequest& request, const Author&)
        override {
        return MakeUpload(parts_, request);
    }

    Result<Explanation> Explain(std::string_view datastream, Time time) override {
        TILTH_TRY(const ProcessingConfig config, state_.ActiveConfig());
        TILTH_TRY(
            Explanation explanation, ExplainReading(parts_.processed, config, datastream, time)
        );
        NameMessage(explanation);
        return explanation;
    }

    Result<RawRecord> RawRecordAt(WriterId writer, Sequence sequence) override {
        TILTH_TRY(RawRecord record, parts_.stream.Get(writer, sequence));
        if (telemetry::LogEnabled(telemetry::Level::kDebug)) {
            const MessageName name(record.View());
            telemetry::Log(telemetry::Level::kDebug, "a message was shown", FieldsOf(name));
        }
        return record;
    }

  private:
    /// By the message it came in. A stream store that is away, or keeps it no longer, does not stop
    /// an explanation.
    void NameMessage(Explanation& explanation) {
        const RawPosition& raw = explanation.reading.raw;
        const Result<RawRecord> record = parts_.stream.Get(raw.writer, raw.sequence);
        if (!record) return;
        explanation.message_id = record->id;
        if (const auto trace = TraceOf(record->note)) {
            explanation.traceparent = trace->traceparent;
            explanation.tracestate = trace->tracestate;
        }
        const MessageName name(record->View());
        telemetry::Log(
            telemetry::Level::kDebug,
            "a reading was explained",
            FieldsOf(name, {{"datastream", explanation.datastream}})
        );
    }

    static constexpr size_t kRetryLimit = 100'000;

    /// A new generation, unless it would lack what the active one has.
    Result<GenerationId> BuildAnew(ConfigVersion version, std::string_view reason) {
        TILTH_CHECK(CheckNothingIsFrozen(parts_.stream, parts_.processed));
        return parts_.processing.Build(version, reason);
    }

    /// Each takes a processor for a while: one at a time.
    Status NoPreviewRuns() {
        for (const Task& task : parts_.tasks.List()) {
            if (task.kind != "preview" || (task.state != "running" && task.state != "waiting"))
                continue;
            return Fail(
                Fault::kConflict,
                "another preview is being made ({}); try again when it is done",
                task.id
            );
        }
        return {};
    }

    /// What a task says when its difference is known.
    using Conclude = std::function<Result<std::string>(const Difference&)>;

    /// Runs in the background; `conclude` may be null.
    Task Start(std::string kind, std::string name, DryRunRequest request, Conclude conclude) {
        return parts_.tasks.Add(
            std::move(kind),
            std::move(name),
            "records",
            [this,
             request = std::move(request),
             conclude = std::move(conclude)](const Tasks::Report& report) -> Status {
                uint64_t total = 0;
                const auto progress = [&](uint64_t done, uint64_t all) {
                    total = all;
                    return report({done, all, "", {}});
                };
                TILTH_TRY(
                    const Difference difference,
                    DryRun(parts_.stream, parts_.processed, parts_.open_scratch, request, progress)
                );
                std::string message;
                if (conclude) {
                    TILTH_TRY(message, conclude(difference));
                }
                report({total, total, std::move(message), difference});
                return {};
            }
        );
    }

    /// "line 3: ..." becomes a problem at line 3.
    static ConfigProblem ProblemOf(const std::string& message) {
        ConfigProblem problem;
        problem.message = message;
        if (message.starts_with("line ")) problem.line = std::atoi(message.c_str() + 5);
        return problem;
    }

    Status HasDatastreams(std::string_view thing) {
        TILTH_TRY(const std::vector<Datastream> all, parts_.processed.Datastreams());
        const bool is_there = std::ranges::any_of(all, [thing](const Datastream& datastream) {
            return thing.empty() || datastream.thing == thing;
        });
        if (is_there) return {};
        return Fail(Fault::kNotFound, "there is no thing \"{}\" with datastreams", thing);
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
    LabState state_{parts_};
    std::mutex change_mutex_;
};

}  // namespace

std::unique_ptr<Commands> MakeLabCommands(LabParts parts) {
    return std::make_unique<LabCommands>(std::move(parts));
}

}  // namespace tilth::pipeline
