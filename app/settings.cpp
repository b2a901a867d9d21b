#include "app/settings.h"

#include "app/settings_words.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace tilth::app {
namespace {

std::filesystem::path DefaultData() {
    if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg != nullptr && *xdg != '\0') {
        return std::filesystem::path(xdg) / "tilth";
    }
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home != nullptr ? home : "/root") / ".local/share/tilth";
}

template <class Number>
Status SetNumber(std::string_view text, Number& number, Number least, Number most) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() ||
        !(value >= least && value <= most)) {
        return Fail(Fault::kBadInput, "\"{}\" is not a number from {} to {}", text, least, most);
    }
    number = value;
    return {};
}

template <class Number>
Option NumberOption(
    std::string name,
    std::string placeholder,
    std::string help,
    Number& target,
    Number least,
    Number most
) {
    return {
        std::move(name),
        std::move(placeholder),
        std::move(help),
        [&target, least, most](std::string_view text) {
            return SetNumber(text, target, least, most);
        },
        [&target] { return fmt::format("{}", target); }};
}

template <class Text>
Option TextOption(std::string name, std::string placeholder, std::string help, Text& target) {
    return {
        std::move(name),
        std::move(placeholder),
        std::move(help),
        [&target](std::string_view text) -> Status {
            target = std::string(text);
            return {};
        },
        [&target] {
            if constexpr (std::is_same_v<Text, std::string>)
                return target;
            else
                return target.string();
        }};
}

Option ChoiceOption(
    std::string name, std::string help, std::string& target, std::vector<std::string_view> choices
) {
    const std::string placeholder = fmt::format("{}", fmt::join(choices, "|"));
    return {
        std::move(name),
        placeholder,
        std::move(help),
        [&target, choices, placeholder](std::string_view text) -> Status {
            if (std::ranges::find(choices, text) == choices.end()) {
                return Fail(Fault::kBadInput, "\"{}\" is none of {}", text, placeholder);
            }
            target = std::string(text);
            return {};
        },
        [&target] { return target; }};
}

Option SwitchOption(std::string name, std::string help, bool& target) {
    return {
        std::move(name),
        {},
        std::move(help),
        [&target](std::string_view text) -> Status {
            if (text != "true" && text != "false") {
                return Fail(Fault::kBadInput, "\"{}\" is neither true nor false", text);
            }
            target = text == "true";
            return {};
        },
        [&target] { return target ? "true" : "false"; }};
}

std::string VariableOf(const Option& option) {
    std::string name = "TILTH_" + Underscored(option.name);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    return name;
}

