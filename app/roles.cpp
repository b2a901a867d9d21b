// The one table of roles and what each needs. `tilth up` is all of them in one process.
#include "app/demo_history.h"
#include "app/lab.h"
#include "app/scratch_store.h"
#include "app/stores.h"
#include "app/web_server.h"
#include "pipeline/config_history.h"
#include "pipeline/horizon.h"
#include "pipeline/pair_check.h"
#include "telemetry/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <sstream>

namespace tilth::app {
namespace {

/// The folder of a store that is a file, held against other processes.
Status HoldFolder(Lab& lab, std::string_view url) {
    if (lab.folder) return {};
    const std::filesystem::path named(url.substr(url.find(':') + 1));
    TILTH_TRY(
        LabFolder folder, LabFolder::Lock(url.empty() ? lab.settings.data : named.parent_path())
    );
    lab.folder.emplace(std::move(folder));
    return {};
}

std::filesystem::path FileIn(const Lab& lab, std::filesystem::path (LabFolder::*file)() const) {
    return lab.folder ? ((*lab.folder).*file)() : std::filesystem::path();
}

/// What asks a store that is a server waits for it, also when it goes away again during a start.
Status WaitForServer(
    Lab& lab, std::string_view url, std::string_view check, const std::function<Status()>& start
) {
    return IsServer(url) ? WaitFor(lab.health, check, start) : start();
}

Status StartStream(Lab& lab, Say say) {
    if (!IsServer(lab.settings.stream)) TILTH_CHECK(HoldFolder(lab, lab.settings.stream));
    if (IsServer(lab.settings.stream)) lab.stream_pool.emplace(lab.metrics, "mongodb");
    const auto open = [&lab]() -> Status {
        TILTH_TRY(
            lab.stream,
            OpenStream(
                lab.settings,
                FileIn(lab, &LabFolder::StreamFile),
                lab.clock,
                {},
                lab.stream_pool ? &*lab.stream_pool : nullptr
            )
        );
        return {};
    };
    TILTH_CHECK(WaitForServer(lab, lab.settings.stream, "stream_store", open));
    lab.health.SetReady("stream_store");
    if (say != nullptr && lab.folder)
        say(fmt::format("lab        {}", lab.folder->folder().string()));
    return {};
}

Status StartStores(Lab& lab, Say) {
    if (!IsServer(lab.settings.processed)) TILTH_CHECK(HoldFolder(lab, lab.settings.processed));
    if (IsServer(lab.settings.processed)) lab.processed_pool.emplace(lab.metrics, "postgresql");
    const auto open = [&lab]() -> Status {
        TILTH_TRY(
            lab.processed,
            OpenProcessed(
                lab.settings,
                FileIn(lab, &LabFolder::ProcessedFile),
                lab.clock,
                lab.processed_pool ? &*lab.processed_pool : nullptr
            )
        );
        return lab.processed->BindLab(lab.stream->LabId());
    };
    TILTH_CHECK(WaitForServer(lab, lab.settings.processed, "processed_store", open));
    lab.health.SetReady("processed_store");
    return {};
}

Status StartBroker(Lab& lab, Say say) {
    if (lab.settings.broker.empty()) {
        if (!lab.folder) {
            return Fail(
                Fault::kBadInput,
                "with stores on servers the broker must be named: --broker mqtt://host:1883"
            );
        }
        broker::MosquittoOptions options;
        options.folder = lab.folder->BrokerFolder();
        options.mqtt_port = lab.settings.mqtt_port;
        options.websocket_port = lab.settings.ws_port;
        options.sync = lab.settings.broker_sync;
        TILTH_TRY(lab.mosquitto, broker::Mosquitto::Start(options));
        lab.running.With([&lab](Running& running) { running.mosquitto = lab.mosquitto.get(); });
    }
    TILTH_TRY(const BrokerAddress address, BrokerOf(lab.settings));
    if (say != nullptr) {
        say(lab.mosquitto != nullptr ? fmt::format(
                                           "broker     Mosquitto on {}, WebSockets on 127.0.0.1:{}",
                                           address.Text(),
                                           lab.settings.ws_port
                                       )
                                     : fmt::format("broker     {}", address.Text()));
    }
    return {};
}

/// The site of a new lab: the named file, else the demonstration field's, else none.
Status ApplySite(Lab& lab) {
    TILTH_TRY(
        const std::vector<pipeline::ConfigEntry> history, pipeline::ConfigHistory(*lab.stream)
    );
    std::string text;
    if (!lab.settings.site.empty()) {
        std::ifstream in(lab.settings.site, std::ios::binary);
        if (!in)
            return Fail(Fault::kBadInput, "the site file {} cannot be read", lab.settings.site);
        text = (std::ostringstream{} << in.rdbuf()).str();
    } else if (history.empty() && !lab.settings.no_emulate) {
        TILTH_TRY(
            const field::Field field,
            field::Field::Make(DemoField(lab.settings.emulate, lab.settings.seed))
        );
        text = DemoSite(field);
    }
    if (text.empty() || (!history.empty() && history.front().change.text == text)) return {};
    auto config = pipeline::ParseConfig(ConfigVersion{1}, text);
    if (!config) {
        return Fail(
            Fault::kBadInput,
            "{}: {}",
            lab.settings.site.empty() ? "the demonstration site" : lab.settings.site,
            config.error().message
        );
    }
    if (!history.empty()) TILTH_CHECK(pipeline::CheckNothingIsFrozen(*lab.stream, *lab.processed));
    const int32_t last = history.empty() ? 0 : Raw(history.front().change.version);
    const pipeline::ConfigChange change{
        ConfigVersion{last + 1}, "local", "given at the start", text};
    TILTH_CHECK(pipeline::AppendChange(
        *lab.stream, lab.clock, RecordKind::kConfig, "config", pipeline::Encode(change)
    ));
    return {};
}

/// Of a lease: no other process has it, nor an earlier run.
std::string OwnerName() {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    return fmt::format("{}/{}/{}", host.data(), getpid(), ToMicros(SystemClock().Now()));
}

void TellLiveClients(Lab& lab, ChangeToken token, std::span<const SeriesChange> changes) {
    lab.running.With([&](Running& running) {
        if (running.web != nullptr) running.web->Committed(token, changes);
    });
}

Status StartProcess(Lab& lab, Say say) {
    const auto prepare = [&lab]() -> Status {
        if (lab.mode != pipeline::ProcessingMode::kWatching)
            TILTH_CHECK(pipeline::CheckPair(*lab.stream, *lab.processed));
        return ApplySite(lab);
    };
    TILTH_CHECK(WaitForServer(lab, lab.settings.stream, "stream_store", prepare));
    pipeline::ProcessingOptions options;
    // The folder's lock already keeps others out, so a lease left by a killed run is this one's to
    // take.
    options.owner = "embedded";
    options.mode = lab.mode;
    if (AreShared(lab.settings)) {
        options.owner = OwnerName();
        TILTH_TRY(options.lease, ParseDuration(lab.settings.lease));
        if (lab.mode == pipeline::ProcessingMode::kAlone)
            options.mode = pipeline::ProcessingMode::kShared;
    }
    options.metrics = &lab.process_metrics;
    TILTH_TRY(
        lab.processing,
        pipeline::Processing::Start(
            *lab.stream,
            *lab.processed,
            lab.clock,
            options,
            [&lab](ChangeToken token, std::span<const SeriesChange> changes) {
                TellLiveClients(lab, token, changes);
            }
        )
    );
    if (!lab.settings.archive_after.empty() && lab.mode != pipeline::ProcessingMode::kWatching) {
        TILTH_TRY(
            const Duration age, ParseArchiveAge("--archive-after", lab.settings.archive_after)
        );
        lab.retention =
            std::make_unique<pipeline::Retention>(*lab.stream, *lab.processed, lab.clock, age);
    }
    lab.health.SetReady("process");
    if (lab.folder && lab.folder->was_killed() && say != nullptr) {
        say("recovery   the last run was killed; what it stored and had not processed is processed "
            "now");
    }
    return {};
}

Status StartServe(Lab& lab, Say say) {
    lab.tasks = std::make_unique<pipeline::Tasks>();
    lab.commands = pipeline::MakeLabCommands(
        {*lab.stream,
         *lab.processed,
         *lab.processing,
         *lab.tasks,
         lab.clock,
         lab.metrics,
         lab.health,
         TILTH_VERSION,
         [&lab] {
             return OpenScratchStore(
                 lab.settings.data / "preview.duckdb", lab.stream->LabId(), lab.clock
             );
         },
         [&lab](pipeline::LabStatus& status) { DescribeRoles(lab, status); },
         [&lab] { RefreshMetrics(lab); }}
    );
    TILTH_TRY(lab.web, WebServer::Start(lab));
    lab.running.With([&lab](Running& running) { running.web = lab.web.get(); });
    // Where others commit. This process's own commits are told with their rows.
    if (lab.mode == pipeline::ProcessingMode::kWatching)
        lab.listening = lab.processed->Listen([&lab] { TellLiveClients(lab, {}, {}); });
    if (lab.folder) TILTH_CHECK(lab.folder->Announce(lab.web->address()));
    if (say != nullptr) say(fmt::format("dashboard  {}", DashboardUrl(lab)));
    return {};
}

Status StartRoute(Lab& lab, Say) {
    MqttSourceOptions options;
    TILTH_TRY(options.broker, BrokerOf(lab.settings));
    const std::string lab_name = lab.stream->LabId().substr(0, 12);
    options.client_id = "tilth-route-" + lab_name;
    if (AreShared(lab.settings) || IsServer(lab.settings.stream))
        options.client_id += fmt::format("-{}", lab.settings.ordinal);
    options.group = "tilth-" + lab_name;
    options.filters = {"#"};
    options.metrics = &lab.route_metrics;
    const auto start = [&]() -> Status {
        TILTH_TRY(
            lab.source,
            MqttSource::Start(
                options,
                *lab.stream,
                lab.clock,
                lab.health,
                [&lab] {
                    if (lab.processing) lab.processing->Notify();
                }
            )
        );
        return {};
    };
    TILTH_CHECK(WaitForServer(lab, lab.settings.stream, "stream_store", start));
    lab.running.With([&lab](Running& running) { running.source = lab.source.get(); });
    TILTH_TRY(lab.broker_status, BrokerStatus::Start(options.broker, lab.metrics));
    return {};
}

/// The field's past comes before its present: readings in time order are the cheap case, and no
/// reading is late.
Status StartField(Lab& lab, Say say) {
    TILTH_CHECK(ImportDemoHistory(lab, say));
    FieldPublisherOptions options;
    TILTH_TRY(options.broker, BrokerOf(lab.settings));
    options.field = DemoField(lab.settings.emulate, lab.settings.seed);
    options.now = lab.clock.Now();
    options.start = options.now - HeadStart(lab.settings.speed);
    options.speed = lab.settings.speed;
    options.client_id = "tilth-field-" + lab.stream->LabId().substr(0, 12);
    TILTH_TRY(lab.field, FieldPublisher::Start(options));
    lab.running.With([&lab](Running& running) { running.field = lab.field.get(); });
    if (say != nullptr) {
        say(fmt::format(
            "field      {} emulated nodes and a weather station publish through the broker",
            lab.settings.emulate
        ));
    }
    return {};
}

struct Role {
    std::string_view name;
    std::vector<std::string_view> needs;
    Status (*start)(Lab&, Say);
    bool (*is_running)(const Lab&);
};

const std::array<Role, 7>& Roles() {
    static const std::array<Role, 7> kRoles{{
        {"stream", {}, StartStream, [](const Lab& lab) { return lab.stream != nullptr; }},
        {"stores",
         {"stream"},
         StartStores,
         [](const Lab& lab) { return lab.processed != nullptr; }},
        {"broker",
         {"stream"},
         StartBroker,
         [](const Lab& lab) { return lab.mosquitto != nullptr; }},
        {"process",
         {"stores"},
         StartProcess,
         [](const Lab& lab) { return lab.processing != nullptr; }},
        {"serve", {"process"}, StartServe, [](const Lab& lab) { return lab.web != nullptr; }},
        {"route", {"broker"}, StartRoute, [](const Lab& lab) { return lab.source != nullptr; }},
        {"field",
         {"route", "serve"},
         StartField,
         [](const Lab& lab) { return lab.field != nullptr; }},
    }};
    return kRoles;
}

}  // namespace

Status StartRole(Lab& lab, std::string_view name, Say say) {
    const auto role = std::ranges::find(Roles(), name, &Role::name);
    if (role->is_running(lab)) return {};
    for (const std::string_view need : role->needs) TILTH_CHECK(StartRole(lab, need, say));
    return role->start(lab, say);
}

Lab::Lab(Settings s) : settings(std::move(s)) {}

/// Nobody may ask any more while parts go away; then what is being received stops, then what works
/// on it, the broker last.
Lab::~Lab() {
    listening.reset();
    running.With([](Running& parts) { parts = Running{}; });
    web.reset();
    tasks.reset();
    field.reset();
    source.reset();
    broker_status.reset();
    mosquitto.reset();
}

}  // namespace tilth::app
