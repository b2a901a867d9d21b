// Readings that come late, and a first step after a start: what they cost beside readings in time
// order. Processing alone, on one thread.
#include "app/bench.h"
#include "app/bench_messages.h"
#include "app/bench_place.h"
#include "backend/duckdb/processed_store.h"
#include "backend/sqlite/stream_store.h"
#include "base/random.h"
#include "pipeline/config_history.h"
#include "pipeline/route.h"

#include <chrono>
#include <queue>

namespace tilth::app {
namespace {

using std::chrono::steady_clock;

constexpr double kLeastReadings = 50'000;
constexpr double kMostStartSeconds = 1;
constexpr pipeline::StepLimits kBuildStep{100'000, 400'000};
/// As the active generation's; a busy lab takes so many messages a step.
constexpr pipeline::StepLimits kLiveStep{20'000, 100'000};
constexpr uint64_t kBatch = 2'000;
constexpr uint64_t kLateEvery = 10;
constexpr uint64_t kMostSteps = 360;  ///< Late by at most so many of a sensor's readings: 6 h.

/// A stream, its results, and the numbers of the messages that were sent.
class Scene {
  public:
    static Result<std::unique_ptr<Scene>> Make(uint32_t series, const BenchOptions& options) {
        TILTH_TRY(BenchFolder folder, BenchFolder::Make());
        std::unique_ptr<Scene> scene(new Scene(std::move(folder), series, options));
        TILTH_TRY(
            scene->stream_, sqlite::OpenStreamStore((scene->folder_ / "stream.sqlite").string())
        );
        TILTH_TRY(
            scene->router_,
            pipeline::Router::Start(
                *scene->stream_, scene->clock_, {.name = "route/bench"}, [](uint64_t) {}
            )
        );
        TILTH_CHECK(scene->Open());
        return scene;
    }

    /// Stores the next messages, and of these every tenth later than it should be.
    Status Send(uint64_t count, bool some_late) {
        for (const uint64_t end = next_ + count; next_ < end; ++next_) {
            if (some_late && next_ % kLateEvery == 0) {
                const uint64_t by = 1 + Mix64(next_) % most_late_;
                delayed_.push({next_ + by, next_});
            } else {
                Offer(next_);
            }
            while (!delayed_.empty() && delayed_.top().first <= next_) {
                Offer(delayed_.top().second);
                delayed_.pop();
            }
        }
        if (!router_->Flush(std::chrono::minutes{5}))
            return Fail(Fault::kUnavailable, "the stream store is too slow");
        return {};
    }

    /// Closes the processed store and opens it again, as a start does.
    Status Open() {
        processor_.reset();
        processed_.reset();
        TILTH_TRY(processed_, duckdb::OpenProcessedStore((folder_ / "processed.duckdb").string()));
        TILTH_TRY(const Lease lease, processed_->AcquireLease("bench", std::chrono::hours{1}));
        TILTH_TRY(const std::vector<Generation> all, processed_->Generations());
        GenerationId id = all.empty() ? GenerationId{} : all.front().id;
        if (all.empty()) {
            TILTH_TRY(id, processed_->CreateGeneration(ConfigVersion{}, "bench", clock_.Now()));
        }
        TILTH_TRY(pipeline::ProcessingConfig config, pipeline::LoadConfig(*stream_, {}));
        TILTH_TRY(
            processor_,
            pipeline::Processor::Open(*stream_, *processed_, id, std::move(config), lease)
        );
        return {};
    }

    Status Process(const pipeline::StepLimits& limits) {
        for (bool caught_up = false; !caught_up;) {
            TILTH_TRY(const pipeline::StepReport step, processor_->Step(limits));
            caught_up = step.caught_up;
        }
        return {};
    }

  private:
    Scene(BenchFolder folder, uint32_t series, const BenchOptions& options)
        : folder_(std::move(folder)),
          messages_(series, BenchStart(options.replay_messages, series), kBenchStep),
          most_late_(std::min(kMostSteps * series, options.messages / 4)) {}

