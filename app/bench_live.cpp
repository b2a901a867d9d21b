#include "app/bench_live.h"

#include "app/bench_discarder.h"
#include "app/bench_messages.h"

#include <chrono>

namespace tilth::app {
namespace {

using std::chrono::steady_clock;

constexpr double kLeastRatio = 0.95;
constexpr double kMostCpuMicros = 20;

std::string PerSecond(double rate) {
    return fmt::format("{:.0f} messages/s", rate);
}
std::string Micros(double micros) {
    return fmt::format("{:.1f} us", micros);
}

}  // namespace

Result<std::unique_ptr<LiveBench>> LiveBench::Start(
    const std::filesystem::path& folder, uint32_t series, uint64_t total
) {
    TILTH_TRY(BenchBroker broker, StartBenchBroker(folder / "broker"));
    std::unique_ptr<LiveBench> bench(new LiveBench(std::move(broker), series));
    const uint64_t warm_up = uint64_t{2} * series;
    bench->start_ = BenchStart(total + warm_up, series);
    bench->lab_ = MakeBenchLab(folder / "lab", &bench->broker_);
    TILTH_CHECK(StartRole(*bench->lab_, "serve", nullptr));
    TILTH_CHECK(StartRole(*bench->lab_, "route", nullptr));
    const MqttSource& source = *bench->lab_->source;
    TILTH_CHECK(WaitUntil(
        "the router", [&] { return source.Describe().state == "connected"; }, [] { return 0; }
    ));
    TILTH_CHECK(bench->Run(warm_up));
    return bench;
}

Result<LiveRound> LiveBench::Run(uint64_t count) {
    PublishPlan plan;
    plan.port = broker_.port;
    plan.first = sent_;
    plan.count = count;
    plan.series = series_;
    plan.start = start_;
    plan.step = kBenchStep;
    TILTH_TRY(const auto publisher, BenchPublisher::Start(plan));
    LiveRound round;
    const double cpu = OwnCpuSeconds();
    const double broker_cpu = CpuSecondsOf(broker_.mosquitto->pid());
    const auto begun = steady_clock::now();
    TILTH_CHECK(publisher->Go());
    TILTH_CHECK(WaitUntilProcessed(count, round.stored_seconds));
    round.processed_seconds = SecondsSince(begun);
    const double scale = 1e6 / static_cast<double>(count);
    round.cpu_micros = (OwnCpuSeconds() - cpu) * scale;
    round.broker_micros = (CpuSecondsOf(broker_.mosquitto->pid()) - broker_cpu) * scale;
    TILTH_TRY(const double publisher_cpu, publisher->Finish());
    round.publisher_micros = publisher_cpu * scale;
    sent_ += count;
    return round;
}

Status LiveBench::WaitUntilProcessed(uint64_t count, double& stored_seconds) {
    const auto begun = steady_clock::now();
    const uint64_t wanted = sent_ + count;
    const auto stored = [this] { return lab_->source->RouterStatistics().messages; };
    const auto processed = [this] { return lab_->processing->Describe().records; };
    TILTH_CHECK(WaitUntil(
        "stored messages", [&] { return stored() >= wanted; }, stored
    ));
    stored_seconds = SecondsSince(begun);
    return WaitUntil(
        "processed messages", [&] { return processed() >= wanted; }, processed
    );
}

Result<BenchRows> BenchLive(const BenchOptions& options) {
    TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
    TILTH_TRY(const BenchBroker ceiling, StartBenchBroker(folder / "ceiling"));
    BenchDiscarder discarder;
    TILTH_CHECK(discarder.Start(ceiling.port));
    const uint64_t total = options.messages * options.rounds;
    TILTH_TRY(const auto lab, LiveBench::Start(folder / "live", options.series, total));

    std::vector<double> discarded, stored, processed, ratio, cpu, broker, publisher;
    const auto count = static_cast<double>(options.messages);
    for (uint64_t i = 0; i < options.rounds; ++i) {
        const PublishPlan plan{
            ceiling.port,
            0,
            options.messages,
            options.series,
            0,
            BenchStart(total, options.series),
            kBenchStep};
        TILTH_TRY(const double took, RunToDiscarder(discarder, plan));
        TILTH_TRY(const LiveRound round, lab->Run(options.messages));
        discarded.push_back(count / took);
        stored.push_back(count / round.stored_seconds);
        processed.push_back(count / round.processed_seconds);
        ratio.push_back(took / round.processed_seconds);
        cpu.push_back(round.cpu_micros);
        broker.push_back(round.broker_micros);
        publisher.push_back(round.publisher_micros);
        Progress(fmt::format(
            "live {}/{}: broker alone {:.0f}/s, lab {:.0f}/s processed, ratio {:.2f}, {:.1f} us of "
            "CPU",
            i + 1,
            options.rounds,
            discarded.back(),
            processed.back(),
            ratio.back(),
            cpu.back()
        ));
    }
    return BenchRows{
        {"broker alone: publisher -> Mosquitto -> discarded", PerSecond(Median(discarded))},
        {"lab: ... -> durable", PerSecond(Median(stored))},
        {"lab: ... -> durable -> checked -> processed", PerSecond(Median(processed))},
        {"lab / broker alone",
         fmt::format("{:.2f}", Median(ratio)),
         ">= 0.95",
         Median(ratio) >= kLeastRatio},
        {"CPU of the lab (route + process) a message",
         Micros(Median(cpu)),
         "<= 20 us",
         Median(cpu) <= kMostCpuMicros},
        {"CPU of the broker a message, with the lab", Micros(Median(broker))},
        {"CPU of the publisher a message", Micros(Median(publisher))},
    };
}

}  // namespace tilth::app
