// `tilth check`: is what the lab keeps whole, and do its parts agree?
#include "pipeline/check.h"

#include "app/commands.h"
#include "app/lab.h"
#include "app/scratch_store.h"
#include "app/stores.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

namespace tilth::app {
namespace {

Result<std::vector<std::string>> Check(Lab& lab, Say say) {
    if (!AreShared(lab.settings)) return pipeline::CheckLab(*lab.stream, *lab.processed, say);
    TILTH_TRY(
        const pipeline::ScratchStore scratch,
        OpenScratchStore(
            std::filesystem::temp_directory_path() / fmt::format("tilth-check-{}.duckdb", getpid()),
            lab.stream->LabId(),
            lab.clock
        )
    );
    return pipeline::CheckSharedLab(*lab.stream, *lab.processed, *scratch.store, say);
}

/// Opens the files itself: damage must be found without a running lab in between.
Status RunCheck(Session& session) {
    TILTH_CHECK(session.Resolve());
    if (session.settings.stream.empty() &&
        !std::filesystem::exists(session.settings.data / "stream.sqlite")) {
        return Fail(Fault::kNotFound, "there is no lab in {}", session.settings.data.string());
    }
    Lab lab(session.settings);
    TILTH_CHECK(StartRole(lab, "stores", nullptr));
    const auto say = [](const std::string& line) { fmt::print("{}\n", line); };
    TILTH_TRY(const std::vector<std::string> faults, Check(lab, say));
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
    command->footer(
        "A lab on files must not be running; one on servers may, while nothing comes in."
    );
    command->callback([&session] { session.Finish([&] { return RunCheck(session); }); });
}

}  // namespace tilth::app
