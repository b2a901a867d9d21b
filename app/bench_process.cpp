// Processing alone: a stream that is there already, into an empty store, on one thread.
#include "app/bench.h"
#include "app/bench_files.h"
#include "app/bench_messages.h"
#include "app/bench_place.h"
#include "backend/duckdb/processed_store.h"
#include "backend/sqlite/stream_store.h"
#include "pipeline/config_history.h"
#include "pipeline/route.h"

#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

using std::chrono::steady_clock;

constexpr double kLeastReadings = 1'000'000;
/// As the building of a new generation.
constexpr pipeline::StepLimits kSteps{100'000, 400'000};

/// Messages into the stream store as the router stores them.
Status StoreMessages(StreamStore& stream, const BenchOptions& options) {
    const SystemClock clock;
    TILTH_TRY(
        const auto router,
        pipeline::Router::Start(stream, clock, {.name = "route/bench"}, [](uint64_t) {})
    );
    const BenchMessages messages(
        options.series, BenchStart(options.replay_messages, options.series), kBenchStep
    );
    std::string topic;
    std::string payload;
    for (uint64_t n = 0; n < options.replay_messages; ++n) {
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
    if (!router->Flush(std::chrono::minutes{5}))
        return Fail(Fault::kUnavailable, "the stream store is too slow");
    return {};
}

Status StoreFiles(StreamStore& stream, const BenchOptions& options) {
    const SystemClock clock;
    for (const BenchFile& file : MakeLoggerFiles(options.import_rows)) {
        TILTH_CHECK(pipeline::ImportFile(stream, clock, file.name, file.bytes, file.options, {}));
    }
    return {};
}

struct Replay {
    uint64_t readings = 0;
    double seconds = 0;
    double cpu_seconds = 0;
};

Result<Replay> ReplayInto(const std::filesystem::path& file, StreamStore& stream) {
    TILTH_TRY(const auto processed, duckdb::OpenProcessedStore(file.string()));
    TILTH_TRY(const Lease lease, processed->AcquireLease("bench", std::chrono::hours{1}));
    TILTH_TRY(
        const GenerationId id,
        processed->CreateGeneration(ConfigVersion{}, "bench", SystemClock().Now())
    );
    TILTH_TRY(pipeline::ProcessingConfig config, pipeline::LoadConfig(stream, ConfigVersion{}));
    TILTH_TRY(
        const auto processor,
        pipeline::Processor::Open(stream, *processed, id, std::move(config), lease)
    );
    Replay replay;
    const double cpu = OwnCpuSeconds();
    const auto begun = steady_clock::now();
    for (bool caught_up = false; !caught_up;) {
        TILTH_TRY(const pipeline::StepReport step, processor->Step(kSteps));
        replay.readings += step.readings;
        caught_up = step.caught_up;
    }
    replay.seconds = SecondsSince(begun);
    replay.cpu_seconds = OwnCpuSeconds() - cpu;
    return replay;
}

using Fill = Status (*)(StreamStore&, const BenchOptions&);

Status Measure(const std::string& what, Fill fill, const BenchOptions& options, BenchRows& rows) {
    TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
    TILTH_TRY(const auto stream, sqlite::OpenStreamStore((folder / "stream.sqlite").string()));
    TILTH_CHECK(fill(*stream, options));
    std::vector<double> rates;
    std::vector<double> micros;
    for (uint64_t i = 0; i < options.rounds; ++i) {
        TILTH_TRY(
            const Replay replay, ReplayInto(folder / fmt::format("processed-{}.duckdb", i), *stream)
        );
        const auto readings = static_cast<double>(replay.readings);
        rates.push_back(readings / replay.seconds);
        micros.push_back(1e6 * replay.cpu_seconds / readings);
        Progress(fmt::format(
            "process {}/{}: {}, {:.0f} readings/s", i + 1, options.rounds, what, rates.back()
        ));
    }
    const double rate = Median(rates);
    rows.push_back(
        {what, fmt::format("{:.0f} readings/s", rate), ">= 1000000", rate >= kLeastReadings}
    );
    rows.push_back({"  CPU a reading", fmt::format("{:.2f} us", Median(micros))});
    return {};
}

}  // namespace

Result<BenchRows> BenchProcess(const BenchOptions& options) {
    BenchRows rows;
    TILTH_CHECK(Measure("replay of imported files", StoreFiles, options, rows));
    TILTH_CHECK(Measure("replay of single-value messages", StoreMessages, options, rows));
    return rows;
}

}  // namespace tilth::app
