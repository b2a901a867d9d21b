#include "pipeline/processing.h"

#include "base/memory.h"
#include "pipeline/generation_keeper.h"
#include "pipeline/lease_keeper.h"
#include "pipeline/processing_news.h"
#include "pipeline/processing_report.h"
#include "pipeline/processing_watcher.h"
#include "pipeline/rules.h"
#include "pipeline/step_pacer.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace tilth::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Building takes large steps; the active generation small ones, so that a reading is soon seen.
constexpr StepLimits kLiveStep{20'000, 100'000};
constexpr uint64_t kManyReadings = 20'000;  ///< Of one step: more than live sensors send.
constexpr StepLimits kBuildStep{100'000, 200'000};

/// Of ProcessingOptions::linger.
constexpr int kLongestLinger = 4;
/// Records of a step after which more are soon to come.
constexpr uint64_t kSteadyRecords = 10;

/// How soon a process looks at a store that others write to: at the stream for records, or, where
/// it only watches, for what others commit.
constexpr milliseconds kLookInterval{200};
/// Where the router is in this process and tells of its records.
constexpr seconds kQuietInterval{1};

constexpr milliseconds kFirstPause{100};  ///< After an error; the next ones are longer.

/// Who waits for a share asks for it often: the others give it up at their next look, and who does
/// not ask within a lease is not counted any more.
milliseconds LongestPause(const Error& error) {
    return error.fault == Fault::kConflict ? milliseconds{500} : milliseconds{5000};
}

GenerationWork WorkOf(const Processor& processor) {
    return {processor.generation(), processor.config().version, 0, 0};
}

}  // namespace

class Processing::Impl {
  public:
    Impl(
        StreamStore& stream,
        ProcessedStore& processed,
        const Clock& clock,
        ProcessingOptions options,
        OnCommit on_commit
    )
        : processed_(processed),
          clock_(clock),
          options_(std::move(options)),
          on_commit_(std::move(on_commit)),
          report_(options_.metrics),
          trouble_(options_.mode, options_.metrics),
          lease_(processed, options_, report_),
          generations_(stream, processed, clock, options_.mode),
          live_pacer_(kLiveStep, options_.lease),
          build_pacer_(kBuildStep, options_.lease) {}

    ~Impl() {
        news_.Stop();
        if (thread_.joinable()) thread_.join();
    }

    Status Start() {
        if (options_.mode == ProcessingMode::kWatching) {
            thread_ = std::thread([this] { Watch(); });
            return {};
        }
        if (options_.mode == ProcessingMode::kAlone) TILTH_CHECK(OpenAll());
        thread_ = std::thread([this] { Run(); });
        return {};
    }

    void Notify() { news_.Announce(); }

    Result<GenerationId> Build(ConfigVersion version, std::string_view reason) {
        TILTH_TRY(
            const GenerationId id,
            processed_.CreateGeneration(version, WithRules(reason), clock_.Now())
        );
        news_.AskToOpenAnew();
        return id;
    }

    ProcessingStatus Describe() const { return report_.Describe(); }

  private:
    void Watch() {
        ProcessingWatcher watcher(processed_, report_, on_commit_);
        while (!news_.stopped()) {
            if (const Status looked = watcher.Look(); looked) {
                report_.SetState("running", "by other processes");
                trouble_.TellThatItGoesOn();
            } else {
                trouble_.Tell(looked.error());
                report_.SetState("waiting", looked.error().message);
            }
            news_.Wait(kLookInterval, Linger());
        }
    }

    void Run() {
        milliseconds pause = kFirstPause;
        while (!news_.stopped()) {
            const Result<bool> busy = Round();
            if (busy) {
                report_.SetState("running", "");
                trouble_.TellThatItGoesOn();
                pause = kFirstPause;
                if (!*busy) news_.Wait(lease_.UntilDue(QuietInterval()), Linger());
                continue;
            }
            trouble_.Tell(busy.error());
            report_.SetState("waiting", busy.error().message);
            // Memory may be ahead of the store: start again from what is committed.
            generations_.Close();
            news_.Wait(pause, Linger());
            pause = std::min(pause * 2, LongestPause(busy.error()));
        }
        lease_.Release();
    }

    Duration QuietInterval() const {
        return options_.mode == ProcessingMode::kShared ? Duration(kLookInterval) : kQuietInterval;
    }

