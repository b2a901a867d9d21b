#include "pipeline/check.h"

#include "base/clock.h"
#include "pipeline/config_history.h"
#include "pipeline/horizon.h"
#include "pipeline/lag.h"
#include "pipeline/rollup.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

constexpr size_t kMostDifferences = 20;

Result<std::vector<Observation>> AllRows(
    ProcessedStore& store, DatastreamId datastream, GenerationId generation
) {
    ObservationRequest request;
    request.datastream = datastream;
    request.counting_only = false;
    std::vector<Observation> rows;
    TILTH_CHECK(store.ReadObservations(
        request,
        [&rows](std::span<const Observation> some) {
            rows.insert(rows.end(), some.begin(), some.end());
            return true;
        },
        generation
    ));
    return rows;
}

/// Where two series of rows first differ, in words; empty: nowhere.
std::string FirstDifference(
    const std::string& name, const std::vector<Observation>& a, const std::vector<Observation>& b
) {
    const auto [x, y] = std::ranges::mismatch(a, b);
    if (x == a.end() && y == b.end()) return {};
    const auto describe = [](const auto& at, const auto& end) {
        if (at == end) return std::string("no reading");
        return fmt::format(
            "{} flag {} tests {:x} at {}",
            at->value,
            static_cast<int>(at->flag),
            at->objected.bits(),
            FormatRfc3339(at->time)
        );
    };
    return fmt::format(
        "{}: {} readings against {}; first difference: {} against {}",
        name,
        a.size(),
        b.size(),
        describe(x, a.end()),
        describe(y, b.end())
    );
}

/// Roll-ups as they should be, made from the rows.
std::vector<Rollup> Expected(RollupLevel level, const std::vector<Observation>& rows) {
    std::vector<StatRow> stat;
    AppendStatRows(rows, stat);
    return rows.empty() ? std::vector<Rollup>{}
                        : MakeRollups(level, stat, BucketStart(level, rows.back().time));
}

class Comparison {
  public:
    Comparison(const StoredResults& a, const StoredResults& b, size_t most)
        : a_(a), b_(b), most_(most) {}

    Result<std::vector<std::string>> Run() {
        TILTH_TRY(const std::vector<Datastream> in_a, a_.store.Datastreams(a_.generation));
        TILTH_TRY(const std::vector<Datastream> in_b, b_.store.Datastreams(b_.generation));
        for (const Datastream& datastream : in_a) {
            if (differences_.size() >= most_) break;
            TILTH_CHECK(Compare(datastream));
        }
        for (const Datastream& datastream : in_b) {
            const bool is_known =
                std::ranges::find(in_a, datastream.id, &Datastream::id) != in_a.end();
            if (!is_known)
                differences_.push_back(fmt::format("{}: only in one of the two", datastream.name));
        }
        return std::move(differences_);
    }

  private:
    Status Compare(const Datastream& datastream) {
        TILTH_TRY(
            const std::vector<Observation> rows_a, AllRows(a_.store, datastream.id, a_.generation)
        );
        TILTH_TRY(
            const std::vector<Observation> rows_b, AllRows(b_.store, datastream.id, b_.generation)
        );
        std::string difference = FirstDifference(datastream.name, rows_a, rows_b);
        if (!difference.empty()) differences_.push_back(std::move(difference));
        for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
            TILTH_TRY(
                const std::vector<Rollup> stored,
                a_.store.Rollups(datastream.id, level, {}, a_.generation)
            );
            if (stored == Expected(level, rows_a)) continue;
            differences_.push_back(fmt::format(
                "{}: the {} statistics do not follow from the readings",
                datastream.name,
                level == RollupLevel::kHour ? "hourly" : "daily"
            ));
        }
        return {};
    }

    const StoredResults a_;
    const StoredResults b_;
    const size_t most_;
    std::vector<std::string> differences_;
};

/// Brings a generation to the end of the stream.
Status ProcessAll(
    StreamStore& stream, ProcessedStore& processed, const Generation& generation, const Lease& lease
) {
    TILTH_TRY(ProcessingConfig config, LoadConfig(stream, generation.config));
    TILTH_TRY(
        const std::unique_ptr<Processor> processor,
        Processor::Open(stream, processed, generation.id, std::move(config), lease)
    );
    for (;;) {
        TILTH_TRY(const StepReport report, processor->Step({100'000, 400'000}));
        if (report.caught_up) return {};
    }
}