Option* Find(std::vector<Option>& options, std::string_view name) {
    const auto found = std::ranges::find(options, name, &Option::name);
    return found == options.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Option> OptionsOf(Settings& s) {
    if (s.data.empty()) s.data = DefaultData();
    std::vector<Option> options;
    options.push_back(TextOption("data", "DIR", "folder of the lab's data", s.data));
    options.push_back(TextOption(
        "stream", "URL", "the stream store: sqlite:FILE or mongodb://user@host/sensor", s.stream
    ));
    options.push_back(TextOption(
        "processed",
        "URL",
        "the processed store: duckdb:FILE or postgresql://user@host/tilth",
        s.processed
    ));
    options.push_back(TextOption(
        "stream-password-file",
        "FILE",
        "password of the stream store's user",
        s.stream_password_file
    ));
    options.push_back(TextOption(
        "processed-password-file",
        "FILE",
        "password of the processed store's user",
        s.processed_password_file
    ));
    options.push_back(TextOption(
        "broker-password-file", "FILE", "password of the broker's user", s.broker_password_file
    ));
    options.push_back(TextOption(
        "stream-ca", "FILE", "PEM file of the authorities that mongodb with TLS trusts", s.stream_ca
    ));
    options.push_back(TextOption(
        "archive",
        "DIR",
        "folder of the archive files that old records are moved into; without it DATA/archive",
        s.archive
    ));
    options.push_back(TextOption(
        "archive-after",
        "AGE",
        "move records into archive files at this age, such as 90d; without it they stay",
        s.archive_after
    ));
    options.push_back(TextOption(
        "lease", "TIME", "how long a processor's partitions wait for it when it is silent", s.lease
    ));
    options.push_back(NumberOption<uint32_t>(
        "ordinal",
        "N",
        "of a router among several: names its session at the broker; one process each",
        s.ordinal,
        0,
        9'999
    ));
    options.push_back(TextOption(
        "http", "ADDR:PORT", "where dashboard, API, probes and metrics are served", s.http
    ));
    options.push_back(TextOption(
        "http-name",
        "NAME",
        "host name, or several by commas, that browsers may use for it",
        s.http_name
    ));
    options.push_back(NumberOption<uint16_t>(
        "mqtt-port", "PORT", "MQTT port of the broker that is started", s.mqtt_port, 1, 65535
    ));
    options.push_back(NumberOption<uint16_t>(
        "ws-port", "PORT", "its port for MQTT over WebSockets", s.ws_port, 1, 65535
    ));
    options.push_back(ChoiceOption(
        "broker-sync",
        "when it puts a message on disk: before acknowledging it, every 100 ms, or with its queues",
        s.broker_sync,
        {"always", "interval", "off"}
    ));
    options.push_back(TextOption(
        "broker",
        "URL",
        "a broker, instead of starting one: mqtt[s]://[user:password@]host[:port]",
        s.broker
    ));
    options.push_back(
        TextOption("mqtt-ca", "FILE", "PEM file of the authorities that mqtts:// trusts", s.mqtt_ca)
    );
    options.push_back(NumberOption<uint32_t>(
        "emulate", "N", "soil nodes of the emulated demonstration field", s.emulate, 1, 1'000'000
    ));
    options.push_back(
        SwitchOption("no-emulate", "start without the demonstration field", s.no_emulate)
    );
    options.push_back(NumberOption<double>(
        "speed",
        "X",
        "emulated seconds per second; above 1 the field is played from the past until it meets the "
        "present",
        s.speed,
        0.001,
        1e6
    ));
    options.push_back(NumberOption<uint64_t>(
        "seed", "S", "seed of the emulated field", s.seed, 0, std::numeric_limits<uint64_t>::max()
    ));
    options.push_back(
        TextOption("site", "FILE", "site file to apply at the start when it has changed", s.site)
    );
    options.push_back(TextOption(
        "map-tile-url",
        "URL",
        "tiles under the dashboard's map, such as https://HOST/{z}/{x}/{y}.png; none without it",
        s.map_tile_url
    ));
    options.push_back(
        TextOption("map-attribution", "TEXT", "shown on the map with them", s.map_attribution)
    );
    options.push_back(TextOption(
        "tokens", "FILE", "access tokens; without it only this machine may write", s.tokens
    ));
    options.push_back(ChoiceOption(
        "log-level", "how much is logged", s.log_level, {"debug", "info", "warning", "error"}
    ));
    options.push_back(ChoiceOption("log-format", "how it is logged", s.log_format, {"text", "json"})
    );
    return options;
}

Status ApplyEnvironment(std::vector<Option>& options) {
    std::vector<std::string> known{"TILTH_CONFIG", "TILTH_TEST_DATA", "TILTH_WRAPPER"};
    for (const Option& option : options) known.push_back(VariableOf(option));
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        if (!text.starts_with("TILTH_")) continue;
        const std::string_view name = text.substr(0, text.find('='));
        if (std::ranges::find(known, name) == known.end()) {
            return Fail(Fault::kBadInput, "unknown variable {}; {}", name, Suggestion(name, known));
        }
    }
    for (Option& option : options) {
        const std::string variable = VariableOf(option);
        const char* value = std::getenv(variable.c_str());
        if (value == nullptr) continue;
        if (const Status status = option.set(value); !status) {
            return Fail(Fault::kBadInput, "{}: {}", variable, status.error().message);
        }
    }
    return {};
}

void AddOptions(CLI::App& command, std::vector<Option>& options, CommandLine& line) {
    command.add_option("--config", line.config, "YAML file with the same keys as these options")
        ->type_name("FILE")
        ->envname("TILTH_CONFIG");
    for (Option& option : options) {
        const std::string flag = "--" + option.name;
        const std::string name = option.name;
        if (option.placeholder.empty()) {
            command.add_flag_callback(
                flag, [&line, name] { line.given.emplace_back(name, "true"); }, option.help
            );
        } else {
            command
                .add_option_function<std::string>(
                    flag,
                    [&line, name](const std::string& text) { line.given.emplace_back(name, text); },
                    option.help
                )
                ->type_name(option.placeholder)
                ->default_str(option.get());
        }
    }
}

Status Resolve(std::vector<Option>& options, const CommandLine& line) {
    if (!line.config.empty()) TILTH_CHECK(ApplyFile(line.config, options));
    TILTH_CHECK(ApplyEnvironment(options));
    for (const auto& [name, text] : line.given) {
        if (const Status status = Find(options, name)->set(text); !status) {
            return Fail(Fault::kBadInput, "--{}: {}", name, status.error().message);
        }
    }
    return {};
}

}  // namespace tilth::app
