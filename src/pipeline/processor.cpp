#include "pipeline/processor.h"

#include "codec/site_yaml.h"
#include "pipeline/batch_reader.h"
#include "pipeline/series_set.h"
#include "telemetry/log.h"
#include "telemetry/stopwatch.h"

namespace tilth::pipeline {

Result<ProcessingConfig> ParseConfig(ConfigVersion version, std::string_view text) {
    ProcessingConfig config;
    config.version = version;
    TILTH_TRY(config.site, codec::ParseSite(text));
    TILTH_TRY(config.profiles, qc::ParseProfiles(text));
    TILTH_TRY(const Identifier identifier, Identifier::Make(config.site));
    for (const Datastream& datastream : identifier.datastreams()) {
        TILTH_TRY(const qc::Checker checker, CheckerOf(config, datastream));
    }
    for (Derivation& derivation : config.site.derivations)
        TILTH_CHECK(CompleteDerivation(derivation));
    return config;
}

Result<qc::Checker> CheckerOf(const ProcessingConfig& config, const Datastream& datastream) {
    Result<qc::Checker> checker =
        config.profiles.Compile(datastream, config.site.statistics, config.site.profile);
    if (checker || !datastream.registered_itself) return checker;
    // A profile whose numbers do not fit what a device says of itself must not stop everything
    // else.
    Datastream without_unit = datastream;
    without_unit.unit.clear();
    return config.profiles.Compile(without_unit, config.site.statistics, config.site.profile);
}

class Processor::Impl {
  public:
    Impl(
        StreamStore& stream,
        ProcessedStore& processed,
        GenerationId generation,
        ProcessingConfig config,
        Lease lease
    )
        : stream_(stream),
          processed_(processed),
          generation_(generation),
          config_(std::move(config)),
          lease_(std::move(lease)) {}

    Status Open() {
        telemetry::Stopwatch watch;
        TILTH_TRY(Intake intake, Intake::Make(config_.site));
        intake_.emplace(std::move(intake));
        TILTH_TRY(
            StreamCursor cursor, StreamCursor::Load(processed_, generation_, lease_.partitions)
        );
        cursor_.emplace(std::move(cursor));
        batches_.emplace(stream_, *cursor_, *intake_);
        // First of all: what changes while the rest is read is seen to have changed.
        TILTH_TRY(const SeriesVersions versions, processed_.Versions(generation_));
        TILTH_TRY(const std::vector<Datastream> known, processed_.Datastreams(generation_));
        TILTH_TRY(const std::vector<Thing> things, processed_.Things(generation_));
        TILTH_TRY(const std::vector<ManualFlag> flags, processed_.ManualFlags(generation_));
        intake_->identifier().Restore(things, known);
        series_.emplace(
            config_, intake_->identifier(), known, flags, IsShared() ? &versions : nullptr
        );
        flags_ = flags.size();
        TILTH_CHECK(series_->Grow({}));
        TILTH_TRY(dirty_, processed_.DirtyRanges(generation_, lease_.partitions));
        telemetry::Log(
            telemetry::Level::kDebug,
            "the generation is open",
            {{"generation", Raw(generation_)}, {"ms", watch.Lap()}, {"datastreams", known.size()}}
        );
        return {};
    }

    Result<StepReport> Step(const StepLimits& limits, const OnCommit& on_commit) {
        telemetry::Stopwatch watch;
        TILTH_TRY(Batch batch, batches_->Next(limits, static_cast<bool>(on_commit)));
        const double reading = watch.Lap();
        if (batch.moves.empty() && dirty_.empty()) return batch.report;
        const New added = TakeNew();
        TILTH_CHECK(series_->Grow(added.changed));
        TILTH_TRY(const auto transaction, processed_.Begin(generation_, lease_));
        TILTH_CHECK(series_->Apply(*transaction, *intake_, dirty_, limits.known_rows));
        if (IsShared()) TILTH_CHECK(CheckFlags());
        batches_->Judged(batch, limits);
        const double judging = watch.Lap();
        TILTH_CHECK(Write(*transaction, added, batch));
        batch.log.Revised(stream_, series_->written());
        const double writing = watch.Lap();
        TILTH_TRY(batch.report.token, transaction->Commit());
        const double committing = watch.Lap();
        batch.log.Committed(generation_, batch.report.token);
        if (on_commit) on_commit(batch.report.token, series_->written());
        series_->Committed();
        flags_ += batch.manual_flags.size();
        dirty_.clear();
        batches_->Wait();
        telemetry::Log(
            telemetry::Level::kDebug,
            "step",
            {{"generation", Raw(generation_)},
             {"readings", batch.report.readings},
             {"rows", batch.report.rows},
             {"reading_ms", reading},
             {"judging_ms", judging},
             {"writing_ms", writing},
             {"commit_ms", committing},
             {"reading_ahead_ms", watch.Lap()}}
        );
        return std::move(batch.report);
    }