/// Whether some of the results can no longer be made; says so.
Result<bool> SayIfFrozen(
    StreamStore& stream,
    ProcessedStore& processed,
    const std::function<void(const std::string&)>& say
) {
    const Status status = CheckNothingIsFrozen(stream, processed);
    if (status) return false;
    if (status.error().fault != Fault::kRefused) return std::unexpected(status.error());
    say("results against the raw stream: not compared: " + status.error().message);
    return true;
}

struct Stores {
    std::vector<std::string> faults;
    std::optional<Generation> active;  ///< That is to be compared with the stream, if any.
};

/// Each store by itself, before the two are compared.
Result<Stores> CheckStores(
    StreamStore& stream,
    ProcessedStore& processed,
    const std::function<void(const std::string&)>& say
) {
    Stores stores;
    say("the raw stream");
    TILTH_TRY(stores.faults, stream.CheckIntegrity());
    say("the results");
    TILTH_TRY(const std::vector<std::string> of_results, processed.CheckIntegrity());
    stores.faults.insert(stores.faults.end(), of_results.begin(), of_results.end());
    TILTH_TRY(const std::vector<Generation> generations, processed.Generations());
    const auto active =
        std::ranges::find(generations, GenerationState::kActive, &Generation::state);
    if (active == generations.end()) return stores;
    TILTH_TRY(const bool is_frozen, SayIfFrozen(stream, processed, say));
    if (!is_frozen) stores.active = *active;
    return stores;
}

}  // namespace

Result<std::vector<std::string>> CompareGenerations(
    ProcessedStore& processed, GenerationId a, GenerationId b, size_t most
) {
    return CompareResults({processed, a}, {processed, b}, most);
}

Result<std::vector<std::string>> CompareResults(
    const StoredResults& a, const StoredResults& b, size_t most
) {
    return Comparison(a, b, most).Run();
}

Result<std::vector<std::string>> CheckSharedLab(
    StreamStore& stream,
    ProcessedStore& processed,
    ProcessedStore& scratch,
    const std::function<void(const std::string&)>& say
) {
    TILTH_TRY(Stores stores, CheckStores(stream, processed, say));
    auto& [faults, active] = stores;
    if (!active) return faults;
    TILTH_TRY(const Lag lag, MeasureLag(stream, processed));
    if (lag.most > 0) {
        return Fail(
            Fault::kUnavailable,
            "up to {} records are not processed yet: let the processors catch up, and check while "
            "nothing comes in",
            lag.most
        );
    }
    say("results against the raw stream: everything is processed again");
    TILTH_TRY(const Lease lease, scratch.AcquireLease("check", std::chrono::hours{24}));
    Generation again = *active;
    TILTH_TRY(
        again.id, scratch.CreateGeneration(active->config, "tilth check", SystemClock().Now())
    );
    TILTH_CHECK(ProcessAll(stream, scratch, again, lease));
    TILTH_TRY(
        const std::vector<std::string> differences,
        CompareResults({processed, active->id}, {scratch, again.id}, kMostDifferences)
    );
    faults.insert(faults.end(), differences.begin(), differences.end());
    return faults;
}

Result<std::vector<std::string>> CheckLab(
    StreamStore& stream,
    ProcessedStore& processed,
    const std::function<void(const std::string&)>& say
) {
    TILTH_TRY(Stores stores, CheckStores(stream, processed, say));
    auto& [faults, active] = stores;
    if (!active) return faults;
    say("results against the raw stream: everything is processed again");
    TILTH_TRY(const Lease lease, processed.AcquireLease("embedded", std::chrono::hours{24}));
    TILTH_CHECK(ProcessAll(stream, processed, *active, lease));
    TILTH_TRY(
        const GenerationId again,
        processed.CreateGeneration(active->config, "tilth check", SystemClock().Now())
    );
    Generation copy = *active;
    copy.id = again;
    const Status made = ProcessAll(stream, processed, copy, lease);
    Result<std::vector<std::string>> differences =
        made ? CompareGenerations(processed, active->id, again, kMostDifferences)
             : std::unexpected(made.error());
    TILTH_CHECK(processed.DropGeneration(again));
    TILTH_CHECK(processed.ReleaseLease(lease));
    if (!differences) return std::unexpected(differences.error());
    faults.insert(faults.end(), differences->begin(), differences->end());
    return faults;
}

}  // namespace tilth::pipeline
