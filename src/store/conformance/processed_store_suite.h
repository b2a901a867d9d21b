// What every processed store must do. A backend's test instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Duckdb, ProcessedStoreSuite, ::testing::Values(MyFactory()),
//                            NameOfProcessedFactory);
//
// Each test gets a place of its own, an empty folder; a store on a server makes a name from it.
#pragma once

#include "base/clock.h"
#include "store/conformance/checks.h"
#include "store/processed_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace tilth {

struct ProcessedStoreFactory {
    std::string name;
    /// Opens the store of a place, and creates it the first time. Called again after the store was
    /// closed, it opens the same one. The clock times the leases.
    std::function<
        Result<std::unique_ptr<ProcessedStore>>(const std::filesystem::path&, const Clock&)>
        open;
};

/// For messages of failed tests: time in seconds, value, and what differs from a good, final row.
void PrintTo(const Observation& row, std::ostream* out);

using Observations = std::vector<Observation>;

class ProcessedStoreSuite : public ::testing::TestWithParam<ProcessedStoreFactory> {
  protected:
    /// Opens the store with one active generation (`generation_`) and a lease of all partitions.
    void SetUp() override;
    void TearDown() override;

    /// Closes the store, opens the same one again and takes the lease.
    void Reopen();

    /// A counting, good, final observation at that second, with an id of its own.
    static Observation Row(int64_t second, double value);
    static Observation Provisional(int64_t second, double value);
    /// Rows at seconds first..last, value = second.
    static Observations Rows(int64_t first, int64_t last);
    static TimeRange Seconds(int64_t from, int64_t to) {
        return {FromMicros(from * 1'000'000), FromMicros(to * 1'000'000)};
    }

    std::unique_ptr<ProcessTransaction> Begin();
    std::unique_ptr<ProcessTransaction> Begin(GenerationId generation);
    /// One transaction that replaces one range.
    ChangeToken Replace(
        DatastreamId datastream, TimeRange range, const Observations& rows, bool tail_only = false
    );
    static Status Write(
        ProcessTransaction& transaction,
        DatastreamId datastream,
        TimeRange range,
        const Observations& rows,
        bool tail_only = false
    );

    /// Everything of a datastream, also what does not count.
    Observations All(DatastreamId datastream, std::optional<GenerationId> generation = {});
    Observations ReadBack(const ObservationRequest& request);
    static std::vector<double> ValuesOf(const Observations& rows);

    std::filesystem::path place_;
    ManualClock clock_{FromMicros(1'700'000'000'000'000)};
    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
};

inline constexpr DatastreamId kMoisture{1001};
inline constexpr DatastreamId kWarmth{1002};
inline constexpr WriterId kWriter{3};

inline std::string NameOfProcessedFactory(
    const ::testing::TestParamInfo<ProcessedStoreFactory>& info
) {
    return info.param.name;
}

}  // namespace tilth
