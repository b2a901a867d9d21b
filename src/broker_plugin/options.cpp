#include "broker_plugin/options.h"

#include "base/text.h"

#include <charconv>
#include <functional>
#include <map>

namespace tilth::broker_plugin {
namespace {

std::unexpected<Error> Bad(std::string_view key, std::string_view value, std::string_view wanted) {
    return Fail(Fault::kBadInput, "plugin_opt_{} {}: it must be {}", key, Printable(value), wanted);
}

Result<uint64_t> Number(
    std::string_view key, std::string_view value, uint64_t least, uint64_t most
) {
    uint64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < least || number > most)
        return Bad(key, value, fmt::format("a whole number from {} to {}", least, most));
    return number;
}

/// "64M", "1G", "500000".
Result<uint64_t> Size(std::string_view key, std::string_view value) {
    int shift = 0;
    if (value.ends_with('K')) shift = 10;
    if (value.ends_with('M')) shift = 20;
    if (value.ends_with('G')) shift = 30;
    const std::string_view digits = shift != 0 ? value.substr(0, value.size() - 1) : value;
    const auto number = Number(key, digits, 1, uint64_t{1} << 30);
    if (!number) return Bad(key, value, "bytes, such as 64M or 1G");
    return *number << shift;
}

Result<bool> Switch(std::string_view key, std::string_view value) {
    if (value == "true") return true;
    if (value == "false") return false;
    return Bad(key, value, "true or false");
}

Status SetSync(PluginOptions& options, std::string_view value) {
    options.has_journal = value != "off";
    if (value == "always") options.writer.sync = Sync::kAlways;
    if (value == "interval") options.writer.sync = Sync::kInterval;
    if (value == "always" || value == "interval" || value == "off") return {};
    return Bad("sync", value, "always, interval or off");
}

using Setter = std::function<Status(PluginOptions&, std::string_view)>;

const std::map<std::string_view, Setter>& Setters() {
    using Options = PluginOptions;
    using Text = std::string_view;
    static const std::map<std::string_view, Setter> kSetters{
        {"journal",
         [](Options& o, Text v) -> Status {
             o.journal = v;
             return {};
         }},
        {"database",
         [](Options& o, Text v) -> Status {
             o.writer.database = v;
             return {};
         }},
        {"sync", SetSync},
        {"interval",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(const uint64_t ms, Number("interval", v, 1, 60'000));
             o.writer.interval = std::chrono::milliseconds(ms);
             return {};
         }},
        {"topic",
         [](Options& o, Text v) -> Status {
             o.topics.emplace_back(v);
             return {};
         }},
        {"qos0",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(o.qos0, Switch("qos0", v));
             return {};
         }},
        {"retained",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(o.retained, Switch("retained", v));
             return {};
         }},
        {"limit",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(o.writer.limit_bytes, Size("limit", v));
             return {};
         }},
        {"segment",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(o.writer.segment_bytes, Size("segment", v));
             return {};
         }},
        {"access",
         [](Options& o, Text v) -> Status {
             if (v != "open") return Bad("access", v, "open, or left out");
             o.is_open = true;
             return {};
         }},
        {"hold",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(const uint64_t seconds, Number("hold", v, 0, 31'536'000));
             o.hold = std::chrono::seconds(seconds);
             return {};
         }},
        {"status",
         [](Options& o, Text v) -> Status {
             TILTH_TRY(const uint64_t seconds, Number("status", v, 0, 86'400));
             o.status_every = std::chrono::seconds(seconds);
             return {};
         }},
    };
    return kSetters;
}

Status Check(const PluginOptions& options) {
    if (!options.has_journal) return {};
    if (!options.journal.is_absolute()) {
        return Fail(
            Fault::kBadInput,
            "plugin_opt_journal must name a folder, from the root on, or plugin_opt_sync be off"
        );
    }
    if (!options.writer.database.is_absolute()) {
        return Fail(
            Fault::kBadInput,
            "plugin_opt_database must name the broker's mosquitto.db, from the root on: the file "
            "persistence_file in the folder persistence_location"
        );
    }
    const WriterOptions& writer = options.writer;
    if (writer.segment_bytes < 16'384 || writer.segment_bytes % 4096 != 0)
        return Fail(Fault::kBadInput, "plugin_opt_segment must be 16K or more, in steps of 4K");
    if (writer.limit_bytes < 4 * writer.segment_bytes) {
        return Fail(
            Fault::kBadInput, "plugin_opt_limit must be at least four times plugin_opt_segment"
        );
    }
    return {};
}

}  // namespace

Result<PluginOptions> ParseOptions(const OptionList& list) {
    PluginOptions options;
    for (const auto& [key, value] : list) {
        const auto setter = Setters().find(key);
        if (setter == Setters().end()) {
            std::vector<std::string_view> known;
            for (const auto& [name, unused] : Setters()) known.push_back(name);
            return Fail(
                Fault::kBadInput,
                "plugin_opt_{} is not known; did you mean plugin_opt_{}?",
                Printable(key),
                Closest(key, known)
            );
        }
        TILTH_CHECK(setter->second(options, value));
    }
    if (options.topics.empty()) options.topics.emplace_back("#");
    if (options.writer.database.empty() && options.has_journal)
        options.writer.database = options.journal.parent_path() / "mosquitto.db";
    TILTH_CHECK(Check(options));
    return options;
}

}  // namespace tilth::broker_plugin
