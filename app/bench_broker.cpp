// `tilth bench broker`: what the journal of Tilth's plugin costs beside Mosquitto alone and beside
// a disk's own best, and what Mosquitto's own way of saving each change costs.
#include "app/bench.h"
#include "app/bench_broker_loop.h"
#include "app/bench_discarder.h"
#include "app/bench_messages.h"
#include "app/bench_place.h"

#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

using broker::MosquittoOptions;
using std::chrono::steady_clock;

MosquittoOptions Alone() {
    MosquittoOptions options;
    options.has_plugin = false;
    return options;
}
MosquittoOptions SavingEachChange() {
    MosquittoOptions options = Alone();
    options.more = "autosave_on_changes true\n";
    return options;
}
MosquittoOptions WithSync(const char* sync) {
    MosquittoOptions options;
    options.sync = sync;
    options.more = "plugin_opt_limit 4G\n";
    return options;
}

PublishPlan Plan(uint16_t port, uint64_t count) {
    PublishPlan plan;
    plan.port = port;
    plan.count = count;
    plan.start = BenchStart(count, plan.series);
    plan.step = kBenchStep;
    return plan;
}

/// A broker whose one subscriber discards.
struct Contender {
    BenchBroker broker;
    std::unique_ptr<BenchDiscarder> discarder;
    std::vector<double> rates;
    std::vector<double> cpu;  ///< Of the broker, microseconds a message.

    static Result<Contender> Start(
        const std::filesystem::path& folder, const MosquittoOptions& options
    ) {
        Contender contender;
        TILTH_TRY(contender.broker, StartBenchBroker(folder, options));
        contender.discarder = std::make_unique<BenchDiscarder>();
        TILTH_CHECK(contender.discarder->Start(contender.broker.port));
        return contender;
    }
    Status Run(uint64_t count) {
        const double before = CpuSecondsOf(broker.mosquitto->pid());
        TILTH_TRY(const double took, RunToDiscarder(*discarder, Plan(broker.port, count)));
        const double used = CpuSecondsOf(broker.mosquitto->pid()) - before;
        rates.push_back(static_cast<double>(count) / took);
        cpu.push_back(1e6 * used / static_cast<double>(count));
        return {};
    }
};

std::vector<double> Ratios(const std::vector<double>& above, const std::vector<double>& below) {
    std::vector<double> ratios;
    for (size_t i = 0; i < above.size(); ++i) ratios.push_back(above[i] / below[i]);
    return ratios;
}

std::string PerSecond(const std::vector<double>& rates) {
    return fmt::format("{:.0f} messages/s", Median(rates));
}

BenchRow RatioRow(
    const std::string& what,
    const std::vector<double>& above,
    const std::vector<double>& below,
    double least
) {
    const double ratio = Median(Ratios(above, below));
    return {
        what,
        fmt::format("{:.2f}", ratio),
        least > 0 ? fmt::format(">= {}", least) : "",
        least > 0 ? std::optional(ratio >= least) : std::nullopt};
}

/// One slice of each side; what a disk does changes from second to second, so slices are short and
/// take turns.
struct Cost {
    Contender alone;
    Contender interval;
    Contender always;
    std::vector<double> growing;
    std::vector<double> reused;

    Status Run(const BenchFolder& folder, uint64_t messages, uint64_t synced) {
        TILTH_CHECK(alone.Run(messages));
        TILTH_CHECK(interval.Run(messages));
        const size_t bytes = JournalledBytes();
        TILTH_TRY(
            const double appended, SyncLoopRate(folder / "loop", LoopFile::kGrowing, bytes, synced)
        );
        growing.push_back(appended);
        TILTH_CHECK(always.Run(synced));
        TILTH_TRY(
            const double written, SyncLoopRate(folder / "loop", LoopFile::kReused, bytes, synced)
        );
        reused.push_back(written);
        Progress(fmt::format(
            "broker: alone {:.0f}/s, interval {:.0f}/s, always {:.0f}/s; a loop that appends and "
            "syncs {:.0f}/s, one that writes over {:.0f}/s",
            alone.rates.back(),
            interval.rates.back(),
            always.rates.back(),
            growing.back(),
            reused.back()
        ));
        return {};
    }
};

