// `tilth bench`: measures this machine's lab against the project's targets (docs/performance.md).
#include "app/bench.h"

#include "app/bench_publisher.h"
#include "app/commands.h"
#include "telemetry/log.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <span>

namespace tilth::app {
namespace {

using Part = Result<BenchRows> (*)(const BenchOptions&);

struct PartInfo {
    const char* name;
    const char* help;
    Part run;
};

constexpr PartInfo kParts[] = {
    {"live", "Messages a second through the lab against the broker alone, and CPU", BenchLive},
    {"broker", "The broker's journal: its cost, and what it does better", BenchBrokerSync},
    {"latency", "From publish to live event, at half load", BenchLatency},
    {"import", "Files of loggers into raw, checked and processed", BenchImport},
    {"process", "Replay of a stream into an empty store", BenchProcess},
    {"late", "Late readings, and a start with news of every series", BenchLate},
    {"query", "Daily means and a plot of a large store", BenchQuery},
    {"memory", "Memory with many live series, and a second start", BenchMemory},
};

/// Seconds in all: to see that everything still runs. The figures mean little.
void MakeQuick(BenchOptions& options) {
    options.messages = 5'000;
    options.series = 200;
    options.rounds = 1;
    options.latency_seconds = 1;
    options.import_rows = 4'000;
    options.replay_messages = 20'000;
    options.observations = 200'000;
    options.plot_points = 200'000;
    options.memory_series = 200;
    options.synced_messages = 1'000;
    options.journal_messages = 10'000;
    options.queue = 500;
}

void AddBenchOptions(CLI::App& command, BenchOptions& options) {
    command.add_flag("--quick", options.quick, "small sizes: only to see that it runs");
    command.add_option("--messages", options.messages, "of a round")->capture_default_str();
    command.add_option("--series", options.series, "that send them")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command.add_option("--rounds", options.rounds, "medians are of so many")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command.add_option("--latency-seconds", options.latency_seconds)->capture_default_str();
    command.add_option("--import-rows", options.import_rows, "of 20 readings each")
        ->capture_default_str();
    command.add_option("--replay-messages", options.replay_messages)->capture_default_str();
    command.add_option("--observations", options.observations, "in the store for daily means")
        ->capture_default_str();
    command.add_option("--plot-points", options.plot_points, "in the series that is plotted")
        ->capture_default_str();
    command.add_option("--synced-messages", options.synced_messages, "of a round with a sync each")
        ->capture_default_str();
    command.add_option("--journal-messages", options.journal_messages, "found by a broker's start")
        ->capture_default_str();
    command.add_option("--queue", options.queue, "messages that wait in the broker")
        ->capture_default_str();
    command.add_option("--memory-series", options.memory_series)
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
}

Status RunParts(std::span<const PartInfo> parts, BenchOptions options) {
    if (options.quick) MakeQuick(options);
    std::signal(SIGPIPE, SIG_IGN);
    telemetry::SetLogLevel(telemetry::Level::kWarning);
    BenchRows all;
    for (const PartInfo& part : parts) {
        TILTH_TRY(BenchRows rows, part.run(options));
        all.insert(all.end(), rows.begin(), rows.end());
    }
    PrintReport(all);
    return {};
}

/// The publisher's side of live, latency and memory; for the other parts to start, not for people.
void AddPublish(CLI::App& bench, Session& session) {
    auto plan = std::make_shared<PublishPlan>();
    auto start = std::make_shared<int64_t>(0);
    auto step = std::make_shared<int64_t>(0);
    CLI::App* command = bench.add_subcommand("publish", "")->group("");
    command->add_option("--port", plan->port)->required();
    command->add_option("--first", plan->first);
    command->add_option("--count", plan->count);
    command->add_option("--series", plan->series);
    command->add_option("--rate", plan->rate);
    command->add_option("--start", *start);
    command->add_option("--step", *step);
    command->callback([plan, start, step, &session] {
        plan->start = FromMicros(*start);
        plan->step = Duration{*step};
        session.Finish([&] { return RunBenchPublisher(*plan); });
    });
}

}  // namespace

void AddBench(CLI::App& app, Session& session) {
    CLI::App* bench = app.add_subcommand("bench", "Measure what this machine's lab can do");
    bench->require_subcommand(1);
    bench->footer("tilth bench live\ntilth bench query --observations 100000000");
    auto options = std::make_shared<BenchOptions>();
    const auto add = [&](const char* name, const char* help, std::span<const PartInfo> parts) {
        CLI::App* command = bench->add_subcommand(name, help);
        AddBenchOptions(*command, *options);
        command->callback([options, parts, &session] {
            session.Finish([&] { return RunParts(parts, *options); });
        });
    };
    for (const PartInfo& part : kParts) add(part.name, part.help, {&part, 1});
    add("all", "All of them", kParts);
    AddPublish(*bench, session);
}

}  // namespace tilth::app
