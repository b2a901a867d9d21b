// `tilth emulate`: a field of sensors for any broker.
#include "app/commands.h"
#include "app/field_publisher.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string_view>
#include <thread>

namespace tilth::app {
namespace {

struct EmulateArguments {
    uint64_t nodes = 12;
    std::string interval = "10s";
    std::string start;
    double rate = 0;
    uint64_t count = 0;
    int qos = 1;
    std::string version = "5";
    std::string format = "json";
    std::string name = "demo";
    std::string prefix = "tilth";
    std::string ledger;
};

volatile std::sig_atomic_t stop_asked = 0;

/// Those that it shares with the other roles, and so with their file and variables.
constexpr std::string_view kEmulateSettings[] = {
    "broker",
    "broker-password-file",
    "mqtt-ca",
    "mqtt-port",
    "seed",
    "speed",
    "log-level",
    "log-format",
};

Result<FieldPublisherOptions> OptionsOf(
    const EmulateArguments& arguments, const Settings& settings
) {
    FieldPublisherOptions options;
    TILTH_TRY(options.broker, BrokerOf(settings));
    TILTH_TRY(options.format, ParsePayloadFormat(arguments.format));
    TILTH_TRY(options.field.interval, ParseDuration(arguments.interval));
    options.field.nodes = arguments.nodes;
    options.field.seed = settings.seed;
    options.field.send_spread = options.field.interval;
    options.field_name = arguments.name;
    options.topic_prefix = arguments.prefix;
    options.speed = settings.speed;
    options.rate = arguments.rate;
    options.count = arguments.count;
    options.qos = static_cast<mqtt::Qos>(arguments.qos);
    options.version = arguments.version == "5" ? mqtt::Version::k5 : mqtt::Version::k311;
    options.client_id = fmt::format("tilth-emulate-{}", getpid());
    options.now = SystemClock().Now();
    options.start = options.now;
    if (!arguments.start.empty()) {
        TILTH_TRY(options.start, ParseRfc3339(arguments.start));
    }
    return options;
}

Status RunEmulate(Session& session, const EmulateArguments& arguments) {
    TILTH_CHECK(session.Resolve());
    TILTH_TRY(FieldPublisherOptions options, OptionsOf(arguments, session.settings));
    const SystemClock clock;
    std::unique_ptr<Ledger> ledger;
    if (!arguments.ledger.empty()) {
        if (arguments.qos == 0)
            return Fail(
                Fault::kBadInput, "--ledger: nothing is acknowledged with --qos 0; use 1 or 2"
            );
        TILTH_TRY(ledger, Ledger::Open(arguments.ledger, clock));
        options.ledger = ledger.get();
    }
    std::signal(SIGPIPE, SIG_IGN);
    struct sigaction stop {};
    stop.sa_handler = [](int) {
        if (stop_asked != 0) _exit(130);
        stop_asked = 1;
    };
    sigaction(SIGINT, &stop, nullptr);
    sigaction(SIGTERM, &stop, nullptr);
    const auto begun = std::chrono::steady_clock::now();
    TILTH_TRY(const auto publisher, FieldPublisher::Start(std::move(options)));
    uint64_t before = 0;
    FieldPublisherStatus status;
    for (int tick = 1; stop_asked == 0 && !status.finished; ++tick) {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        status = publisher->Describe();
        if (tick % 10 != 0) continue;
        fmt::print(
            stderr,
            "{} messages acknowledged, {} a second{}{}\n",
            status.acknowledged,
            status.acknowledged - before,
            status.trouble.empty() ? "" : "; waiting for the broker: ",
            status.trouble
        );
        before = status.acknowledged;
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    fmt::print(
        "{} messages acknowledged in {:.1f} s: {:.0f} a second{}\n",
        status.acknowledged,
        seconds,
        static_cast<double>(status.acknowledged) / seconds,
        status.refused > 0 ? fmt::format("; {} refused by the broker", status.refused) : ""
    );
    if (status.refused > 0)
        return Fail(Fault::kRefused, "the broker refused {} messages", status.refused);
    return {};
}

}  // namespace

void AddEmulate(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<EmulateArguments>();
    CLI::App* command =
        app.add_subcommand("emulate", "Publish an emulated field of soil sensors to a broker");
    command->add_option("--nodes", arguments->nodes, "soil nodes; a weather station comes on top")
        ->capture_default_str()
        ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}));
    command->add_option("--interval", arguments->interval, "between a node's measurements")
        ->capture_default_str();
    command->add_option(
        "--start",
        arguments->start,
        "field time to start at (RFC 3339); default: now. From the past --speed leads to the "
        "present"
    );
    command
        ->add_option(
            "--rate", arguments->rate, "messages a second, instead of the field's time; 0: by time"
        )
        ->check(CLI::NonNegativeNumber);
    command->add_option("--count", arguments->count, "stop after so many messages; 0: go on");
    command->add_option("--qos", arguments->qos, "0 is not acknowledged by a broker")
        ->capture_default_str()
        ->check(CLI::Range(0, 2));
    command->add_option("--mqtt-version", arguments->version, "of the protocol")
        ->capture_default_str()
        ->check(CLI::IsMember({"3.1.1", "5"}));
    command
        ->add_option(
            "--format",
            arguments->format,
            "of the messages: all values of a node, the same as SenML, or a message a value"
        )
        ->capture_default_str()
        ->check(CLI::IsMember({"json", "senml", "name-value"}));
    command->add_option("--name", arguments->name, "name of the field, in the topics")
        ->capture_default_str();
    command->add_option("--prefix", arguments->prefix, "first level of the topics")
        ->capture_default_str();
    command->add_option(
        "--ledger",
        arguments->ledger,
        "file to append a line of JSON to for each acknowledged message"
    );
    session.AddSettings(*command, kEmulateSettings);
    command->footer(
        "tilth emulate --nodes 1000 --rate 20000 --qos 1   # how much does a broker take?"
    );
    command->callback([arguments, &session] {
        session.Finish([&] { return RunEmulate(session, *arguments); });
    });
}

}  // namespace tilth::app
