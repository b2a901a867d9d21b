// From publish to live event: messages bear the moment they were sent, and a client of the lab's
// event stream compares.
#include "app/bench_events.h"
#include "app/bench_live.h"
#include "app/web_server.h"

#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

constexpr double kMostMillis = 250;

struct Watched {
    std::vector<double> millis;
    uint64_t published = 0;
    uint64_t resets = 0;
};

/// The last events come within a moment; after a reset some never come.
void WaitForLast(const BenchEvents& events, uint64_t wanted) {
    uint64_t seen = 0;
    while (events.seen() < wanted && (seen == 0 || events.seen() != seen)) {
        seen = events.seen();
        std::this_thread::sleep_for(std::chrono::seconds{1});
    }
}

/// Publishes at a rate for a while; milliseconds of every message.
Result<Watched> Watch(LiveBench& bench, const BenchOptions& options, double rate) {
    TILTH_TRY(const auto events, BenchEvents::Open(bench.lab().web->address()));
    PublishPlan plan;
    plan.port = bench.port();
    plan.first = bench.sent();
    plan.count = static_cast<uint64_t>(rate * options.latency_seconds);
    plan.series = options.series;
    plan.rate = rate;
    TILTH_TRY(const auto publisher, BenchPublisher::Start(plan));
    TILTH_CHECK(publisher->Go());
    TILTH_CHECK(publisher->Finish());
    WaitForLast(*events, plan.count);
    Watched watched{events->TakeMillis(), plan.count, events->resets()};
    if (watched.millis.empty()) return Fail(Fault::kUnavailable, "no live event came");
    return watched;
}

}  // namespace

Result<BenchRows> BenchLatency(const BenchOptions& options) {
    TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
    TILTH_TRY(
        const auto bench, LiveBench::Start(folder / "live", options.series, options.messages)
    );
    TILTH_TRY(const LiveRound full, bench->Run(options.messages));
    const double rate = static_cast<double>(options.messages) / full.processed_seconds / 2;
    Progress(fmt::format("latency: full load {:.0f} messages/s, now half of it", 2 * rate));
    TILTH_TRY(Watched watched, Watch(*bench, options, rate));
    const double p50 = Percentile(watched.millis, 0.50);
    const double p99 = Percentile(watched.millis, 0.99);
    const bool all_came = watched.resets == 0 && watched.millis.size() >= watched.published;
    return BenchRows{
        {"half load", fmt::format("{:.0f} messages/s, {} series", rate, options.series)},
        {"publish -> live event, p50", fmt::format("{:.0f} ms", p50)},
        {"publish -> live event, p99",
         fmt::format("{:.0f} ms", p99),
         "<= 250 ms",
         p99 <= kMostMillis && all_came},
        {"publish -> live event, longest", fmt::format("{:.0f} ms", Percentile(watched.millis, 1))},
        {"resets of the event stream", fmt::format("{}", watched.resets)},
    };
}

}  // namespace tilth::app
