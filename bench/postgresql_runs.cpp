#include "bench/postgresql_runs.h"

#include "app/bench_files.h"
#include "app/bench_messages.h"
#include "pipeline/config_history.h"
#include "pipeline/import.h"
#include "pipeline/route.h"
#include "support/postgresql.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

namespace tilth::bench {

using std::chrono::steady_clock;

namespace {

/// The leases of so many processors that share the partitions.
std::vector<Lease> Leases(ProcessedStore& store, int processors) {
    std::vector<Lease> leases(static_cast<size_t>(processors));
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < leases.size(); ++i)
            leases[i] = Sure(store.ShareLease(fmt::format("p{}", i), std::chrono::hours{1}));
    }
    return leases;
}

}  // namespace

double OwnCpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ServerCpuSeconds() {
    const pid_t server = test::Postgresql::Shared().pid();
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", server));
    double ticks = 0;
    for (pid_t child = 0; children >> child;) {
        std::ifstream stat(fmt::format("/proc/{}/stat", child));
        std::string line;
        std::getline(stat, line);
        std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 2)));
        std::string field;
        for (int i = 3; fields >> field && i <= 15; ++i) {
            if (i >= 14) ticks += std::stod(field);
        }
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string LoadNow() {
    std::ifstream file("/proc/loadavg");
    std::string load;
    file >> load;
    return load;
}

void FillWithFiles(StreamStore& stream, uint64_t readings) {
    const SystemClock clock;
    for (const app::BenchFile& file : app::MakeLoggerFiles(readings / 40)) {
        Sure(pipeline::ImportFile(stream, clock, file.name, file.bytes, file.options, {}));
    }
}

void FillWithMessages(StreamStore& stream, uint64_t readings) {
    constexpr uint32_t kSeries = 1000;
    const SystemClock clock;
    const auto router =
        Sure(pipeline::Router::Start(stream, clock, {.name = "route/bench"}, [](uint64_t) {}));
    const app::BenchMessages messages(kSeries, app::BenchStart(readings, kSeries), app::kBenchStep);
    std::string topic;
    std::string payload;
    for (uint64_t n = 0; n < readings; ++n) {
        messages.Make(n, messages.TimeOf(n), topic, payload);
        pipeline::IncomingMessage message;
        message.topic = topic;
        message.payload = payload;
        message.qos = 1;
        (void)router->Offer({&message, 1});
        while (n % 10'000 == 0 && router->Statistics().waiting > 100'000) {
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
    }
    if (!router->Flush(std::chrono::minutes{5})) throw std::runtime_error("stream store too slow");
}

GenerationId ProcessAll(
    StreamStore& stream, ProcessedStore& store, const Work& work, int processors, Outcome& outcome
) {
    const GenerationId id =
        Sure(store.CreateGeneration(ConfigVersion{}, "bench", SystemClock().Now()));
    std::vector<std::unique_ptr<pipeline::Processor>> ready;
    for (const Lease& lease : Leases(store, processors)) {
        ready.push_back(Sure(pipeline::Processor::Open(
            stream, store, id, Sure(pipeline::LoadConfig(stream, ConfigVersion{})), lease
        )));
    }
    std::atomic<uint64_t> commits = 0;
    const double cpu = OwnCpuSeconds();
    const double server_cpu = ServerCpuSeconds();
    const auto begun = steady_clock::now();
    std::vector<std::jthread> threads;
    for (const auto& processor : ready) {
        threads.emplace_back([&, mine = processor.get()] {
            for (bool caught_up = false; !caught_up;) {
                const pipeline::StepReport step = Sure(mine->Step(work.limits));
                caught_up = step.caught_up;
                commits += step.token != ChangeToken{} ? 1 : 0;
            }
        });
    }
    threads.clear();
    outcome.seconds = SecondsSince(begun);
    outcome.commits = commits;
    outcome.cpu = OwnCpuSeconds() - cpu;
    outcome.server_cpu = ServerCpuSeconds() - server_cpu;
    return id;
}

}  // namespace tilth::bench
