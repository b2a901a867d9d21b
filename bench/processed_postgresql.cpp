// Processing into PostgreSQL against the same rows written by a bare loop: DELETE of their ranges
// and COPY in binary, encoded beforehand, in transactions of the same size, into a table of the
// same shape on the same server. With "scale": one processor against two and four.
//
//   tilth_bench_postgresql [READINGS [ROUNDS [WORK | scale]]]
#include "backend/postgresql/engine.h"
#include "backend/postgresql/row_layout.h"
#include "backend/sqlite/stream_store.h"
#include "bench/postgresql_runs.h"
#include "support/postgresql.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>

namespace tilth::bench {
namespace {

using std::chrono::steady_clock;

// ---------------------------------------------------------------- the bare loop

struct Placed {
    int32_t series;
    Observation row;
};

std::vector<Placed> RowsInOrderOfArrival(ProcessedStore& store, GenerationId id) {
    std::vector<Placed> rows;
    int32_t series = 0;
    for (const Datastream& datastream : Sure(store.Datastreams(id))) {
        ++series;
        ObservationRequest request;
        request.datastream = datastream.id;
        request.counting_only = false;
        Sure(store.ReadObservations(
            request,
            [&](std::span<const Observation> some) {
                for (const Observation& row : some) rows.push_back({series, row});
                return true;
            },
            id
        ));
    }
    std::ranges::stable_sort(rows, {}, [](const Placed& placed) {
        return placed.row.raw.sequence;
    });
    return rows;
}

struct Batch {
    postgresql::Params ranges;  ///< Series, from, to.
    std::string copy;
};

/// One transaction each; rows of a series stand together in it, as a processor writes them.
std::vector<Batch> EncodeBatches(std::span<Placed> rows, uint64_t commits) {
    std::vector<Batch> batches;
    const size_t size = rows.size() / std::max<uint64_t>(1, commits) + 1;
    for (size_t at = 0; at < rows.size(); at += size) {
        const auto part = rows.subspan(at, std::min(size, rows.size() - at));
        std::ranges::stable_sort(part, {}, &Placed::series);
        std::vector<int32_t> series;
        std::vector<Time> from;
        std::vector<Time> to;
        Batch& batch = batches.emplace_back();
        batch.copy = postgresql::kCopyHeader;
        for (const Placed& placed : part) {
            if (series.empty() || series.back() != placed.series) {
                series.push_back(placed.series);
                from.push_back(placed.row.time);
                to.push_back(placed.row.time);
            }
            to.back() = placed.row.time + Duration{1};
            postgresql::PutRow(batch.copy, placed.series, placed.row);
        }
        batch.copy += postgresql::kCopyEnd;
        batch.ranges.Add(std::span<const int32_t>(series))
            .Add(std::span<const Time>(from))
            .Add(std::span<const Time>(to));
    }
    return batches;
}

Outcome RunBare(const std::string& url, std::vector<Placed> rows, uint64_t commits) {
    const char* const keywords[] = {"dbname", nullptr};
    const char* const values[] = {url.c_str(), nullptr};
    auto connection =
        Sure(postgresql::Connection::Open(keywords, values, std::chrono::minutes{10}));
    Sure(
        connection.Execute("SET enable_seqscan = off; SET plan_cache_mode = force_custom_plan;"
                           " SET enable_hashjoin = off; SET enable_mergejoin = off;"
                           " DROP TABLE IF EXISTS bare")
    );
    // The shape, partitions and index of the observations just written.
    Sure(connection.Execute("CREATE TABLE bare (LIKE g1.observation) PARTITION BY RANGE (time)"));
    Sure(connection.Execute("CREATE INDEX ON bare (series, time)"));
    Sure(connection.Execute(
        "DO $$ DECLARE p record; BEGIN FOR p IN SELECT c.relname AS name,"
        " pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class c JOIN pg_inherits i ON"
        " i.inhrelid = c.oid WHERE i.inhparent = 'g1.observation'::regclass LOOP EXECUTE format("
        "'CREATE TABLE %I PARTITION OF bare %s', 'bare_' || p.name, p.bound); END LOOP; END $$"
    ));
    const std::vector<Batch> batches = EncodeBatches(rows, commits);
    const std::string copy =
        fmt::format("COPY bare ({}) FROM STDIN (FORMAT binary)", postgresql::kObservationColumns);
    Outcome outcome;
    outcome.rows = static_cast<double>(rows.size());
    outcome.commits = batches.size();
    const double cpu = OwnCpuSeconds();
    const double server_cpu = ServerCpuSeconds();
    const auto begun = steady_clock::now();
    for (const Batch& batch : batches) {
        connection.Queue("BEGIN");
        connection.Queue(
            "DELETE FROM bare AS o USING unnest($1::int[], $2::timestamp[], $3::timestamp[])"
            " AS r (s, f, t) WHERE o.series = r.s AND o.time >= r.f AND o.time < r.t",
            batch.ranges
        );
        Sure(connection.Send());
        Sure(connection.CopyIn(copy, batch.copy));
        Sure(connection.Execute("COMMIT"));
    }
    outcome.seconds = SecondsSince(begun);
    outcome.cpu = OwnCpuSeconds() - cpu;
    outcome.server_cpu = ServerCpuSeconds() - server_cpu;
    return outcome;
}

// ---------------------------------------------------------------- both sides

void Print(const char* what, const Outcome& outcome) {
    std::printf(
        "    %-10s %9.0f rows/s, CPU a row: %5.2f us here, %5.2f us server; %llu commits\n",
        what,
        outcome.Rate(),
        outcome.cpu / outcome.rows * 1e6,
        outcome.server_cpu / outcome.rows * 1e6,
        static_cast<unsigned long long>(outcome.commits)
    );
}

struct Ratios {
    double one = 0;
    double two = 0;
};

Outcome RunProcess(
    const Work& work,
    StreamStore& stream,
    const std::string& url,
    int processors,
    std::vector<Placed>& rows
) {
    postgresql::ProcessedOptions options;
    options.url = url;
    options.lease = std::chrono::minutes{10};
    const auto store = Sure(postgresql::OpenProcessedStore(options));
    test::Postgresql::Shared().Execute("postgres", "CHECKPOINT");
    Outcome outcome;
    const GenerationId id = ProcessAll(stream, *store, work, processors, outcome);
    rows = RowsInOrderOfArrival(*store, id);
    outcome.rows = static_cast<double>(rows.size());
    return outcome;
}

Ratios OneRound(const Work& work, StreamStore& stream, int round) {
    const auto url = [&](int processors) {
        return test::Postgresql::Shared().Database(
            fmt::format("{} {} {}", work.name, round, processors)
        );
    };
    std::vector<Placed> rows;
    const Outcome two = RunProcess(work, stream, url(2), 2, rows);
    const Outcome one = RunProcess(work, stream, url(1), 1, rows);
    test::Postgresql::Shared().Execute("postgres", "CHECKPOINT");
    const Outcome bare = RunBare(url(1), std::move(rows), one.commits);
    Print("process", one);
    Print("two", two);
    Print("bare", bare);
    return {one.Rate() / bare.Rate(), two.Rate() / bare.Rate()};
}

double Median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

/// The stream of a work, in a folder that goes with it.
class FilledStream {
  public:
    FilledStream(const Work& work, uint64_t readings) {
        folder_ = (std::filesystem::temp_directory_path() / "tilth-bench-XXXXXX").string();
        if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
        stream_ = Sure(sqlite::OpenStreamStore(folder_ + "/stream.sqlite"));
        work.fill(*stream_, readings);
    }
    ~FilledStream() {
        stream_.reset();
        std::filesystem::remove_all(folder_);
    }
    FilledStream(const FilledStream&) = delete;
    FilledStream& operator=(const FilledStream&) = delete;
    StreamStore& operator*() const { return *stream_; }