Status BenchCost(const BenchOptions& options, const BenchFolder& folder, BenchRows& rows) {
    constexpr uint64_t kSlices = 5;
    Cost cost;
    TILTH_TRY(cost.alone, Contender::Start(folder / "alone", Alone()));
    TILTH_TRY(cost.interval, Contender::Start(folder / "interval", WithSync("interval")));
    TILTH_TRY(cost.always, Contender::Start(folder / "always", WithSync("always")));
    for (uint64_t i = 0; i < kSlices * options.rounds; ++i)
        TILTH_CHECK(cost.Run(folder, options.messages / kSlices, options.synced_messages / kSlices)
        );
    rows.push_back({"Mosquitto alone", PerSecond(cost.alone.rates)});
    rows.push_back({"plugin, interval", PerSecond(cost.interval.rates)});
    rows.push_back(RatioRow("  interval / alone", cost.interval.rates, cost.alone.rates, 0.95));
    for (const auto& [name, side] :
         {std::pair("alone", &cost.alone), std::pair("interval", &cost.interval)}) {
        rows.push_back(
            {fmt::format("  CPU of the broker a message, {}", name),
             fmt::format("{:.1f} us", Median(side->cpu))}
        );
    }
    rows.push_back({"plugin, always", PerSecond(cost.always.rates)});
    rows.push_back(
        {fmt::format("loop: append {} bytes, sync", JournalledBytes()), PerSecond(cost.growing)}
    );
    rows.push_back(RatioRow("  always / that loop", cost.always.rates, cost.growing, 0.9));
    rows.push_back({"loop: the same into a file written before", PerSecond(cost.reused)});
    rows.push_back(RatioRow("  always / that loop", cost.always.rates, cost.reused, 0));
    rows.push_back(RatioRow("  what reusing segments gains a loop", cost.reused, cost.growing, 0));
    return {};
}

/// A session that is kept, with a subscription to everything; returns when it has gone away again.
class Sleeper final : public mqtt::Handler {
  public:
    static Status Leave(uint16_t port) {
        Sleeper sleeper;
        mqtt::ClientOptions options;
        options.endpoint.port = port;
        options.session.client_id = "bench-sleeper";
        options.session.subscriptions.push_back({"#", mqtt::Qos::kAtLeastOnce});
        TILTH_TRY(sleeper.client_, mqtt::Client::Create(options, sleeper, sleeper.thread_));
        sleeper.client_->Start();
        TILTH_CHECK(WaitUntil(
            "a subscription", [&] { return sleeper.subscribed_.load(); }, [] { return 0; }
        ));
        sleeper.client_->Disconnect();
        return {};
    }

  private:
    void OnSubscribed() override { subscribed_ = true; }
    void OnBatch(const mqtt::Batch& batch) override { client_->Acknowledge(batch.last_token); }

    std::atomic<bool> subscribed_ = false;
    mqtt::IoThread thread_;
    std::unique_ptr<mqtt::Client> client_;
};

/// Messages a second that a broker acknowledges.
Result<double> AcknowledgedRate(uint16_t port, uint64_t count) {
    TILTH_TRY(const auto publisher, BenchPublisher::Start(Plan(port, count)));
    const auto begun = steady_clock::now();
    TILTH_CHECK(publisher->Go());
    TILTH_CHECK(publisher->Finish());
    return static_cast<double>(count) / SecondsSince(begun);
}

/// The same over a time in which the broker saves its database, which stops it.
Result<double> RateAcrossSaves(uint16_t port, uint64_t count) {
    constexpr double kSeconds = 15;
    TILTH_TRY(const double first, AcknowledgedRate(port, count));
    const double left = kSeconds - static_cast<double>(count) / first;
    if (left <= 0) return first;
    TILTH_TRY(const double rest, AcknowledgedRate(port, static_cast<uint64_t>(first * left) + 1));
    const double seconds = static_cast<double>(count) / first + first * left / rest;
    return (static_cast<double>(count) + first * left) / seconds;
}

