// `tilth route`, `tilth process`, `tilth serve`: one role alone, on stores that other processes use
// too.
#include "app/commands.h"
#include "app/lab.h"
#include "app/probe_server.h"
#include "app/role_health.h"
#include "app/stop.h"
#include "app/stores.h"
#include "app/web_server.h"
#include "telemetry/log.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <csignal>
#include <span>
#include <string_view>
#include <utility>

namespace tilth::app {
namespace {

using pipeline::ProcessingMode;

/// A session that was taken over, or refused, does not come back by itself: two routers have one
/// ordinal, or the broker does not want this one.
Status CheckSource(const Lab& lab) {
    if (!lab.source) return {};
    const MqttSourceStatus source = lab.source->Describe();
    if (source.state != "stopped") return {};
    return Fail(
        Fault::kConflict,
        "the broker ended the session of router {}: {}; is another router running with this "
        "--ordinal?",
        lab.settings.ordinal,
        source.detail
    );
}

Status CheckSettings(const Settings& settings, std::string_view role) {
    if (!IsServer(settings.stream)) {
        return Fail(
            Fault::kBadInput,
            "tilth {} works beside other processes, so --stream must name a server: "
            "mongodb://user@host:27017/sensor (tilth up runs all roles on files)",
            role
        );
    }
    if (role != "route" && !IsServer(settings.processed)) {
        return Fail(
            Fault::kBadInput,
            "tilth {} works beside other processes, so --processed must name a server: "
            "postgresql://user@host:5432/tilth (tilth up runs all roles on files)",
            role
        );
    }
    return {};
}

/// Answers the probes from the start, also while it waits for what it needs.
Status RunRole(Session& session, std::string_view role) {
    TILTH_CHECK(session.Resolve());
    TILTH_CHECK(CheckSettings(session.settings, role));
    BlockStopSignals();
    std::signal(SIGPIPE, SIG_IGN);
    Settings settings = session.settings;
    settings.no_emulate = true;
    const Say say = SayAs(settings);
    Lab lab(settings);
    lab.mode = role == "serve" ? ProcessingMode::kWatching : ProcessingMode::kShared;
    std::atomic<bool> is_up = false;
    lab.health.Declare(role);
    TILTH_TRY(
        std::unique_ptr<ProbeServer> probes,
        ProbeServer::Start(
            settings.http,
            {lab.health,
             [&] {
                 if (is_up) RefreshMetrics(lab);
                 return lab.metrics.Expose();
             }}
        )
    );
    say(fmt::format("tilth {} {}: probes on {}", role, TILTH_VERSION, probes->address()));
    TILTH_CHECK(StartRole(lab, role == "serve" ? "process" : role, say));
    if (role == "serve") {
        probes.reset();  // the API answers at this address from here on
        TILTH_CHECK(StartRole(lab, role, say));
    }
    is_up = true;
    lab.health.SetReady(role);
    Status status;
    RoleHealth health(lab);
    while (status && !WaitForStop()) {
        health.Refresh();
        status = CheckSource(lab);
    }
    probes.reset();
    return status;
}

/// So long nothing may come before a session counts as empty, in looks of a second each.
constexpr int kQuietLooks = 3;
/// A connection that breaks so often is being taken over by the router that still runs.
constexpr uint64_t kLossesOfARival = 3;

Status CheckAlone(const MqttSourceStatus& source, uint32_t ordinal) {
    if (source.losses < kLossesOfARival) return {};
    return Fail(
        Fault::kConflict,
        "the broker ends this connection again and again ({}): router {} seems to run still. Stop "
        "it, "
        "then drain it; nothing was lost",
        source.detail,
        ordinal
    );
}

/// Takes over the session of a router that is no longer needed, stores what the broker had queued
/// for it, and ends the session.
Status RunDrain(Session& session) {
    TILTH_CHECK(session.Resolve());
    TILTH_CHECK(CheckSettings(session.settings, "route"));
    BlockStopSignals();
    std::signal(SIGPIPE, SIG_IGN);
    const Say say = SayAs(session.settings);
    Lab lab(session.settings);
    TILTH_CHECK(StartRole(lab, "route", say));
    bool is_asked = false;
    uint64_t before = 0;
    for (int quiet = 0; quiet < kQuietLooks;) {
        if (WaitForStop()) {
            return Fail(
                Fault::kUnavailable,
                "stopped before router {} was drained; its session waits at the broker",
                lab.settings.ordinal
            );
        }
        TILTH_CHECK(CheckSource(lab));
        const MqttSourceStatus source = lab.source->Describe();
        TILTH_CHECK(CheckAlone(source, lab.settings.ordinal));
        if (source.state == "connected" && !std::exchange(is_asked, true)) lab.source->Drain();
        const bool is_quiet = source.state == "draining" && source.messages == before &&
                              lab.source->RouterStatistics().waiting == 0;
        quiet = is_quiet ? quiet + 1 : 0;
        before = source.messages;
    }
    say(fmt::format(
        "router {} is drained: {} messages were waiting for it; its session ends",
        lab.settings.ordinal,
        before
    ));
    return {};
}

constexpr std::string_view kRouteSettings[] = {
    "stream",
    "stream-password-file",
    "stream-ca",
    "archive",
    "broker",
    "broker-password-file",
    "mqtt-ca",
    "ordinal",
    "http",
    "log-level",
    "log-format",
};
constexpr std::string_view kProcessSettings[] = {
    "stream",
    "stream-password-file",
    "stream-ca",
    "archive",
    "archive-after",
    "processed",
    "processed-password-file",
    "lease",
    "site",
    "http",
    "log-level",
    "log-format",
};
constexpr std::string_view kServeSettings[] = {
    "data",
    "stream",
    "stream-password-file",
    "stream-ca",
    "archive",
    "processed",
    "lease",
    "http",
    "processed-password-file",
    "http-name",
    "map-tile-url",
    "tokens",
    "log-level",
    "log-format",
    "map-attribution",
};

struct RoleText {
    const char* name;
    const char* what;
    const char* footer;
    std::span<const std::string_view> settings;
};

CLI::App* AddRole(CLI::App& app, Session& session, const RoleText& text) {
    CLI::App* command = app.add_subcommand(text.name, text.what);
    command->footer(text.footer);
    session.AddSettings(*command, text.settings);
    command->callback([&session, name = std::string(text.name)] {
        session.Finish([&] { return RunRole(session, name); });
    });
    return command;
}

}  // namespace

void AddRoute(CLI::App& app, Session& session) {
    CLI::App* route = AddRole(
        app,
        session,
        {"route",
         "Store what a broker delivers; nothing else",
         "tilth route --broker mqtt://broker:1883 --stream mongodb://tilth@mongo/sensor --ordinal "
         "0\n"
         "Any number of routers share the work; each has an --ordinal of its own, and keeps it.",
         kRouteSettings}
    );
    CLI::App* drain = route->add_subcommand(
        "drain", "Before one router less: store what waits for it, and end its session"
    );
    drain->footer("The router with this --ordinal must have been stopped.");
    session.AddSettings(*drain, kRouteSettings);
    drain->callback([&session] { session.Finish([&] { return RunDrain(session); }); });
    route->callback([&session, drain] {
        if (!drain->parsed()) session.Finish([&] { return RunRole(session, "route"); });
    });
}

void AddProcess(CLI::App& app, Session& session) {
    AddRole(
        app,
        session,
        {"process",
         "Compute results from the stream; nothing else",
         "tilth process --stream mongodb://tilth@mongo/sensor --processed "
         "postgresql://tilth@postgres/tilth\n"
         "Any number of processors share the partitions.",
         kProcessSettings}
    );
}

void AddServe(CLI::App& app, Session& session) {
    AddRole(
        app,
        session,
        {"serve",
         "Serve the dashboard and the API; nothing else",
         "tilth serve --http 0.0.0.0:8080 --stream mongodb://tilth@mongo/sensor --processed "
         "postgresql://tilth@postgres/tilth\n"
         "Any number of servers give the same answers.",
         kServeSettings}
    );
}

}  // namespace tilth::app
