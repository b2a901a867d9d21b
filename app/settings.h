// What a person can set: one table of options that the command line, TILTH_ variables and the YAML
// file share. The command line wins over the environment, the environment over the file, the file
// over the default.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tilth::app {

struct Settings {
    std::filesystem::path data;  ///< Default: $XDG_DATA_HOME/tilth, else ~/.local/share/tilth.
    std::string stream;          ///< sqlite:FILE or mongodb://...; empty: the folder's file.
    std::string processed;       ///< duckdb:FILE or postgresql://...; empty: the folder's file.
    std::string stream_password_file;     ///< File with the password of the stream store's user.
    std::string processed_password_file;  ///< The same for the processed store's.
    std::string broker_password_file;     ///< The same for the broker's.
    std::filesystem::path archive;  ///< Folder of archive files; empty: beside the lab's data.
    std::string archive_after;      ///< Age at which records go there; empty: never.
    std::string stream_ca;      ///< PEM file of the authorities that the stream store's TLS trusts.
    std::string lease = "15s";  ///< How long a processor's partitions wait for it.
    uint32_t ordinal = 0;       ///< Of a router among several: its session at the broker.
    std::string http = "127.0.0.1:8080";
    uint16_t mqtt_port = 1883;
    uint16_t ws_port = 9001;
    std::string broker_sync = "always";  ///< always | interval | off; of the broker started.
    std::string broker;                  ///< mqtt[s]://user:password@host:port; empty: start one.
    std::string
        mqtt_ca;  ///< PEM file with the authorities that mqtts:// trusts; empty: the system's.
    uint32_t emulate = 12;  ///< Soil nodes of the demonstration field.
    bool no_emulate = false;
    double speed = 1;  ///< Emulated seconds per second.
    uint64_t seed = 1;
    std::string site;  ///< Site file to apply at the start if it differs from the active one.
    std::string
        http_name;  ///< Host names the page may be reached by, besides the address; by commas.
    std::string map_tile_url;     ///< OSM-style template for tiles under the map; empty: none.
    std::string map_attribution;  ///< Shown with them.
    std::string tokens;           ///< File with access tokens; empty: only this machine may write.
    std::string log_level = "info";
    std::string log_format = "text";
};

/// One row of the table.
struct Option {
    std::string name;         ///< "mqtt-port": --mqtt-port, TILTH_MQTT_PORT, mqtt_port:
    std::string placeholder;  ///< "PORT"; empty for a switch
    std::string help;
    std::function<Status(std::string_view)> set;
    std::function<std::string()> get;
};

/// The table over a settings object, which must outlive it.
std::vector<Option> OptionsOf(Settings& settings);

/// Applies a YAML file. Keys that begin alike may share a section: `map: {tile_url: ...}` is
/// `map_tile_url: ...`. Unknown keys and bad values name file, line and key, and the closest known
/// key.
Status ApplyFile(const std::filesystem::path& file, std::vector<Option>& options);
/// True when a YAML file has a key of these options at its top, and so is a settings file, not a
/// site file.
bool IsSettingsFile(const std::filesystem::path& file, const std::vector<Option>& options);
/// Applies the TILTH_ variables that are set. An unknown TILTH_ variable is an error with a
/// suggestion.
Status ApplyEnvironment(std::vector<Option>& options);

/// Registers every option and --config on a command; `given` collects what the command line set, to
/// be applied last.
struct CommandLine {
    std::string config;
    std::vector<std::pair<std::string, std::string>> given;
};
void AddOptions(CLI::App& command, std::vector<Option>& options, CommandLine& line);

/// File, environment, command line, in that order.
Status Resolve(std::vector<Option>& options, const CommandLine& line);

}  // namespace tilth::app
