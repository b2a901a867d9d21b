#include "app/say.h"

#include "telemetry/log.h"

#include <fmt/format.h>

#include <cstdio>

namespace tilth::app {

Say SayAs(const Settings& settings) {
    if (settings.log_format == "json") {
        return [](const std::string& line) {
            telemetry::Log(telemetry::Level::kInfo, "start", {{"step", line}});
        };
    }
    return [](const std::string& line) {
        fmt::print("{}\n", line);
        std::fflush(stdout);
    };
}

}  // namespace tilth::app
