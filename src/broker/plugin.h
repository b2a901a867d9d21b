// Tilth's Mosquitto plugin as a file: where it is, and how a broker is told to load it.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>

namespace tilth::broker {

/// lib/tilth/tilth_mosquitto.so, in the folder of the running program or in one of the four above
/// it: that is where both an installation and a build folder have it. kUnavailable says where it
/// was looked for, and what to do.
Result<std::filesystem::path> FindPlugin();

/// What the plugin does before a message is acknowledged; the names of `plugin_opt_sync`.
inline constexpr const char* kSyncNames[] = {"always", "interval", "off"};

/// The lines of mosquitto.conf that load it. The journal is the folder "journal" in `folder`, where
/// Mosquitto's database is too. Every client may read and write every topic.
std::string PluginLines(
    const std::filesystem::path& plugin,
    const std::filesystem::path& folder,
    const std::string& sync
);

}  // namespace tilth::broker
