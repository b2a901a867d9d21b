// `tilth import`: files of loggers into the lab.
#include "app/commands.h"
#include "app/follow_task.h"
#include "app/http_client.h"
#include "app/json.h"
#include "codec/csv_mapping.h"
#include "codec/import_format.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

namespace tilth::app {
namespace {

/// For a lab that is away.
constexpr std::chrono::seconds kPatience{60};
/// So long an import waits for processing without a word.
constexpr std::chrono::seconds kSilence{5};

struct ImportArguments {
    std::vector<std::string> paths;
    std::string format;
    std::string time_zone;
    std::string thing;
    std::string mapping;
    bool strict = false;
    bool guess = false;
};

std::string FormatNames() {
    std::vector<std::string_view> names;
    for (const codec::ImportFormat& format : codec::ImportFormats()) names.push_back(format.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

Result<std::string> ReadFile(const std::string& path) {
    if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream in(path, std::ios::binary);
    if (!in) return Fail(Fault::kBadInput, "{} cannot be read", path);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// A folder stands for its files, in the order of their names.
Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            files.push_back(path);
            continue;
        }
        std::vector<std::string> inside;
        for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
            if (entry.is_regular_file()) inside.push_back(entry.path().string());
        }
        if (error) return Fail(Fault::kBadInput, "{} cannot be read: {}", path, error.message());
        std::ranges::sort(inside);
        files.insert(files.end(), inside.begin(), inside.end());
    }
    return files;
}

std::string TargetOf(
    const std::string& file, const ImportArguments& arguments, const std::string& mapping
) {
    const std::string name =
        file == "-" ? "stdin" : std::filesystem::path(file).filename().string();
    std::string target = "/api/v1/imports?name=" + UrlEncode(name);
    const auto add = [&target](const char* key, const std::string& value) {
        if (!value.empty()) target += fmt::format("&{}={}", key, UrlEncode(value));
    };
    add("format", arguments.format);
    add("time_zone", arguments.time_zone);
    add("thing", arguments.thing);
    add("mapping", mapping);
    if (arguments.strict) target += "&strict=true";
    return target;
}

std::string ImportLine(const std::string& name, const Json& task) {
    return fmt::format(
        "{}: {} of {:.1f} MB, {:.1f} MB/s  {}",
        name,
        HowFar(task),
        task.Number("total") / 1e6,
        task.Number("rate_per_second") / 1e6,
        task.Text("message")
    );
}

/// One file, from sending it to the end of its import.
Status ImportOnce(
    HttpClient& client, const std::string& target, const std::string& name, const std::string& bytes
) {
    TILTH_TRY(const HttpAnswer answer, client.PostFile(target, bytes));
    TILTH_TRY(const Json begun, Json::Parse(answer.body));
    const auto line = [&name](const Json& task) { return ImportLine(name, task); };
    TILTH_TRY(const Json task, FollowTask(client, begun.Text("id"), line));
    fmt::print("{}: {}\n", name, task.Text("message"));
    return {};
}

/// A lab that went away in the middle of it is waited for: what it has stored it does not store
/// again.
Status ImportFile(
    HttpClient& client, const std::string& target, const std::string& name, const std::string& bytes
) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        const Status status = ImportOnce(client, target, name, bytes);
        if (status || status.error().fault != Fault::kUnavailable) return status;
        if (std::chrono::steady_clock::now() > give_up) return status;
        fmt::print(
            stderr,
            "{}: {}; the import goes on when the lab is back (Ctrl-C ends the waiting)\n",
            name,
            status.error().message
        );
        std::this_thread::sleep_for(std::chrono::seconds{2});
    }
}

/// Waits until what was imported is processed, so that a query after the import sees it.
Status WaitUntilProcessed(HttpClient& client) {
    const auto begun = std::chrono::steady_clock::now();
    bool is_told = false;
    for (;;) {
        TILTH_TRY(const HttpAnswer answer, client.Get("/api/v1/status"));
        TILTH_TRY(const Json status, Json::Parse(answer.body));
        const double left = status.Number("lag.records");
        if (left == 0) return {};
        if (!is_told && std::chrono::steady_clock::now() - begun > kSilence) {
            is_told = true;
            fmt::print(
                stderr,
                "everything is stored; up to {:.0f} records wait to be processed (Ctrl-C ends the "
                "waiting)\n",
                left
            );
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
}

Status ImportFiles(const std::string& address, const ImportArguments& arguments) {
    HttpClient client(address);
    std::string mapping;
    if (!arguments.mapping.empty()) {
        TILTH_TRY(mapping, ReadFile(arguments.mapping));
    }
    TILTH_TRY(const std::vector<std::string> files, FilesOf(arguments.paths));
    size_t failed = 0;
    for (const std::string& file : files) {
        TILTH_TRY(const std::string bytes, ReadFile(file));
        const Status status = ImportFile(client, TargetOf(file, arguments, mapping), file, bytes);
        if (status) continue;
        if (files.size() == 1) return status;
        ++failed;
        fmt::print(stderr, "tilth: {}: {}\n", file, status.error().message);
    }
    TILTH_CHECK(WaitUntilProcessed(client));
    if (failed > 0)
        return Fail(Fault::kBadInput, "{} of {} files were not imported", failed, files.size());
    return {};
}

Status PrintGuess(const ImportArguments& arguments) {
    TILTH_TRY(const std::string bytes, ReadFile(arguments.paths.front()));
    TILTH_TRY(
        const std::string mapping, codec::GuessMapping(std::string_view(bytes).substr(0, 64 << 10))
    );
    fmt::print("{}", mapping);
    return {};
}

}  // namespace

void AddImport(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<ImportArguments>();
    CLI::App* command = app.add_subcommand("import", "Take in files of loggers");
    command->add_option("FILE", arguments->paths, "files or folders; - for standard input")
        ->required();
    command->add_option(
        "--format", arguments->format, fmt::format("instead of recognising it: {}", FormatNames())
    );
    command->add_option(
        "--time-zone", arguments->time_zone, "of the logger's clock: Z, -04:00 or America/New_York"
    );
    command->add_option(
        "--thing", arguments->thing, "name of the node or logger, where the file does not say it"
    );
    command->add_option(
        "--mapping", arguments->mapping, "YAML file that says what the columns of a CSV mean"
    );
    command->add_flag("--strict", arguments->strict, "refuse a file that has a bad row");
    command->add_flag(
        "--guess",
        arguments->guess,
        "print a mapping for this CSV, to be completed, and import nothing"
    );
    session.AddPlace(*command);
    command->footer(
        "tilth import z6-19526.csv --time-zone -04:00 --thing HBw3C\n"
        "tilth import station.csv --guess > mapping.yaml    # complete it, then:\n"
        "tilth import station.csv --mapping mapping.yaml"
    );
    command->callback([arguments, &session] {
        session.Finish([&]() -> Status {
            if (arguments->guess) return PrintGuess(*arguments);
            return session.WithLab([&](const std::string& address) {
                return ImportFiles(address, *arguments);
            });
        });
    });
}

}  // namespace tilth::app
