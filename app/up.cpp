// `tilth up`: the whole lab in one process.
#include "app/commands.h"
#include "app/lab.h"
#include "app/stop.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <csignal>

namespace tilth::app {
namespace {

/// A second Ctrl-C does not wait for the tidy end.
void EndAtOnceOnSignal(const sigset_t& signals) {
    struct sigaction at_once {};
    at_once.sa_handler = [](int) { _exit(130); };
    sigaction(SIGINT, &at_once, nullptr);
    sigaction(SIGTERM, &at_once, nullptr);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

Status Run(const Settings& settings) {
    const sigset_t signals = BlockStopSignals();
    std::signal(SIGPIPE, SIG_IGN);
    const Say say = SayAs(settings);
    say(fmt::format("Tilth {}", TILTH_VERSION));
    Lab lab(settings);
    lab.health.Declare("broker");  // the page is there first, but the lab is not ready before
    TILTH_CHECK(StartRole(lab, "serve", say));
    TILTH_CHECK(StartRole(lab, "route", say));
    if (!settings.no_emulate) TILTH_CHECK(StartRole(lab, "field", say));
    say("Ctrl-C stops.");
    while (!WaitForStop()) continue;
    say("stopping: what was received is stored and acknowledged first");
    EndAtOnceOnSignal(signals);
    return {};
}

}  // namespace

void AddUp(CLI::App& app, Session& session) {
    CLI::App* command = app.add_subcommand("up", "Start the whole lab on this machine");
    command->footer(
        "Starts an MQTT broker, the dashboard and an emulated field with two years of history.\n"
        "Publish to it: mosquitto_pub -t sensors -m '{\"name\": \"sensor1\", \"value\": 5.1}'\n"
        "Without the emulated field: tilth up --no-emulate"
    );
    session.AddSettings(*command);
    command->callback([&session] {
        session.Finish([&session]() -> Status {
            TILTH_CHECK(session.Resolve());
            return Run(session.settings);
        });
    });
}

}  // namespace tilth::app
