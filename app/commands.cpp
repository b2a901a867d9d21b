#include "app/commands.h"

#include "app/lab.h"
#include "app/stores.h"
#include "app/web_server.h"
#include "pipeline/lag.h"
#include "telemetry/log.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

namespace tilth::app {

const char* const kVersion = TILTH_VERSION;

namespace {

/// What says where a lab is.
constexpr std::string_view kPlace[] = {
    "data",
    "stream",
    "processed",
    "stream-password-file",
    "processed-password-file",
    "stream-ca",
    "archive",
    "log-level",
};

int ExitStatusOf(Fault fault) {
    switch (fault) {
        case Fault::kBadInput:
            return 2;
        case Fault::kNotFound:
            return 3;
        case Fault::kConflict:
            return 4;
        case Fault::kUnavailable:
        case Fault::kRefused:
        case Fault::kCorrupt:
            return 1;
    }
    return 1;
}

/// What a killed lab, or a stream that was moved here, still has to process comes first.
Status WaitUntilProcessed(Lab& lab) {
    bool is_told = false;
    for (;; std::this_thread::sleep_for(std::chrono::milliseconds{20})) {
        TILTH_TRY(const pipeline::Lag lag, pipeline::MeasureLag(*lab.stream, *lab.processed));
        if (lag.most == 0) return {};
        const pipeline::ProcessingStatus processing = lab.processing->Describe();
        if (processing.state == "waiting")
            return Fail(Fault::kUnavailable, "processing cannot go on: {}", processing.detail);
        if (std::exchange(is_told, true)) continue;
        fmt::print(stderr, "tilth: processing up to {} records that were waiting\n", lag.most);
    }
}

/// The lab on its servers, asked by this process itself; others process.
Status WithServers(const Settings& settings, const std::function<Status(const std::string&)>& run) {
    Settings own = settings;
    own.http = "127.0.0.1:0";
    own.no_emulate = true;
    Lab lab(own);
    lab.mode = pipeline::ProcessingMode::kWatching;
    TILTH_CHECK(StartRole(lab, "serve", nullptr));
    return run(lab.web->address());
}

}  // namespace

void Session::AddSettings(CLI::App& command, std::span<const std::string_view> names) {
    std::vector<Option> chosen;
    for (const Option& option : options_) {
        if (std::ranges::find(names, option.name) != names.end()) chosen.push_back(option);
    }
    AddOptions(command, chosen, line_);
}

void Session::AddPlace(CLI::App& command) {
    AddSettings(command, kPlace);
}

Status Session::Resolve() {
    TILTH_CHECK(app::Resolve(options_, line_));
    TILTH_TRY(const telemetry::Level level, telemetry::ParseLevel(settings.log_level));
    TILTH_TRY(const telemetry::LogFormat format, telemetry::ParseLogFormat(settings.log_format));
    telemetry::SetLogLevel(level);
    telemetry::SetLogFormat(format);
    return {};
}

void Session::Finish(const std::function<Status()>& run) {
    const Status status = run();
    if (status) return;
    fmt::print(stderr, "tilth: {}\n", status.error().message);
    exit_status_ = ExitStatusOf(status.error().fault);
}

Status Session::WithLab(const std::function<Status(const std::string&)>& run) {
    TILTH_CHECK(Resolve());
    if (AreShared(settings)) return WithServers(settings, run);
    if (const auto holder = LabFolder::FindHolder(settings.data)) {
        if (holder->http.empty()) {
            return Fail(
                Fault::kUnavailable,
                "the lab is just starting (process {}); try again in a moment",
                holder->pid
            );
        }
        return run(holder->http);
    }
    if (!std::filesystem::exists(settings.data / "stream.sqlite")) {
        return Fail(
            Fault::kNotFound,
            "there is no lab in {}; start one with tilth up, or name its folder with --data",
            settings.data.string()
        );
    }
    Settings own = settings;
    own.http = "127.0.0.1:0";
    own.no_emulate = true;
    Lab lab(own);
    TILTH_CHECK(StartRole(lab, "serve", nullptr));
    TILTH_CHECK(WaitUntilProcessed(lab));
    return run(lab.web->address());
}

}  // namespace tilth::app
