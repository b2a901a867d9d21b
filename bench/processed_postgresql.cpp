// Processing into PostgreSQL against the same rows written by a bare loop: DELETE of their ranges
// and COPY in binary, encoded beforehand, in transactions of the same size, into a table of the
// same shape on the same server.
//
//   tilth_bench_postgresql [READINGS [ROUNDS [WORK]]]
#include "app/bench_files.h"
#include "app/bench_messages.h"
#include "backend/postgresql/engine.h"
#include "backend/postgresql/processed_store.h"
#include "backend/postgresql/row_layout.h"
#include "backend/sqlite/stream_store.h"
#include "pipeline/config_history.h"
#include "pipeline/import.h"
#include "pipeline/processor.h"
#include "pipeline/route.h"
#include "support/postgresql.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tilth {
namespace {

using std::chrono::steady_clock;

template <class T>
T Sure(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

void Sure(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

double SecondsSince(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

double OwnCpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Of the server's processes that are alive: those of a connection that stays open are.
double ServerCpuSeconds() {
    const pid_t server = test::Postgresql::Shared().pid();
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", server));
    double ticks = 0;
    for (pid_t child = 0; children >> child;) {
        std::ifstream stat(fmt::format("/proc/{}/stat", child));
        std::string line;
        std::getline(stat, line);
        std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 2)));
        std::string field;
        for (int i = 3; fields >> field && i <= 15; ++i) {
            if (i >= 14) ticks += std::stod(field);
        }
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string LoadNow() {
    std::ifstream file("/proc/loadavg");
    std::string load;
    file >> load;
    return load;
}

struct Work {
    const char* name;
    void (*fill)(StreamStore&, uint64_t readings);
    pipeline::StepLimits limits;
};

void FillWithFiles(StreamStore& stream, uint64_t readings) {
    const SystemClock clock;
    for (const app::BenchFile& file : app::MakeLoggerFiles(readings / 40)) {
        Sure(pipeline::ImportFile(stream, clock, file.name, file.bytes, file.options, {}));
    }
}

void FillWithMessages(StreamStore& stream, uint64_t readings) {
    constexpr uint32_t kSeries = 1000;
    const SystemClock clock;
    const auto router =
        Sure(pipeline::Router::Start(stream, clock, {.name = "route/bench"}, [](uint64_t) {}));
    const app::BenchMessages messages(kSeries, app::BenchStart(readings, kSeries), app::kBenchStep);
    std::string topic;
    std::string payload;
    for (uint64_t n = 0; n < readings; ++n) {
        messages.Make(n, messages.TimeOf(n), topic, payload);
        pipeline::IncomingMessage message;
        message.topic = topic;
        message.payload = payload;
        message.qos = 1;
        (void)router->Offer({&message, 1});
        while (n % 10'000 == 0 && router->Statistics().waiting > 100'000) {
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
    }
    if (!router->Flush(std::chrono::minutes{5})) throw std::runtime_error("stream store too slow");
}

struct Outcome {
    double rows = 0;
    double seconds = 0;
    double cpu = 0;         ///< Of this process.
    double server_cpu = 0;  ///< Of the server's.
    uint64_t commits = 0;
    double Rate() const { return rows / seconds; }
};

/// The leases of so many processors that share the partitions.
std::vector<Lease> Leases(ProcessedStore& store, int processors) {
    std::vector<Lease> leases(static_cast<size_t>(processors));
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < leases.size(); ++i)
            leases[i] = Sure(store.ShareLease(fmt::format("p{}", i), std::chrono::hours{1}));
    }
    return leases;
}

GenerationId ProcessAll(
    StreamStore& stream, ProcessedStore& store, const Work& work, int processors, Outcome& outcome
) {
    const GenerationId id =
        Sure(store.CreateGeneration(ConfigVersion{}, "bench", SystemClock().Now()));
    std::vector<std::unique_ptr<pipeline::Processor>> ready;
    for (const Lease& lease : Leases(store, processors)) {
        ready.push_back(Sure(pipeline::Processor::Open(
            stream, store, id, Sure(pipeline::LoadConfig(stream, ConfigVersion{})), lease
        )));
    }
    std::atomic<uint64_t> commits = 0;
    const double cpu = OwnCpuSeconds();
    const double server_cpu = ServerCpuSeconds();
    const auto begun = steady_clock::now();
    std::vector<std::jthread> threads;
    for (const auto& processor : ready) {
        threads.emplace_back([&, mine = processor.get()] {
            for (bool caught_up = false; !caught_up;) {
                const pipeline::StepReport step = Sure(mine->Step(work.limits));
                caught_up = step.caught_up;
                commits += step.token != ChangeToken{} ? 1 : 0;
            }
        });
    }
    threads.clear();
    outcome.seconds = SecondsSince(begun);
    outcome.commits = commits;
    outcome.cpu = OwnCpuSeconds() - cpu;
    outcome.server_cpu = ServerCpuSeconds() - server_cpu;
    return id;
}

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

void Measure(const Work& work, uint64_t readings, int rounds) {
    std::string folder = (std::filesystem::temp_directory_path() / "tilth-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    {
        const auto stream = Sure(sqlite::OpenStreamStore(folder + "/stream.sqlite"));
        work.fill(*stream, readings);
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
    std::filesystem::remove_all(folder);
}

int Main(int argc, char** argv) {
    const uint64_t readings = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
    const Work works[] = {
        {"imported files, 100,000 rows a commit", FillWithFiles, {100'000, 100'000}},
        {"messages of 1,000 series, 20,000 a commit", FillWithMessages, {20'000, 200'000}},
        {"messages of 1,000 series, 1,000 a commit", FillWithMessages, {1'000, 1'000}},
    };
    for (const Work& work : works)
        if (argc < 4 || &work - works == std::atoi(argv[3])) Measure(work, readings, rounds);
    return 0;
}

}  // namespace
}  // namespace tilth

int main(int argc, char** argv) {
    try {
        return tilth::Main(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
