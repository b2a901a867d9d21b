#include "pipeline/processing.h"

#include "base/memory.h"
#include "pipeline/config_history.h"
#include "pipeline/rules.h"
#include "telemetry/log.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tilth::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using telemetry::Level;
using telemetry::Log;

/// Building takes large steps; the active generation small ones, so that a reading is soon seen.
constexpr StepLimits kLiveStep{20'000, 100'000};
constexpr uint64_t kManyReadings = 20'000;  ///< Of one step: more than live sensors send.
constexpr StepLimits kBuildStep{100'000, 200'000};

/// Of ProcessingOptions::linger.
constexpr int kLongestLinger = 4;

const Generation* FindState(const std::vector<Generation>& generations, GenerationState state) {
    const auto found = std::ranges::find(generations, state, &Generation::state);
    return found == generations.end() ? nullptr : &*found;
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
        : stream_(stream),
          processed_(processed),
          clock_(clock),
          options_(std::move(options)),
          on_commit_(std::move(on_commit)) {}

    ~Impl() {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    Status Start() {
        TILTH_CHECK(OpenAll());
        thread_ = std::thread([this] { Run(); });
        return {};
    }

    void Notify() {
        {
            const std::scoped_lock lock(mutex_);
            has_news_ = true;
            ++news_;
        }
        wake_.notify_all();
    }

    Result<GenerationId> Build(ConfigVersion version, std::string_view reason) {
        TILTH_TRY(
            const GenerationId id,
            processed_.CreateGeneration(version, WithRules(reason), clock_.Now())
        );
        {
            const std::scoped_lock lock(mutex_);
            reopen_ = true;
            has_news_ = true;
        }
        wake_.notify_all();
        return id;
    }

    uint64_t Recompute(std::vector<DatastreamId> datastreams, TimeRange range) {
        uint64_t number = 0;
        {
            const std::scoped_lock lock(mutex_);
            for (const DatastreamId id : datastreams) asked_.push_back({id, range, 0, {}});
            number = ++requests_;
            has_news_ = true;
        }
        wake_.notify_all();
        return number;
    }

    ProcessingStatus Describe() const {
        const std::scoped_lock lock(mutex_);
        ProcessingStatus status = status_;
        // What was announced since the last look at the stream is not counted yet, but there.
        if (settled_news_ != news_) status.lag_records = std::max<uint64_t>(status.lag_records, 1);
        return status;
    }

  private:
    void Run() {
        milliseconds pause{100};
        while (!stopped()) {
            const Result<bool> busy = Round();
            if (busy) {
                SetState("running", "");
                pause = milliseconds{100};
                if (!*busy) WaitForNews(seconds{1});
                continue;
            }
            if (options_.metrics != nullptr) options_.metrics->failures.Add();
            Log(Level::kError,
                "processing stopped and will go on",
                {{"reason", busy.error().message}});
            SetState("waiting", busy.error().message);
            // Memory may be ahead of the store: start again from what is committed.
            active_.reset();
            building_.reset();
            WaitForNews(pause);
            pause = std::min(pause * 2, milliseconds{5000});
        }
        if (lease_) (void)processed_.ReleaseLease(*lease_);
    }

    /// One step of each generation. False: there is nothing to do until news comes.
    Result<bool> Round() {
        if (!active_ || TakeReopen()) TILTH_CHECK(OpenAll());
        TILTH_CHECK(KeepLease());
        TILTH_TRY(const uint64_t recomputed, TakeAsked());
        const uint64_t news = News();
        TILTH_TRY(const StepReport live, StepOf(*active_, kLiveStep, on_commit_));
        KeepMemoryLow(live);
        Account(live, recomputed, news);
        Count(live);
        if (!building_) return !live.caught_up;
        TILTH_TRY(const StepReport built, StepOf(*building_, kBuildStep, {}));
        AccountBuilding(built);
        if (built.caught_up && live.caught_up) {
            TILTH_CHECK(Switch());
            return true;
        }
        return !built.caught_up || !live.caught_up;
    }

    /// A backlog, such as an import, needs much memory for a while.
    void KeepMemoryLow(const StepReport& report) {
        if (report.readings >= kManyReadings) had_backlog_ = true;
        if (!report.caught_up || !had_backlog_) return;
        had_backlog_ = false;
        ReturnFreeMemory();
    }

    /// What was asked to be judged again is first made durable, so that it happens whatever comes
    /// between. Returns the number of the last request that the next step does.
    Result<uint64_t> TakeAsked() {
        std::vector<DirtyRange> asked;
        uint64_t number = 0;
        {
            const std::scoped_lock lock(mutex_);
            asked = asked_;
            number = requests_;
        }
        if (asked.empty()) return number;
        TILTH_CHECK(active_->AddDirty(asked));
        const std::scoped_lock lock(mutex_);
        asked_.erase(asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(asked.size()));
        return number;
    }

    Result<StepReport> StepOf(
        Processor& processor, const StepLimits& limits, const OnCommit& on_commit
    ) {
        const auto start = steady_clock::now();
        Result<StepReport> report = processor.Step(limits, on_commit);
        last_step_ = steady_clock::now() - start;
        const std::scoped_lock lock(mutex_);
        status_.busy_seconds += std::chrono::duration<double>(last_step_).count();
        return report;
    }

    Status OpenAll() {
        if (!lease_) {
            TILTH_TRY(Lease lease, processed_.AcquireLease(options_.owner, options_.lease));
            if (lease.partitions.none()) {
                return Fail(Fault::kConflict, "every partition is processed by somebody else");
            }
            CountLeaseChanges(lease.partitions.count());
            lease_ = std::move(lease);
            renewed_ = steady_clock::now();
        }
        TILTH_TRY(std::vector<Generation> generations, processed_.Generations());
        if (FindState(generations, GenerationState::kActive) == nullptr) {
            TILTH_CHECK(ActivateFirst(generations));
        } else {
            TILTH_CHECK(BeginWhatIsDue(generations));
        }
        TILTH_TRY(generations, processed_.Generations());
        TILTH_TRY(active_, OpenOne(*FindState(generations, GenerationState::kActive)));
        building_.reset();
        TILTH_CHECK(OpenBuilding(generations));
        const std::scoped_lock lock(mutex_);
        status_.active = GenerationWork{active_->generation(), active_->config().version, 0, 0};
        status_.building.reset();
        if (building_)
            status_.building =
                GenerationWork{building_->generation(), building_->config().version, 0, 0};
        return {};
    }

    /// The first generation is active from its start, so that it can be watched while it fills.
    Status ActivateFirst(const std::vector<Generation>& generations) {
        if (const Generation* begun = FindState(generations, GenerationState::kBuilding);
            begun != nullptr) {
            return processed_.ActivateGeneration(begun->id);
        }
        TILTH_TRY(const std::vector<ConfigEntry> history, ConfigHistory(stream_));
        const ConfigVersion version =
            history.empty() ? ConfigVersion{} : history.front().change.version;
        TILTH_TRY(
            const GenerationId id,
            processed_.CreateGeneration(
                version, WithRules(fmt::format("config {}", Raw(version))), clock_.Now()
            )
        );
        return processed_.ActivateGeneration(id);
    }

    /// A configuration that is newer than the results, or a program that makes them by other rules,
    /// asks for a new generation, unless it is being built.
    Status BeginWhatIsDue(const std::vector<Generation>& generations) {
        TILTH_TRY(const std::vector<ConfigEntry> history, ConfigHistory(stream_));
        const ConfigVersion version =
            history.empty() ? ConfigVersion{} : history.front().change.version;
        const bool is_there = std::ranges::any_of(generations, [&](const Generation& generation) {
            return generation.state != GenerationState::kRetired && generation.config == version &&
                   MadeByTheseRules(generation);
        });
        if (is_there) return {};
        Log(Level::kInfo,
            "everything is processed again: the configuration or the rules of the program are new",
            {{"config", Raw(version)}, {"rules", RulesName()}});
        TILTH_TRY(
            [[maybe_unused]] const GenerationId id,
            processed_.CreateGeneration(
                version, WithRules(fmt::format("config {}", Raw(version))), clock_.Now()
            )
        );
        return {};
    }

    Status OpenBuilding(const std::vector<Generation>& generations) {
        const Generation* newest = nullptr;
        for (const Generation& generation : generations) {
            // The end of a switch that was cut off.
            if (generation.state == GenerationState::kRetired)
                TILTH_CHECK(processed_.DropGeneration(generation.id));
            if (generation.state != GenerationState::kBuilding) continue;
            if (newest != nullptr) TILTH_CHECK(processed_.DropGeneration(newest->id));
            newest = &generation;
        }
        if (newest == nullptr) return {};
        Result<std::unique_ptr<Processor>> building = OpenOne(*newest);
        if (building) {
            building_ = std::move(*building);
            return {};
        }
        if (building.error().fault == Fault::kUnavailable) return std::unexpected(building.error());
        // What cannot be built must not stop what is active.
        Log(Level::kError,
            "a generation cannot be built and is dropped",
            {{"generation", Raw(newest->id)}, {"reason", building.error().message}});
        return processed_.DropGeneration(newest->id);
    }

    Result<std::unique_ptr<Processor>> OpenOne(const Generation& generation) {
        TILTH_TRY(ProcessingConfig config, LoadConfig(stream_, generation.config));
        return Processor::Open(stream_, processed_, generation.id, std::move(config), *lease_);
    }

    Status Switch() {
        const GenerationId before = active_->generation();
        const GenerationId after = building_->generation();
        TILTH_CHECK(processed_.ActivateGeneration(after));
        active_ = std::move(building_);
        Log(Level::kInfo,
            "a new generation of results is active",
            {{"generation", Raw(after)}, {"config", Raw(active_->config().version)}});
        {
            const std::scoped_lock lock(mutex_);
            status_.active = GenerationWork{after, active_->config().version, 0, 0};
            status_.building.reset();
        }
        on_commit_(ChangeToken{}, {});
        TILTH_CHECK(processed_.DropGeneration(before));
        ReturnFreeMemory();
        return {};
    }

    Status KeepLease() {
        if (steady_clock::now() - renewed_ < options_.lease / 3) return {};
        if (const Status status = processed_.RenewLease(*lease_, options_.lease); !status) {
            CountLeaseChanges(lease_->partitions.count());
            lease_.reset();
            return status;
        }
        renewed_ = steady_clock::now();
        return {};
    }

    uint64_t News() const {
        const std::scoped_lock lock(mutex_);
        return news_;
    }

    /// `news`: what had been announced before the step looked.
    void Account(const StepReport& report, uint64_t recomputed, uint64_t news) {
        const Result<uint64_t> lag = report.caught_up ? Result<uint64_t>(0) : active_->Lag();
        const Time now = clock_.Now();
        const std::scoped_lock lock(mutex_);
        status_.recomputed = recomputed;
        if (report.caught_up) settled_news_ = news;
        status_.records += report.records;
        status_.readings += report.readings;
        status_.rows += report.rows;
        status_.dead_letters += report.dead_letters;
        status_.commits += report.token != ChangeToken{} ? 1 : 0;
        status_.lag_records = lag.value_or(0);
        status_.lag_seconds = report.records == 0 ? 0 : ToSeconds(now - report.oldest_received);
    }

    void Count(const StepReport& report) {
        if (options_.metrics == nullptr || report.token == ChangeToken{}) return;
        ProcessMetrics& metrics = *options_.metrics;
        metrics.records.Add(report.records);
        metrics.readings.Add(report.readings);
        metrics.rows.Add(report.rows);
        metrics.revised.Add(report.revised);
        for (const auto& [code, count] : report.dead_letter_codes)
            metrics.DeadLetters(code).Add(count);
        metrics.step_seconds.Observe(std::chrono::duration<double>(last_step_).count());
        metrics.step_rows.Observe(static_cast<double>(report.rows));
    }

    void CountLeaseChanges(size_t partitions) {
        if (options_.metrics != nullptr) options_.metrics->lease_changes.Add(partitions);
    }

    void AccountBuilding(const StepReport& report) {
        const Result<uint64_t> lag = building_->Lag();
        const std::scoped_lock lock(mutex_);
        if (!status_.building) return;
        status_.building->records_done += report.records;
        status_.building->records_left = lag.value_or(0);
    }

    void SetState(const char* state, std::string detail) {
        const std::scoped_lock lock(mutex_);
        status_.state = state;
        status_.detail = std::move(detail);
    }

    /// The busier the stores, the more records share a commit: a step is followed by a pause of its
    /// own length twice over, within bounds.
    Duration Linger() const {
        const auto took = std::chrono::duration_cast<Duration>(last_step_);
        return std::clamp(2 * took, options_.linger, kLongestLinger * options_.linger);
    }

    void WaitForNews(Duration limit) {
        std::unique_lock lock(mutex_);
        const bool woken = wake_.wait_for(lock, limit, [this] { return stop_ || has_news_; });
        if (woken && !stop_) wake_.wait_for(lock, Linger(), [this] { return stop_; });
        has_news_ = false;
    }

    bool TakeReopen() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(reopen_, false);
    }

    bool stopped() const {
        const std::scoped_lock lock(mutex_);
        return stop_;
    }

    StreamStore& stream_;
    ProcessedStore& processed_;
    const Clock& clock_;
    const ProcessingOptions options_;
    const OnCommit on_commit_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    bool had_backlog_ = false;
    bool has_news_ = false;
    uint64_t news_ = 0;          ///< Announcements so far,
    uint64_t settled_news_ = 0;  ///< and how many of them a step that caught up had seen.
    bool reopen_ = false;
    std::vector<DirtyRange> asked_;
    uint64_t requests_ = 0;
    ProcessingStatus status_;

    // The processing thread's own.
    std::optional<Lease> lease_;
    steady_clock::time_point renewed_{};
    steady_clock::duration last_step_{};
    std::unique_ptr<Processor> active_;
    std::unique_ptr<Processor> building_;
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
uint64_t Processing::Recompute(std::vector<DatastreamId> datastreams, TimeRange range) {
    return impl_->Recompute(std::move(datastreams), range);
}
ProcessingStatus Processing::Describe() const {
    return impl_->Describe();
}

}  // namespace tilth::pipeline
