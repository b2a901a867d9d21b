// The subcommands: each file adds one to the command line.
#pragma once

#include "app/settings.h"
#include "base/result.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tilth::app {

/// What all subcommands share: settings, and how a result becomes an exit status.
/// 0: done. 1: something is not as it should be, or away. 2: the input is wrong. 3: not found. 4:
/// somebody else holds it.
class Session {
  public:
    Session() : options_(OptionsOf(settings)) {}

    /// Registers all settings as options of the command.
    void AddSettings(CLI::App& command) { AddOptions(command, options_, line_); }
    /// Registers --config and the settings of these names. The others may stand in the file and in
    /// the environment, which several commands share.
    void AddSettings(CLI::App& command, std::span<const std::string_view> names);
    /// Only those that say where the lab is.
    void AddPlace(CLI::App& command);
    /// Applies file, environment and command line, and sets up logging.
    Status Resolve();
    /// Runs a command; prints its error and keeps its exit status.
    void Finish(const std::function<Status()>& run);
    /// Runs a command against the lab: the running one over HTTP, or this process opens it for the
    /// time being.
    Status WithLab(const std::function<Status(const std::string& http_address)>& run);

    int exit_status() const { return exit_status_; }
    const std::vector<Option>& options() const { return options_; }

    Settings settings;

  private:
    std::vector<Option> options_;
    CommandLine line_;
    int exit_status_ = 0;
};

void AddUp(CLI::App& app, Session& session);
void AddRoute(CLI::App& app, Session& session);
void AddProcess(CLI::App& app, Session& session);
void AddServe(CLI::App& app, Session& session);
void AddEmulate(CLI::App& app, Session& session);
void AddImport(CLI::App& app, Session& session);
void AddQuery(CLI::App& app, Session& session);
void AddExport(CLI::App& app, Session& session);
void AddSql(CLI::App& app, Session& session);
void AddConfig(CLI::App& app, Session& session);
void AddDead(CLI::App& app, Session& session);
void AddJournal(CLI::App& app, Session& session);
void AddReplay(CLI::App& app, Session& session);
void AddCheck(CLI::App& app, Session& session);
void AddMove(CLI::App& app, Session& session);
void AddArchive(CLI::App& app, Session& session);
void AddBackup(CLI::App& app, Session& session);
void AddRestore(CLI::App& app, Session& session);
void AddBench(CLI::App& app, Session& session);
void AddCompletion(CLI::App& app, Session& session);

/// In the order --help lists them.
inline constexpr void (*kCommands[])(CLI::App&, Session&) = {
    AddUp,     AddRoute,  AddProcess, AddServe,   AddEmulate, AddImport,     AddQuery,
    AddExport, AddSql,    AddConfig,  AddDead,    AddJournal, AddReplay,     AddCheck,
    AddMove,   AddBackup, AddRestore, AddArchive, AddBench,   AddCompletion,
};

extern const char* const kVersion;

}  // namespace tilth::app
