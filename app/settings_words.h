// The words of settings, as files, variables and the command line write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tilth::app {

/// "mqtt-port" -> "mqtt_port"
std::string Underscored(std::string name);
/// "did you mean "mqtt_port"?", or all that are known.
std::string Suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace tilth::app
