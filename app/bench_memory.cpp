// `tilth up` as a person starts it: what it holds with many live series, and how soon it is back.
#include "app/bench.h"
#include "app/bench_messages.h"
#include "app/bench_place.h"
#include "app/bench_publisher.h"
#include "app/http_client.h"
#include "app/json.h"
#include "app/lab_folder.h"

#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr double kMostMegabytes = 200;
constexpr double kMostStartSeconds = 1;
/// Of every series before memory is looked at.
constexpr uint64_t kReadings = 30;

/// One run of `tilth up --no-emulate`.
class RunningLab {
  public:
    static Result<RunningLab> Start(
        const std::filesystem::path& folder, uint16_t port, uint16_t websocket_port
    ) {
        TILTH_TRY(
            auto child,
            BenchChild::Start(
                {"up",
                 "--no-emulate",
                 "--data",
                 folder.string(),
                 "--http",
                 "127.0.0.1:0",
                 "--mqtt-port",
                 std::to_string(port),
                 "--ws-port",
                 std::to_string(websocket_port),
                 "--log-level",
                 "warning"}
            )
        );
        return RunningLab(std::move(child), folder);
    }
    int pid() const { return child_->pid(); }

    /// Waits until it tells its address.
    Result<HttpClient> Http() const {
        std::string address;
        TILTH_CHECK(WaitUntil(
            "the lab's address",
            [&] {
                const auto holder = LabFolder::FindHolder(folder_);
                address = holder && holder->pid == pid() ? holder->http : "";
                return !address.empty();
            },
            [] { return 0; }
        ));
        return HttpClient(address);
    }
    Result<double> Stop() {
        child_->Stop();
        return child_->Wait();
    }

  private:
    RunningLab(std::unique_ptr<BenchChild> child, std::filesystem::path folder)
        : child_(std::move(child)), folder_(std::move(folder)) {}
    std::unique_ptr<BenchChild> child_;
    std::filesystem::path folder_;
};

Result<double> Observations(HttpClient& http) {
    TILTH_TRY(const HttpAnswer answer, http.Get("/api/v1/status"));
    TILTH_TRY(const Json status, Json::Parse(answer.body));
    return status.Number("counts.observations");
}

Status Publish(const PublishPlan& plan) {
    TILTH_TRY(const auto publisher, BenchPublisher::Start(plan));
    TILTH_CHECK(publisher->Go());
    TILTH_CHECK(publisher->Finish());
    return {};
}

Status WaitForObservations(HttpClient& http, double wanted) {
    double now = 0;
    const auto look = [&] {
        now = Observations(http).value_or(now);
        return now >= wanted;
    };
    return WaitUntil("observations", look, [&] { return static_cast<uint64_t>(now); });
}

struct Memory {
    double after_burst = 0;  ///< Megabytes, after readings as fast as they came.
    double live = 0;         ///< After a while at a moderate rate.
};

Result<Memory> FillLab(RunningLab& lab, PublishPlan& plan, bool quick) {
    TILTH_TRY(HttpClient http, lab.Http());
    const auto megabytes = [&lab] {
        return 1e-6 * static_cast<double>(ResidentBytesOf(lab.pid()));
    };
    Memory memory;
    plan.count = kReadings * plan.series;
    TILTH_CHECK(Publish(plan));
    TILTH_CHECK(WaitForObservations(http, static_cast<double>(plan.count)));
    memory.after_burst = megabytes();
    plan.first = plan.count;
    plan.count = quick ? plan.series : uint64_t{2} * plan.series;
    plan.rate = 1000;
    TILTH_CHECK(Publish(plan));
    plan.first += plan.count;
    TILTH_CHECK(WaitForObservations(http, static_cast<double>(plan.first)));
    memory.live = megabytes();
    return memory;
}

/// When nothing more comes.
Result<double> SettledObservations(HttpClient& http) {
    for (double before = -1;;) {
        TILTH_TRY(const double now, Observations(http));
        if (now == before) return now;
        before = now;
        std::this_thread::sleep_for(milliseconds{300});
    }
}

/// From the start of the program to the first value that was published to it and can be read from
/// it. A sensor sends all the time, so that the figure does not hang on the moment of one message.
/// `before`: observations there were and are.
Result<double> SecondStart(
    const std::filesystem::path& folder,
    uint16_t websocket_port,
    const PublishPlan& plan,
    double& before
) {
    const auto begun = steady_clock::now();
    TILTH_TRY(RunningLab lab, RunningLab::Start(folder, plan.port, websocket_port));
    TILTH_TRY(const auto publisher, BenchPublisher::Start(plan));
    TILTH_CHECK(publisher->Go());
    TILTH_TRY(HttpClient http, lab.Http());
    TILTH_CHECK(WaitForObservations(http, before + 1));
    const double took = SecondsSince(begun);
    TILTH_CHECK(publisher->Finish());
    TILTH_TRY(before, SettledObservations(http));
    TILTH_CHECK(lab.Stop());
    return took;
}

}  // namespace

Result<BenchRows> BenchMemory(const BenchOptions& options) {
    TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
    TILTH_TRY(const uint16_t port, FreePort());
    TILTH_TRY(const uint16_t websocket_port, FreePort());
    PublishPlan plan;
    plan.port = port;
    plan.series = options.memory_series;
    plan.start = BenchStart((kReadings + 10) * plan.series, plan.series);
    plan.step = kBenchStep;
    TILTH_TRY(RunningLab lab, RunningLab::Start(folder / "lab", port, websocket_port));
    Progress(fmt::format("memory: {} series", plan.series));
    TILTH_TRY(const Memory memory, FillLab(lab, plan, options.quick));
    TILTH_CHECK(lab.Stop());
    auto observations = static_cast<double>(plan.first);
    plan.count = 200;
    plan.rate = 200;
    std::vector<double> starts;
    for (uint64_t i = 0; i < options.rounds; ++i, plan.first += plan.count) {
        TILTH_TRY(
            starts.emplace_back(), SecondStart(folder / "lab", websocket_port, plan, observations)
        );
        Progress(fmt::format("second start {}/{}: {:.2f} s", i + 1, options.rounds, starts.back()));
    }
    const double start = Median(starts);
    return BenchRows{
        {fmt::format("memory with {} live series", plan.series),
         fmt::format("{:.0f} MB", memory.live),
         "<= 200 MB",
         memory.live <= kMostMegabytes},
        {"  after a burst", fmt::format("{:.0f} MB", memory.after_burst)},
        {"second start to the first processed value",
         fmt::format("{:.2f} s", start),
         "<= 1 s",
         start <= kMostStartSeconds},
    };
}

}  // namespace tilth::app
