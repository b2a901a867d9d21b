// `tilth check`: is what the lab keeps whole, and do its parts agree?
#include "pipeline/check.h"

#include "app/commands.h"
#include "app/lab.h"
#include "backend/duckdb/processed_store.h"
#include "backend/sqlite/stream_store.h"

#include <CLI/CLI.hpp>

namespace tilth::app {
namespace {

/// Opens the files itself: damage must be found without a running lab in between.
Status RunCheck(Session& session) {
    TILTH_CHECK(session.Resolve());
    if (!std::filesystem::exists(session.settings.data / "stream.sqlite")) {
        return Fail(Fault::kNotFound, "there is no lab in {}", session.settings.data.string());
    }
    Lab lab(session.settings);
    TILTH_CHECK(StartRole(lab, "stores", nullptr));
    const auto say = [](const std::string& line) { fmt::print("{}\n", line); };
    TILTH_TRY(
        const std::vector<std::string> faults, pipeline::CheckLab(*lab.stream, *lab.processed, say)
    );
    for (const std::string& fault : faults) fmt::print(stderr, "fault: {}\n", fault);
    if (!faults.empty()) {
        return Fail(
            Fault::kCorrupt,
            "{} faults; the raw stream is the truth: tilth replay computes the results again",
            faults.size()
        );
    }
    fmt::print("no fault was found\n");
    return {};
}

}  // namespace

void AddCheck(CLI::App& app, Session& session) {
    CLI::App* command = app.add_subcommand(
        "check", "Look for damage and for results that do not follow from the raw stream"
    );
    session.AddPlace(*command);
    command->footer("The lab must not be running.");
    command->callback([&session] { session.Finish([&] { return RunCheck(session); }); });
}

}  // namespace tilth::app
