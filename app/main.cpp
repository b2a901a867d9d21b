#include "app/commands.h"
#include "backend/mongodb/shared_counters.h"
#include "base/text.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

namespace {

constexpr int kWrongInput = 2;

/// CLI11 says of a misspelt command only that one is missing.
bool SayUnknownCommand(const CLI::App& app, std::string_view word) {
    const auto all = app.get_subcommands([](const CLI::App*) { return true; });
    std::vector<std::string> names;
    for (const CLI::App* command : all) names.push_back(command->get_name());
    if (word.starts_with('-') || std::ranges::find(names, word) != names.end()) return false;
    const std::string_view near = tilth::Closest(word, {names.begin(), names.end()});
    fmt::print(
        stderr,
        "tilth: there is no command \"{}\"; {}\n",
        tilth::Printable(word),
        near.empty() ? "tilth --help lists those there are"
                     : fmt::format("did you mean \"{}\"?", near)
    );
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    tilth::mongodb::UnlinkSharedCounters();
    CLI::App app("Tilth: a DataLab for wireless soil sensors", "tilth");
    app.set_version_flag("--version", std::string("tilth ") + tilth::app::kVersion);
    app.require_subcommand(1);
    app.footer(
        "tilth COMMAND --help says more. Start with: tilth up\n"
        "Exit status: 0 done, 1 away, refused or damaged, 2 wrong input, 3 not found, 4 held by "
        "somebody else"
    );
    tilth::app::Session session;
    for (const auto add : tilth::app::kCommands) add(app, session);
    if (argc > 1 && SayUnknownCommand(app, argv[1])) return kWrongInput;
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : kWrongInput;
    }
    return session.exit_status();
}
