// `tilth route`, `tilth process`, `tilth serve`: one role alone, on stores that other processes use
// too.
#include "app/commands.h"
#include "app/lab.h"
#include "app/probe_server.h"
#include "app/stop.h"
#include "app/stores.h"
#include "app/web_server.h"
#include "telemetry/log.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <csignal>

namespace tilth::app {
namespace {

using pipeline::ProcessingMode;

void Print(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

/// "Ready" means: can do its work now.
void RefreshHealth(Lab& lab) {
    if (lab.source) {
        const pipeline::RouterStatistics router = lab.source->RouterStatistics();
        if (router.store_away)
            lab.health.SetNotReady("stream_store", router.trouble);
        else
            lab.health.SetReady("stream_store");
    }
    if (lab.processing) {
        const pipeline::ProcessingStatus processing = lab.processing->Describe();
        if (processing.state == "running")
            lab.health.SetReady("process");
        else
            lab.health.SetNotReady(
                "process", processing.detail.empty() ? processing.state : processing.detail
            );
    }
}

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
    Print(fmt::format("tilth {} {}: probes on {}", role, TILTH_VERSION, probes->address()));
    TILTH_CHECK(StartRole(lab, role == "serve" ? "process" : role, Print));
    if (role == "serve") {
        probes.reset();  // the API answers at this address from here on
        TILTH_CHECK(StartRole(lab, role, Print));
    }
    is_up = true;
    lab.health.SetReady(role);
    Status status;
    while (status && !WaitForStop()) {
        RefreshHealth(lab);
        status = CheckSource(lab);
    }
    probes.reset();
    return status;
}

struct RoleText {
    const char* name;
    const char* what;
    const char* footer;
};

CLI::App* AddRole(CLI::App& app, Session& session, const RoleText& text) {
    CLI::App* command = app.add_subcommand(text.name, text.what);
    command->footer(text.footer);
    session.AddSettings(*command);
    command->callback([&session, name = std::string(text.name)] {
        session.Finish([&] { return RunRole(session, name); });
    });
    return command;
}

}  // namespace

void AddRoute(CLI::App& app, Session& session) {
    AddRole(
        app,
        session,
        {"route",
         "Store what a broker delivers; nothing else",
         "tilth route --broker mqtt://broker:1883 --stream mongodb://tilth@mongo/sensor --ordinal "
         "0\n"
         "Any number of routers share the work; each has an --ordinal of its own, and keeps it."}
    );
}

void AddProcess(CLI::App& app, Session& session) {
    AddRole(
        app,
        session,
        {"process",
         "Compute results from the stream; nothing else",
         "tilth process --stream mongodb://tilth@mongo/sensor --processed "
         "postgresql://tilth@postgres/tilth\n"
         "Any number of processors share the partitions."}
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
         "Any number of servers give the same answers."}
    );
}

}  // namespace tilth::app