    Result<uint64_t> Lag() {
        TILTH_TRY(const std::vector<WriterInfo> writers, stream_.Writers());
        return cursor_->Lag(writers);
    }

    GenerationId generation() const { return generation_; }
    const ProcessingConfig& config() const { return config_; }
    size_t MemoryBytes() const { return series_->MemoryBytes(); }

  private:
    /// What the identifier knows since the last step.
    struct New {
        std::vector<size_t> changed;  ///< Datastreams that are new or of which more is known.
        std::vector<Datastream> datastreams;  ///< The same.
        std::vector<Thing> things;
    };
    New TakeNew() {
        Identifier& identifier = intake_->identifier();
        New added;
        added.changed = identifier.TakeNewDatastreams();
        for (const size_t index : added.changed)
            added.datastreams.push_back(identifier.datastreams()[index]);
        for (const size_t index : identifier.TakeNewThings())
            added.things.push_back(identifier.things()[index]);
        return added;
    }

    Status Write(ProcessTransaction& transaction, const New& added, Batch& batch) {
        StepReport& report = batch.report;
        if (!added.things.empty() || !added.datastreams.empty())
            TILTH_CHECK(transaction.Register(added.things, added.datastreams));
        TILTH_CHECK(series_->Write(transaction, report));
        if (!batch.dead_letters.empty())
            TILTH_CHECK(transaction.AddDeadLetters(batch.dead_letters));
        if (!batch.manual_flags.empty())
            TILTH_CHECK(transaction.AddManualFlags(batch.manual_flags));
        if (!dirty_.empty()) TILTH_CHECK(transaction.RemoveDirty(dirty_));
        report.dead_letters = batch.dead_letters.size();
        for (const DeadLetter& letter : batch.dead_letters) ++report.dead_letter_codes[letter.code];
        return transaction.MoveCursors(batch.moves);
    }

    /// Whether others process too, and may write what this one remembers.
    bool IsShared() const { return !lease_.partitions.all(); }

    /// Flags reach a process by way of the partition of their record, which may be another's. The
    /// datastreams are locked now: a flag that concerns them is stored, or its process will find
    /// what is written here.
    Status CheckFlags() {
        TILTH_TRY(const std::vector<ManualFlag> flags, processed_.ManualFlags(generation_));
        if (flags.size() == flags_) return {};
        return Fail(Fault::kConflict, "another process has stored a manual flag");
    }

    StreamStore& stream_;
    ProcessedStore& processed_;
    const GenerationId generation_;
    const ProcessingConfig config_;
    const Lease lease_;
    std::optional<Intake> intake_;
    std::optional<StreamCursor> cursor_;
    std::optional<SeriesSet> series_;
    std::vector<DirtyRange> dirty_;
    size_t flags_ = 0;                    ///< Manual flags that are known.
    std::optional<BatchReader> batches_;  ///< Last: waits for its thread before the rest goes.
};

Processor::Processor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Processor::~Processor() = default;

Result<std::unique_ptr<Processor>> Processor::Open(
    StreamStore& stream,
    ProcessedStore& processed,
    GenerationId generation,
    ProcessingConfig config,
    Lease lease
) {
    auto impl =
        std::make_unique<Impl>(stream, processed, generation, std::move(config), std::move(lease));
    TILTH_CHECK(impl->Open());
    return std::unique_ptr<Processor>(new Processor(std::move(impl)));
}

Result<StepReport> Processor::Step(const StepLimits& limits, const OnCommit& on_commit) {
    return impl_->Step(limits, on_commit);
}
Result<uint64_t> Processor::Lag() {
    return impl_->Lag();
}
GenerationId Processor::generation() const {
    return impl_->generation();
}
const ProcessingConfig& Processor::config() const {
    return impl_->config();
}
size_t Processor::MemoryBytes() const {
    return impl_->MemoryBytes();
}

}  // namespace tilth::pipeline
