#include "pipeline/processing.h"

#include "base/memory.h"
#include "pipeline/config_history.h"
#include "pipeline/rules.h"
#include "telemetry/log.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

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

/// How soon a process makes up for another that joined or left.
constexpr seconds kShareInterval{2};
/// How soon it sees that another made or switched a generation.
constexpr seconds kGenerationInterval{1};
/// How soon a process that only watches hears of what others commit.
constexpr milliseconds kWatchInterval{200};

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
        if (options_.mode == ProcessingMode::kWatching) {
            thread_ = std::thread([this] { Watch(); });
            return {};
        }
        if (options_.mode == ProcessingMode::kAlone) TILTH_CHECK(OpenAll());
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
                TellThatItGoesOn();
                pause = milliseconds{100};
                if (!*busy) WaitForNews(seconds{1});
                continue;
            }
            TellTrouble(busy.error());
            SetState("waiting", busy.error().message);
            // Memory may be ahead of the store: start again from what is committed.
            active_.reset();
            building_.reset();
            WaitForNews(pause);
            pause = std::min(pause * 2, LongestPause(busy.error()));
        }
        if (lease_) (void)processed_.ReleaseLease(*lease_);
    }

    /// Who waits for a share asks for it often: the others give it up at their next look, and who
    /// does not ask within a lease is not counted any more.
    static milliseconds LongestPause(const Error& error) {
        return error.fault == Fault::kConflict ? milliseconds{500} : milliseconds{5000};
    }

    /// Once for each trouble, however often it is met.
    void TellTrouble(const Error& error) {
        const bool waits_for_share =
            error.fault == Fault::kConflict && options_.mode != ProcessingMode::kAlone;
        if (!waits_for_share && options_.metrics != nullptr) options_.metrics->failures.Add();
        ++times_;
        if (std::exchange(trouble_, error.message) == error.message) return;
        times_ = 1;
        if (waits_for_share) {
            Log(Level::kInfo, "processing waits for its share", {{"reason", error.message}});
            return;
        }
        Log(Level::kError, "processing stopped and will go on", {{"reason", error.message}});
    }
    void TellThatItGoesOn() {
        if (trouble_.empty()) return;
        Log(Level::kInfo, "processing goes on", {{"failed_times", times_}});
        trouble_.clear();
    }

    // ------------------------------------------------------------ where others process

    void Watch() {
        while (!stopped()) {
            if (const Status looked = LookAtOthers(); looked) {
                SetState("running", "by other processes");
                TellThatItGoesOn();
            } else {
                TellTrouble(looked.error());
                SetState("waiting", looked.error().message);
            }
            WaitForNews(kWatchInterval);
        }
    }

    Status LookAtOthers() {
        TILTH_TRY(const std::vector<Generation> generations, processed_.Generations());
        const Generation* active = FindState(generations, GenerationState::kActive);
        if (active == nullptr) {
            return Fail(Fault::kUnavailable, "no process has begun to process this lab yet");
        }
        const Generation* building = FindState(generations, GenerationState::kBuilding);
        {
            const std::scoped_lock lock(mutex_);
            status_.active = GenerationWork{active->id, active->config, 0, 0};
            status_.building.reset();
            if (building != nullptr)
                status_.building = GenerationWork{building->id, building->config, 0, 0};
            settled_news_ = news_;
        }
        TILTH_TRY(const ChangeToken token, processed_.LatestToken());
        if (std::exchange(seen_token_, token) != token) on_commit_(ChangeToken{}, {});
        return {};
    }

    // ------------------------------------------------------------ where it processes itself

    /// One step of each generation. False: there is nothing to do until news comes.
    Result<bool> Round() {
        TILTH_CHECK(KeepLease());
        TILTH_TRY(const bool has_changed, GenerationsHaveChanged());
        if (!active_ || has_changed || TakeReopen()) TILTH_CHECK(OpenAll());
        const uint64_t news = News();
        TILTH_TRY(const StepReport live, StepOf(*active_, kLiveStep, on_commit_));
        KeepMemoryLow(live);
        Account(live, news);
        Count(live);
        if (!building_) return !live.caught_up;
        TILTH_TRY(const StepReport built, StepOf(*building_, kBuildStep, {}));
        AccountBuilding(built);
        if (built.caught_up && live.caught_up) {
            TILTH_TRY(const bool is_due, SwitchIsDue());
            if (!is_due) return false;
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
        processed_.ReleaseMemory();
        ReturnFreeMemory();
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
            TILTH_CHECK(TakeLease());
            CountLeaseChanges(lease_->partitions.count());
        }
        TILTH_TRY(std::vector<Generation> generations, processed_.Generations());
        const bool is_first = FindState(generations, GenerationState::kActive) == nullptr;
        if (is_first && !Leads()) {
            return Fail(
                Fault::kUnavailable, "the process that leads has not begun to process this lab yet"
            );
        }
        if (Leads()) {
            TILTH_CHECK(is_first ? ActivateFirst(generations) : BeginWhatIsDue(generations));
            TILTH_TRY(generations, processed_.Generations());
        }
        looked_at_ = steady_clock::now();
        TILTH_TRY(active_, OpenOne(*FindState(generations, GenerationState::kActive)));
        building_.reset();
        TILTH_CHECK(OpenBuilding(generations));
        if (Leads() && options_.mode == ProcessingMode::kShared) {
            TILTH_TRY(generations, processed_.Generations());
        }
        known_ = StatesOf(generations);
        const std::scoped_lock lock(mutex_);
        status_.active = GenerationWork{active_->generation(), active_->config().version, 0, 0};
        status_.building.reset();
        if (building_)
            status_.building =
                GenerationWork{building_->generation(), building_->config().version, 0, 0};
        return {};
    }

    Status TakeLease() {
        const bool is_shared = options_.mode == ProcessingMode::kShared;
        TILTH_TRY(
            Lease lease,
            is_shared ? processed_.ShareLease(options_.owner, options_.lease)
                      : processed_.AcquireLease(options_.owner, options_.lease)
        );
        if (lease.partitions.none()) {
            return Fail(Fault::kConflict, "every partition is processed by somebody else");
        }
        lease_ = std::move(lease);
        renewed_ = steady_clock::now();
        return {};
    }

    /// Whether this process decides about generations: one does at a time.
    bool Leads() const {
        return options_.mode == ProcessingMode::kAlone || lease_->partitions.test(0);
    }

    using States = std::map<GenerationId, GenerationState>;
    static States StatesOf(const std::vector<Generation>& generations) {
        States states;
        for (const Generation& generation : generations)
            states.emplace(generation.id, generation.state);
        return states;
    }

    /// Whether another process made, switched or dropped one; looked at now and then.
    Result<bool> GenerationsHaveChanged() {
        if (options_.mode != ProcessingMode::kShared || !active_) return false;
        if (steady_clock::now() - looked_at_ < kGenerationInterval) return false;
        looked_at_ = steady_clock::now();
        TILTH_TRY(const std::vector<Generation> generations, processed_.Generations());
        return StatesOf(generations) != known_;
    }

    /// Of several processes the one that leads switches, when all have done their parts.
    Result<bool> SwitchIsDue() {
        if (options_.mode == ProcessingMode::kAlone) return true;
        if (!Leads()) return false;
        // In this order: what the active one reached in between does not hold the next one up.
        TILTH_TRY(const auto active, processed_.Cursors(active_->generation()));
        TILTH_TRY(const auto next, processed_.Cursors(building_->generation()));
        for (const auto& [writer, cursors] : active) {
            const auto at = next.find(writer);
            for (size_t partition = 0; partition < cursors.size(); ++partition) {
                const Sequence reached = at == next.end() ? 0 : at->second[partition];
                if (reached < cursors[partition]) return false;
            }
        }
        TILTH_TRY(
            const std::vector<DirtyRange> dirty,
            processed_.DirtyRanges(building_->generation(), AllPartitions())
        );
        return dirty.empty();
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
            if (generation.state == GenerationState::kRetired && Leads())
                TILTH_CHECK(processed_.DropGeneration(generation.id));
            if (generation.state != GenerationState::kBuilding) continue;
            if (newest != nullptr && Leads()) TILTH_CHECK(processed_.DropGeneration(newest->id));
            newest = &generation;
        }
        if (newest == nullptr) return {};
        Result<std::unique_ptr<Processor>> building = OpenOne(*newest);
        if (building) {
            building_ = std::move(*building);
            return {};
        }
        if (building.error().fault == Fault::kUnavailable || !Leads())
            return std::unexpected(building.error());
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
        processed_.ReleaseMemory();
        ReturnFreeMemory();
        return {};
    }

    Status KeepLease() {
        if (!lease_) return {};
        const bool is_shared = options_.mode == ProcessingMode::kShared;
        const auto due = is_shared
                             ? std::min<steady_clock::duration>(options_.lease / 3, kShareInterval)
                             : options_.lease / 3;
        if (steady_clock::now() - renewed_ < due) return {};
        if (is_shared) return ShareAgain();
        if (const Status status = processed_.RenewLease(*lease_, options_.lease); !status) {
            CountLeaseChanges(lease_->partitions.count());
            lease_.reset();
            return status;
        }
        renewed_ = steady_clock::now();
        return {};
    }

    /// The share may have grown or shrunk: then the work is opened anew with it.
    Status ShareAgain() {
        const Lease before = std::move(*lease_);
        lease_.reset();
        TILTH_CHECK(TakeLease());
        if (lease_->epoch == before.epoch && lease_->partitions == before.partitions) return {};
        Log(Level::kInfo,
            "the share of the partitions has changed",
            {{"from", before.partitions.count()}, {"to", lease_->partitions.count()}});
        CountLeaseChanges((before.partitions ^ lease_->partitions).count());
        active_.reset();
        building_.reset();
        return {};
    }

    uint64_t News() const {
        const std::scoped_lock lock(mutex_);
        return news_;
    }

    /// `news`: what had been announced before the step looked.
    void Account(const StepReport& report, uint64_t news) {
        const Result<uint64_t> lag = report.caught_up ? Result<uint64_t>(0) : active_->Lag();
        const Time now = clock_.Now();
        const std::scoped_lock lock(mutex_);
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
    ProcessingStatus status_;

    // The processing thread's own.
    std::optional<Lease> lease_;
    steady_clock::time_point renewed_{};
    steady_clock::duration last_step_{};
    steady_clock::time_point looked_at_{};
    States known_;  ///< The generations as they were when they were opened.
    ChangeToken seen_token_{};
    std::string trouble_;  ///< Of the last round; empty: none.
    uint64_t times_ = 0;   ///< That it was met.
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
ProcessingStatus Processing::Describe() const {
    return impl_->Describe();
}

}  // namespace tilth::pipeline
