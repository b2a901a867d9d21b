// The plugin's options, as they stand in mosquitto.conf after `plugin_opt_`.
#pragma once

#include "base/result.h"
#include "broker_plugin/writer_options.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tilth::broker_plugin {

struct PluginOptions {
    std::filesystem::path journal;      ///< The folder.
    bool has_journal = true;            ///< sync off: ids only.
    std::vector<std::string> topics;    ///< Filters of what is journalled; default "#".
    bool qos0 = false;                  ///< Journal messages of QoS 0 too.
    bool retained = true;               ///< Journal retained messages, of any QoS.
    bool is_open = false;               ///< access open: subscriptions may be watched.
    Duration hold{86'400'000'000};      ///< How long messages wait for a session to come back.
    Duration status_every{10'000'000};  ///< $SYS/tilth/...; 0: never.
    WriterOptions writer;
};

using OptionList = std::vector<std::pair<std::string_view, std::string_view>>;

/// kBadInput names the option and what it may be.
Result<PluginOptions> ParseOptions(const OptionList& list);

}  // namespace tilth::broker_plugin
