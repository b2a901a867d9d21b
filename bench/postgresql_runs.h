// Processing into PostgreSQL as it is measured: the work, a run of it by any number of processors,
// and the CPU it took of them and of their server. Trouble ends the program.
#pragma once

#include "backend/postgresql/processed_store.h"
#include "pipeline/processor.h"

#include <chrono>
#include <stdexcept>

namespace tilth::bench {

template <class T>
T Sure(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}
inline void Sure(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

inline double SecondsSince(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}
double OwnCpuSeconds();
/// Of the server's processes that are alive: those of a connection that stays open are.
double ServerCpuSeconds();
std::string LoadNow();

struct Work {
    const char* name;
    void (*fill)(StreamStore&, uint64_t readings);
    pipeline::StepLimits limits;
};
void FillWithFiles(StreamStore& stream, uint64_t readings);
/// Single values of 1,000 series.
void FillWithMessages(StreamStore& stream, uint64_t readings);

struct Outcome {
    double rows = 0;
    double seconds = 0;
    double cpu = 0;         ///< Of this process.
    double server_cpu = 0;  ///< Of the server's.
    uint64_t commits = 0;
    double Rate() const { return rows / seconds; }
    double RowsACpuSecond() const { return rows / (cpu + server_cpu); }
};

/// Processes the whole stream into a new generation, by so many processors that share the
/// partitions, each on a thread of its own.
GenerationId ProcessAll(
    StreamStore& stream, ProcessedStore& store, const Work& work, int processors, Outcome& outcome
);

}  // namespace tilth::bench
