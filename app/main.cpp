#include "app/commands.h"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
    CLI::App app("Tilth: a DataLab for wireless soil sensors", "tilth");
    app.set_version_flag("--version", std::string("tilth ") + tilth::app::kVersion);
    app.require_subcommand(1);
    app.footer("tilth COMMAND --help says more. Start with: tilth up");
    tilth::app::Session session;
    for (const auto add : tilth::app::kCommands) add(app, session);
    CLI11_PARSE(app, argc, argv);
    return session.exit_status();
}
