// From publish to live event: messages bear the moment they were sent, and a client of the lab's
// event stream compares.
#include "app/bench_events.h"
#include "app/bench_live.h"
#include "app/bench_messages.h"
#include "app/web_server.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

constexpr double kMostMillis = 250;
/// What a dashboard shows at once.
constexpr uint32_t kFewSeries = 20;
constexpr double kFirstSeconds = 5;

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

/// Publishes at a rate for a while; milliseconds of every message of the first so many series.
Result<Watched> Watch(
    LiveBench& bench, uint32_t series, double rate, double seconds, uint32_t watched_series
) {
    std::vector<std::string> names;
    if (watched_series < series) names = BenchDatastreams(watched_series);
    TILTH_TRY(const auto events, BenchEvents::Open(bench.lab().web->address(), names));
    PublishPlan plan;
    plan.port = bench.port();
    plan.first = bench.sent();
    const auto rounds = static_cast<uint64_t>(rate * seconds / series) + 1;
    plan.count = rounds * series;
    plan.series = series;
    plan.rate = rate;
    TILTH_TRY(const auto publisher, BenchPublisher::Start(plan));
    TILTH_CHECK(publisher->Go());
    TILTH_CHECK(publisher->Finish());
    WaitForLast(*events, rounds * watched_series);
    Watched watched{events->TakeMillis(), rounds * watched_series, events->resets()};
    if (watched.millis.empty()) return Fail(Fault::kUnavailable, "no live event came");
    return watched;
}

void AddRows(BenchRows& rows, const std::string& who, Watched watched) {
    const double p99 = Percentile(watched.millis, 0.99);
    const bool all_came = watched.resets == 0 && watched.millis.size() >= watched.published;
    rows.push_back(
        {fmt::format("publish -> live event, {}: p99", who),
         fmt::format("{:.0f} ms", p99),
         "<= 250 ms",
         p99 <= kMostMillis && all_came}
    );
    rows.push_back({"  p50", fmt::format("{:.0f} ms", Percentile(watched.millis, 0.50))});
    rows.push_back({"  longest", fmt::format("{:.0f} ms", Percentile(watched.millis, 1))});
    if (watched.resets > 0) rows.push_back({"  resets", fmt::format("{}", watched.resets)});
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
    const uint32_t few = std::min(kFewSeries, options.series);
    const auto watch = [&](double seconds, uint32_t watched) {
        return Watch(*bench, options.series, rate, seconds, watched);
    };
    // The lab gets to know the pace of all its series when the first client comes: apart from the
    // rest.
    TILTH_TRY(Watched first, watch(std::min(options.latency_seconds, kFirstSeconds), few));
    TILTH_TRY(Watched some, watch(options.latency_seconds, few));
    TILTH_TRY(Watched all, watch(options.latency_seconds, options.series));
    BenchRows rows{{"half load", fmt::format("{:.0f} messages/s", rate)}};
    rows.push_back(
        {"publish -> live event, the first client: longest",
         fmt::format("{:.0f} ms", Percentile(first.millis, 1))}
    );
    AddRows(rows, fmt::format("{} of {} series", few, options.series), std::move(some));
    AddRows(rows, fmt::format("all {} series", options.series), std::move(all));
    return rows;
}

}  // namespace tilth::app
