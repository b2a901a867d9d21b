// `tilth config`: the settings of the program, and the versions of the site file.
#include "app/commands.h"
#include "app/follow_task.h"
#include "app/http_client.h"
#include "app/json.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace tilth::app {
namespace {

struct ConfigArguments {
    std::string file;
    std::string why;
    std::string version;
    bool preview = false;
    bool no_preview = false;
};

Result<std::string> ReadText(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return Fail(Fault::kBadInput, "{} cannot be read", path);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The effective settings, as the YAML file that would give them.
Status ShowSettings(Session& session) {
    TILTH_CHECK(session.Resolve());
    for (const Option& option : session.options()) {
        std::string key = option.name;
        std::ranges::replace(key, '-', '_');
        fmt::print("{}: {}\n", key, JsonQuote(option.get()));
    }
    return {};
}

Status CheckSettings(const ConfigArguments& arguments) {
    Settings settings;
    std::vector<Option> options = OptionsOf(settings);
    TILTH_CHECK(ApplyFile(arguments.file, options));
    fmt::print("{} is a valid settings file\n", arguments.file);
    return {};
}

Status ShowSite(const std::string& address, const ConfigArguments& arguments) {
    HttpClient client(address);
    const std::string path = arguments.version.empty() ? "" : "/" + UrlEncode(arguments.version);
    TILTH_TRY(const HttpAnswer answer, client.Get("/api/v1/config" + path));
    TILTH_TRY(const Json config, Json::Parse(answer.body));
    fmt::print(
        "# version {}{}, by {} at {}: {}\n{}",
        config.Text("version"),
        config.Bool("active") ? " (active)" : "",
        config.Text("who"),
        config.Text("when"),
        config.Text("why"),
        config.Text("text")
    );
    return {};
}

Status CheckSite(const std::string& address, const ConfigArguments& arguments) {
    TILTH_TRY(const std::string text, ReadText(arguments.file));
    HttpClient client(address);
    TILTH_TRY(
        const HttpAnswer answer,
        client.PostJson(
            "/api/v1/config/check",
            fmt::format(R"({{"text": {}, "preview": {}}})", JsonQuote(text), !arguments.no_preview)
        )
    );
    TILTH_TRY(const Json report, Json::Parse(answer.body));
    for (const Json& problem : report.Items("problems")) {
        fmt::print(stderr, "{}: {}\n", arguments.file, problem.Text("message"));
    }
    if (!report.Bool("valid"))
        return Fail(Fault::kBadInput, "{} is not a valid site file", arguments.file);
    if (arguments.no_preview) {
        fmt::print("{} is valid\n", arguments.file);
        return {};
    }
    const auto line = [](const Json& task) {
        return fmt::format("trying it on everything that was received: {}", HowFar(task));
    };
    TILTH_TRY(const Json preview, FollowTask(client, report.Text("preview.id"), line));
    fmt::print(
        "{} is valid; applying it would change {}\n", arguments.file, DescribeDifference(preview)
    );
    return {};
}

/// Says how far the new generation is until it is the active one.
Status FollowBuild(HttpClient& client, const std::string& generation) {
    const bool is_terminal = isatty(STDERR_FILENO) != 0;
    for (;;) {
        TILTH_TRY(const HttpAnswer answer, client.Get("/api/v1/generations"));
        TILTH_TRY(const Json state, Json::Parse(answer.body));
        if (state.Text("active") == generation) break;
        double progress = 0;
        bool is_there = false;
        for (const Json& one : state.Items("generations")) {
            if (one.Text("id") != generation) continue;
            progress = one.Number("progress");
            is_there = true;
        }
        if (!is_there)
            return Fail(
                Fault::kConflict, "a newer configuration was applied before this one was ready"
            );
        if (is_terminal)
            fmt::print(stderr, "\r\x1b[Kprocessing everything again: {:.0f} %", 100 * progress);
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    if (is_terminal) fmt::print(stderr, "\r\x1b[K");
    return {};
}

Status ApplySite(const std::string& address, const ConfigArguments& arguments) {
    if (arguments.preview) return CheckSite(address, arguments);
    TILTH_TRY(const std::string text, ReadText(arguments.file));
    HttpClient client(address);
    TILTH_TRY(
        const HttpAnswer answer,
        client.PostJson(
            "/api/v1/config/apply",
            fmt::format(R"({{"text": {}, "why": {}}})", JsonQuote(text), JsonQuote(arguments.why))
        )
    );
    TILTH_TRY(const Json applied, Json::Parse(answer.body));
    TILTH_CHECK(FollowBuild(client, applied.Text("generation")));
    fmt::print("version {} of the configuration is active\n", applied.Text("version"));
    return {};
}

}  // namespace

void AddConfig(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<ConfigArguments>();
    CLI::App* config = app.add_subcommand("config", "Settings and site files: show, check, apply");
    config->require_subcommand(1);
    config->footer(
        "tilth config check site.yaml\n"
        "tilth config apply site.yaml --why \"probe 3 was replaced\"\n"
        "tilth config show > site.yaml\n"
        "tilth config settings > lab.yaml      # for tilth up --config lab.yaml"
    );
    const auto with_lab = [&session, arguments](auto run) {
        return [&session, arguments, run] {
            session.Finish([&] {
                return session.WithLab([&](const std::string& address) {
                    return run(address, *arguments);
                });
            });
        };
    };

    CLI::App* settings =
        config->add_subcommand("settings", "Print the settings in force, as a --config file");
    session.AddSettings(*settings);
    settings->callback([&session] { session.Finish([&] { return ShowSettings(session); }); });

    CLI::App* show =
        config->add_subcommand("show", "Print the active site file, or another version");
    show->add_option("VERSION", arguments->version, "its number; without it, the active one");
    session.AddPlace(*show);
    show->callback(with_lab(ShowSite));

    CLI::App* check = config->add_subcommand(
        "check", "Check a site file, or a settings file, without applying it"
    );
    check->add_option("FILE", arguments->file, "a site file, or a settings file")->required();
    check->add_flag(
        "--no-preview", arguments->no_preview, "only check it, without trying what it would change"
    );
    session.AddPlace(*check);
    check->footer(
        "Says how many readings would be other than now: everything that was received is processed "
        "by the\n"
        "file beside the lab's own work, into results that nobody sees."
    );
    check->callback([&session, arguments] {
        session.Finish([&] {
            if (IsSettingsFile(arguments->file, session.options()))
                return CheckSettings(*arguments);
            return session.WithLab([&](const std::string& address) {
                return CheckSite(address, *arguments);
            });
        });
    });

    CLI::App* apply = config->add_subcommand("apply", "Make a site file the active configuration");
    apply->add_option("FILE", arguments->file, "a site file")->required();
    apply->add_option("--why", arguments->why, "kept with the version");
    apply->add_flag(
        "--preview",
        arguments->preview,
        "change nothing, only say how many readings would be other than now"
    );
    session.AddPlace(*apply);
    apply->footer(
        "Everything is processed again in the background; readers see the old results until the "
        "new are complete."
    );
    apply->callback(with_lab(ApplySite));
}

}  // namespace tilth::app
