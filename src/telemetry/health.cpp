#include "telemetry/health.h"

namespace tilth::telemetry {

void Health::Declare(std::string_view name) {
    const std::string key(name);
    checks_.With([&](auto& checks) { checks.try_emplace(key, Check{key, false, "starting"}); });
}

void Health::SetReady(std::string_view name) {
    const std::string key(name);
    checks_.With([&](auto& checks) { checks.insert_or_assign(key, Check{key, true, ""}); });
}

void Health::SetNotReady(std::string_view name, std::string_view reason) {
    const std::string key(name);
    checks_.With([&](auto& checks) {
        checks.insert_or_assign(key, Check{key, false, std::string(reason)});
    });
}

void Health::Remove(std::string_view name) {
    checks_.With([&](auto& checks) { checks.erase(std::string(name)); });
}

Health::State Health::Snapshot() const {
    State state;
    checks_.With([&](const auto& checks) {
        for (const auto& [name, check] : checks) {
            state.ready = state.ready && check.ready;
            state.checks.push_back(check);
        }
    });
    return state;
}

}  // namespace tilth::telemetry