  private:
    std::string folder_;
    std::unique_ptr<StreamStore> stream_;
};

void Measure(const Work& work, uint64_t readings, int rounds) {
    const FilledStream stream(work, readings);
    std::vector<double> one;
    std::vector<double> two;
    std::printf("%s (load %s)\n", work.name, LoadNow().c_str());
    // The first is not counted: the server makes its files longer then.
    for (int round = 0; round <= rounds; ++round) {
        const Ratios ratios = OneRound(work, *stream, round);
        if (round == 0) continue;
        one.push_back(ratios.one);
        two.push_back(ratios.two);
    }
    std::printf(
        "  process / bare: %.2f with one processor, %.2f with two (target 0.70)\n",
        Median(one),
        Median(two)
    );
}

/// What a CPU-second of processors and server does when more of them share the work.
void MeasureScaling(const Work& work, uint64_t readings, int rounds) {
    const FilledStream stream(work, readings);
    std::map<int, std::vector<double>> ratios;
    std::printf("%s, more processors (load %s)\n", work.name, LoadNow().c_str());
    for (int round = 0; round <= rounds; ++round) {
        double one = 0;
        for (const int processors : {1, 2, 4}) {
            const std::string name = fmt::format("scale {} {} {}", work.name, round, processors);
            std::vector<Placed> rows;
            const Outcome outcome = RunProcess(
                work, *stream, test::Postgresql::Shared().Database(name), processors, rows
            );
            Print(fmt::format("{}", processors).c_str(), outcome);
            if (processors == 1) one = outcome.RowsACpuSecond();
            if (round > 0) ratios[processors].push_back(outcome.RowsACpuSecond() / one);
        }
    }
    std::printf(
        "  rows a CPU-second against one processor: %.2f with two, %.2f with four (target 0.90)\n",
        Median(ratios[2]),
        Median(ratios[4])
    );
}

int Main(int argc, char** argv) {
    const uint64_t readings = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
    const Work works[] = {
        {"imported files, 100,000 rows a commit", FillWithFiles, {100'000, 100'000}},
        {"messages of 1,000 series, 20,000 a commit", FillWithMessages, {20'000, 200'000}},
        {"messages of 1,000 series, 1,000 a commit", FillWithMessages, {1'000, 1'000}},
    };
    const char* which = argc > 3 ? argv[3] : "";
    if (std::strcmp(which, "scale") == 0) {
        for (const Work& work : works) MeasureScaling(work, readings, rounds);
        return 0;
    }
    for (const Work& work : works)
        if (*which == 0 || &work - works == std::atoi(which)) Measure(work, readings, rounds);
    return 0;
}

}  // namespace
}  // namespace tilth::bench

int main(int argc, char** argv) {
    try {
        return tilth::bench::Main(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