    void Offer(uint64_t n) {
        messages_.Make(n, messages_.TimeOf(n), topic_, payload_);
        pipeline::IncomingMessage message;
        message.topic = topic_;
        message.payload = payload_;
        message.qos = 1;
        (void)router_->Offer({&message, 1});
    }

    using Delayed = std::pair<uint64_t, uint64_t>;  ///< After which message, and which.

    const SystemClock clock_;
    BenchFolder folder_;
    std::unique_ptr<StreamStore> stream_;
    std::unique_ptr<pipeline::Router> router_;
    std::unique_ptr<ProcessedStore> processed_;
    std::unique_ptr<pipeline::Processor> processor_;
    BenchMessages messages_;
    uint64_t most_late_;
    uint64_t next_ = 0;
    std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed_;
    std::string topic_;
    std::string payload_;
};

struct Cost {
    double seconds = 0;
    double cpu = 0;
};

/// What processing `count` more messages costs, in steps as a busy lab makes them.
Result<Cost> LiveCost(Scene& scene, uint64_t count, bool some_late) {
    Cost cost;
    for (uint64_t sent = 0; sent < count; sent += kBatch) {
        TILTH_CHECK(scene.Send(kBatch, some_late));
        const double cpu = OwnCpuSeconds();
        const auto begun = steady_clock::now();
        TILTH_CHECK(scene.Process(kLiveStep));
        cost.seconds += SecondsSince(begun);
        cost.cpu += OwnCpuSeconds() - cpu;
    }
    return cost;
}

/// Opening and the first step, when every series has something new.
Result<double> StartSeconds(Scene& scene, uint32_t series) {
    TILTH_CHECK(scene.Send(series, false));
    const auto begun = steady_clock::now();
    TILTH_CHECK(scene.Open());
    TILTH_CHECK(scene.Process(kLiveStep));
    return SecondsSince(begun);
}

Status Measure(uint32_t series, const BenchOptions& options, BenchRows& rows) {
    TILTH_TRY(const auto scene, Scene::Make(series, options));
    Progress(fmt::format("late: {} readings of {} series", options.replay_messages, series));
    for (uint64_t sent = 0; sent < options.replay_messages; sent += 100'000) {
        TILTH_CHECK(scene->Send(std::min<uint64_t>(100'000, options.replay_messages), false));
        TILTH_CHECK(scene->Process(kBuildStep));
    }
    TILTH_TRY(const double start, StartSeconds(*scene, series));
    TILTH_TRY(const Cost in_order, LiveCost(*scene, options.messages, false));
    TILTH_TRY(const Cost mixed, LiveCost(*scene, options.messages, true));
    const auto count = static_cast<double>(options.messages);
    const double late = count / static_cast<double>(kLateEvery);
    const double rate = count / mixed.seconds;
    rows.push_back(
        {fmt::format("{} series: a start with news of all", series),
         fmt::format("{:.2f} s", start),
         "<= 1 s",
         start <= kMostStartSeconds}
    );
    rows.push_back(
        {"  in time order",
         fmt::format(
             "{:.0f} readings/s, {:.1f} us CPU each",
             count / in_order.seconds,
             1e6 * in_order.cpu / count
         )}
    );
    rows.push_back(
        {"  a tenth late",
         fmt::format("{:.0f} readings/s, {:.1f} us CPU each", rate, 1e6 * mixed.cpu / count),
         ">= 50000",
         rate >= kLeastReadings}
    );
    rows.push_back(
        {"  a late reading beside one in order",
         fmt::format("{:.3f} ms CPU more", 1e3 * (mixed.cpu - in_order.cpu) / late),
         "<= 0.1 ms",
         mixed.cpu - in_order.cpu <= 1e-4 * late}
    );
    return {};
}

}  // namespace

Result<BenchRows> BenchLate(const BenchOptions& options) {
    BenchRows rows;
    for (const uint32_t series : {uint32_t{24}, options.series, 13 * options.series})
        TILTH_CHECK(Measure(series, options, rows));
    return rows;
}

}  // namespace tilth::app