    /// One step of each generation. False: there is nothing to do until news comes.
    Result<bool> Round() {
        TILTH_TRY(const bool share_has_changed, lease_.Keep());
        if (share_has_changed) generations_.Close();
        TILTH_TRY(const bool has_changed, generations_.HaveChanged());
        if (!generations_.is_open() || has_changed || news_.TakeOpenAnew()) TILTH_CHECK(OpenAll());
        TILTH_TRY(const StepReport live, StepLive());
        KeepMemoryLow(live);
        if (generations_.building() == nullptr) return !live.caught_up;
        TILTH_TRY(const StepReport built, StepBuilding());
        if (!built.caught_up || !live.caught_up) return true;
        TILTH_TRY(const bool is_due, generations_.SwitchIsDue());
        if (is_due) TILTH_CHECK(Switch());
        return is_due;
    }

    Status OpenAll() {
        TILTH_CHECK(lease_.Take());
        TILTH_CHECK(generations_.Open(lease_.lease(), lease_.Leads()));
        ReportGenerations();
        return {};
    }

    void ReportGenerations() {
        std::optional<GenerationWork> building;
        if (generations_.building() != nullptr) building = WorkOf(*generations_.building());
        report_.SetGenerations(WorkOf(generations_.active()), building);
    }

    Result<StepReport> StepLive() {
        TILTH_TRY(StepReport step, StepOf(generations_.active(), live_pacer_, on_commit_));
        last_records_ = step.records;
        report_.Add(step, last_step_);
        return step;
    }

    Result<StepReport> StepBuilding() {
        Processor& processor = *generations_.building();
        TILTH_TRY(StepReport step, StepOf(processor, build_pacer_, {}));
        report_.AddBuilding(step, last_step_, processor.Lag().value_or(0));
        return step;
    }

    Result<StepReport> StepOf(Processor& processor, StepPacer& pacer, const OnCommit& on_commit) {
        const auto start = steady_clock::now();
        Result<StepReport> report = processor.Step(pacer.limits(), on_commit);
        last_step_ = steady_clock::now() - start;
        pacer.Note(last_step_, report && !report->caught_up);
        return report;
    }

    Status Switch() {
        TILTH_TRY(const GenerationId before, generations_.Switch());
        ReportGenerations();
        on_commit_(ChangeToken{}, {});
        TILTH_CHECK(processed_.DropGeneration(before));
        ReleaseMemory();
        return {};
    }

    /// A backlog, such as an import, needs much memory for a while.
    void KeepMemoryLow(const StepReport& report) {
        if (report.readings >= kManyReadings) had_backlog_ = true;
        if (!report.caught_up || !had_backlog_) return;
        had_backlog_ = false;
        ReleaseMemory();
    }

    void ReleaseMemory() {
        processed_.ReleaseMemory();
        ReturnFreeMemory();
    }

    /// A commit costs the same for one record as for a hundred. Where records come all the time,
    /// and where the stores are busy, more of them share one: the longest pause follows a step that
    /// found several records, else one of twice the step's own length.
    Duration Linger() const {
        if (last_records_ >= kSteadyRecords) return kLongestLinger * options_.linger;
        const auto took = std::chrono::duration_cast<Duration>(last_step_);
        return std::clamp(2 * took, options_.linger, kLongestLinger * options_.linger);
    }

    ProcessedStore& processed_;
    const Clock& clock_;
    const ProcessingOptions options_;
    const OnCommit on_commit_;

    ProcessingNews news_;
    ProcessingReport report_;

    // The processing thread's own.
    TroubleTeller trouble_;
    LeaseKeeper lease_;
    GenerationKeeper generations_;
    StepPacer live_pacer_;
    StepPacer build_pacer_;
    steady_clock::duration last_step_{};
    uint64_t last_records_ = 0;  ///< Of the last step of the active generation.
    bool had_backlog_ = false;
    std::thread thread_;
};

Processing::Processing(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Processing::~Processing() = default;

Result<std::unique_ptr<Processing>> Processing::Start(
    StreamStore& stream,
    ProcessedStore& processed,
    const Clock& clock,
    ProcessingOptions options,
    OnCommit on_commit
) {
    auto impl =
        std::make_unique<Impl>(stream, processed, clock, std::move(options), std::move(on_commit));
    TILTH_CHECK(impl->Start());
    return std::unique_ptr<Processing>(new Processing(std::move(impl)));
}

void Processing::Notify() {
    impl_->Notify();
}
Result<GenerationId> Processing::Build(ConfigVersion version, std::string_view reason) {
    return impl_->Build(version, reason);
}
ProcessingStatus Processing::Describe() const {
    return impl_->Describe();
}

}  // namespace tilth::pipeline
