// Import of logger files into raw, checked and processed, with the lab's own threads.
#include "app/bench.h"
#include "app/bench_files.h"
#include "app/bench_messages.h"
#include "app/bench_place.h"

#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

using std::chrono::steady_clock;

constexpr double kLeastReadings = 500'000;

struct ImportRound {
    uint64_t readings = 0;
    double raw_seconds = 0;  ///< Until the last block was in the stream store.
    double seconds = 0;      ///< Until the last reading was processed.
};

Result<ImportRound> ImportAll(
    const std::filesystem::path& folder, const std::vector<BenchFile>& files
) {
    const auto lab = MakeBenchLab(folder, nullptr);
    TILTH_CHECK(StartRole(*lab, "process", nullptr));
    const auto begun = steady_clock::now();
    ImportRound round;
    uint64_t blocks = 0;
    for (const BenchFile& file : files) {
        const auto progress = [&lab](const pipeline::ImportReport&) {
            lab->processing->Notify();
            return true;
        };
        TILTH_TRY(
            const pipeline::ImportReport report,
            pipeline::ImportFile(
                *lab->stream, lab->clock, file.name, file.bytes, file.options, progress
            )
        );
        blocks += report.blocks;
        round.readings += report.readings;
    }
    round.raw_seconds = SecondsSince(begun);
    const auto processed = [&lab] { return lab->processing->Describe().records; };
    TILTH_CHECK(WaitUntil(
        "processed blocks", [&] { return processed() >= blocks; }, processed
    ));
    round.seconds = SecondsSince(begun);
    return round;
}

Result<BenchRow> Measure(
    const std::string& what, const std::vector<BenchFile>& files, uint64_t rounds
) {
    std::vector<double> rates;
    for (uint64_t i = 0; i < rounds; ++i) {
        TILTH_TRY(const BenchFolder folder, BenchFolder::Make());
        TILTH_TRY(const ImportRound round, ImportAll(folder / "lab", files));
        rates.push_back(static_cast<double>(round.readings) / round.seconds);
        Progress(fmt::format(
            "import {}/{}: {} readings, raw after {:.2f} s, processed after {:.2f} s",
            i + 1,
            rounds,
            round.readings,
            round.raw_seconds,
            round.seconds
        ));
    }
    const double rate = Median(rates);
    return BenchRow{
        what, fmt::format("{:.0f} readings/s", rate), ">= 500000", rate >= kLeastReadings};
}

}  // namespace

Result<BenchRows> BenchImport(const BenchOptions& options) {
    BenchRows rows;
    TILTH_TRY(
        rows.emplace_back(),
        Measure("import of made ZL6 files", MakeLoggerFiles(options.import_rows), options.rounds)
    );
    TILTH_TRY(const std::vector<BenchFile> real, RealLoggerFiles());
    if (real.empty()) {
        Progress("import: no real files, because TILTH_TEST_DATA names no folder with them");
        return rows;
    }
    TILTH_TRY(
        rows.emplace_back(), Measure("import of real ZL6 and ISMN files", real, options.rounds)
    );
    return rows;
}

}  // namespace tilth::app