/// Mosquitto's own way to keep what it acknowledges (it does not quite: the acknowledgement goes
/// out first) against the plugin's, with `queue` messages waiting for a subscriber.
Status BenchQueue(
    const BenchOptions& options,
    const BenchFolder& folder,
    uint64_t queue,
    double least,
    BenchRows& rows
) {
    const std::filesystem::path place = folder / fmt::format("queue-{}", queue);
    {
        TILTH_TRY(const BenchBroker broker, StartBenchBroker(place, Alone()));
        TILTH_CHECK(Sleeper::Leave(broker.port));
        if (queue > 0) {
            TILTH_CHECK(AcknowledgedRate(broker.port, queue));
        }
    }
    // A few seconds for the slow side.
    const uint64_t few = options.quick ? 5 : std::clamp(5'000'000 / (queue + 1), 20ul, 500ul);
    std::vector<double> saving;
    std::vector<double> always;
    for (uint64_t i = 0; i < options.rounds; ++i) {
        {
            TILTH_TRY(const BenchBroker broker, StartBenchBroker(place, SavingEachChange()));
            TILTH_TRY(const double rate, AcknowledgedRate(broker.port, few));
            saving.push_back(rate);
        }
        TILTH_TRY(const BenchBroker broker, StartBenchBroker(place, WithSync("always")));
        const uint64_t count = options.synced_messages / 10;
        TILTH_TRY(
            const double rate,
            options.quick ? AcknowledgedRate(broker.port, count)
                          : RateAcrossSaves(broker.port, count)
        );
        always.push_back(rate);
        Progress(fmt::format(
            "broker, queue of {}: autosave_on_changes {:.0f}/s, always {:.0f}/s",
            queue,
            saving.back(),
            always.back()
        ));
    }
    rows.push_back(
        {fmt::format("autosave_on_changes, queue of {}", queue),
         fmt::format("{:.1f} messages/s", Median(saving))}
    );
    rows.push_back({fmt::format("plugin, always, queue of {}", queue), PerSecond(always)});
    rows.push_back(RatioRow("  always / autosave_on_changes", always, saving, least));
    return {};
}

Status BenchStartUp(const BenchOptions& options, const BenchFolder& folder, BenchRows& rows) {
    std::vector<double> seconds;
    for (uint64_t i = 0; i < options.rounds; ++i) {
        const std::filesystem::path place = folder / fmt::format("start-{}", i);
        {
            TILTH_TRY(const BenchBroker broker, StartBenchBroker(place, Alone()));
            TILTH_CHECK(Sleeper::Leave(broker.port));
        }
        TILTH_CHECK(LeaveJournal(place / "journal", options.journal_messages));
        const auto begun = steady_clock::now();
        TILTH_TRY(const BenchBroker broker, StartBenchBroker(place, WithSync("always")));
        TILTH_CHECK(AcknowledgedRate(broker.port, 1));
        seconds.push_back(SecondsSince(begun));
        Progress(fmt::format(
            "broker, start with {} messages: {:.2f} s", options.journal_messages, seconds.back()
        ));
    }
    rows.push_back(
        {fmt::format("start with {} messages to the first publish", options.journal_messages),
         fmt::format("{:.2f} s", Median(seconds)),
         "<= 10 s",
         Median(seconds) <= 10}
    );
    return {};
}

}  // namespace

Result<BenchRows> BenchBrokerSync(const BenchOptions& options) {
    TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
    BenchRows rows;
    TILTH_CHECK(BenchCost(options, folder, rows));
    TILTH_CHECK(BenchQueue(options, folder, 0, 1, rows));
    TILTH_CHECK(BenchQueue(options, folder, options.queue / 5, 20, rows));
    TILTH_CHECK(BenchQueue(options, folder, options.queue, 100, rows));
    TILTH_CHECK(BenchStartUp(options, folder, rows));
    return rows;
}

}  // namespace tilth::app
