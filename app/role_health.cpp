#include "app/role_health.h"

#include "telemetry/log.h"

#include <utility>

namespace tilth::app {
namespace {

using telemetry::Level;
using telemetry::Log;

constexpr const char* kStream = "stream_store";

}  // namespace

void RoleHealth::Refresh() {
    if (lab_.source) RefreshRoute();
    if (lab_.processing) RefreshProcess();
}

/// A commit since the last look shows that the store takes messages; without one it is asked.
void RoleHealth::RefreshRoute() {
    const pipeline::RouterStatistics router = lab_.source->RouterStatistics();
    if (router.store_away) {
        is_away_ = true;  // the router has said it
        return lab_.health.SetNotReady(kStream, router.trouble);
    }
    if (std::exchange(commits_, router.commits) != router.commits) {
        is_away_ = false;
        return lab_.health.SetReady(kStream);
    }
    const auto writers = lab_.stream->Writers();
    SetStream(writers ? Status{} : std::unexpected(writers.error()));
}

void RoleHealth::SetStream(const Status& status) {
    if (status) {
        if (std::exchange(is_away_, false))
            Log(Level::kInfo, "no longer waiting", {{"for", kStream}});
        return lab_.health.SetReady(kStream);
    }
    const std::string& reason = status.error().message;
    if (!std::exchange(is_away_, true))
        Log(Level::kWarning, "waiting", {{"for", kStream}, {"reason", reason}});
    lab_.health.SetNotReady(kStream, reason);
}

void RoleHealth::RefreshProcess() {
    const pipeline::ProcessingStatus processing = lab_.processing->Describe();
    if (processing.state == "running") return lab_.health.SetReady("process");
    lab_.health.SetNotReady(
        "process", processing.detail.empty() ? processing.state : processing.detail
    );
}

}  // namespace tilth::app
