// What the tests of this folder share: a store on a database of the shared cluster, and the small
// transactions they make.
#pragma once

#include "backend/postgresql/engine.h"
#include "backend/postgresql/processed_store.h"
#include "store/conformance/checks.h"
#include "support/postgresql.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace tilth::postgresql {

inline constexpr Duration kHour = std::chrono::hours{1};
inline constexpr DatastreamId kMoisture{1001};
inline constexpr DatastreamId kWarmth{1002};
inline constexpr WriterId kWriter{3};

/// A database of its own for the test that runs now.
inline std::string FreshDatabase() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    return test::Postgresql::Shared().Database(
        fmt::format("{}.{}", test->test_suite_name(), test->name())
    );
}

inline std::string NameIn(const std::string& url) {
    const size_t at = url.find("///") + 3;
    return url.substr(at, url.find('?') - at);
}

inline std::unique_ptr<ProcessedStore> OpenStore(
    const std::string& url, Duration lease = std::chrono::seconds{30}
) {
    ProcessedOptions options;
    options.url = url;
    options.lease = lease;
    return ValueOf(OpenProcessedStore(options));
}

/// A connection beside the store's.
inline Connection Link(const std::string& url) {
    const char* const keywords[] = {"dbname", nullptr};
    const char* const values[] = {url.c_str(), nullptr};
    return Connection::Open(keywords, values, std::chrono::seconds{30}).value();
}

inline GenerationId ActiveGeneration(ProcessedStore& store) {
    const GenerationId id =
        ValueOf(store.CreateGeneration(ConfigVersion{1}, "config 1", FromMicros(0)));
    EXPECT_THAT(store.ActivateGeneration(id), IsOk());
    return id;
}

inline Observation RowAt(int64_t second, double value) {
    Observation row;
    row.time = FromMicros(second * 1'000'000);
    row.value = value;
    row.raw_value = value;
    row.reading_id = static_cast<uint64_t>(second) + 1;
    row.flag = QualityFlag::kGood;
    return row;
}

inline Status Put(ProcessTransaction& transaction, DatastreamId id, const Observation& row) {
    TILTH_CHECK(transaction.Lock(std::span(&id, 1)));
    const TimeRange range{row.time, row.time + Duration{1}};
    const SeriesChange change{
        .datastream = id, .range = range, .tail_only = false, .rows = std::span(&row, 1)};
    return transaction.Write(std::span(&change, 1));
}

/// One transaction with one row.
inline Result<ChangeToken> PutOne(
    ProcessedStore& store,
    GenerationId generation,
    const Lease& lease,
    DatastreamId id,
    int64_t second,
    double value = 1
) {
    TILTH_TRY(const auto transaction, store.Begin(generation, lease));
    TILTH_CHECK(Put(*transaction, id, RowAt(second, value)));
    return transaction->Commit();
}

inline std::vector<double> ValuesIn(
    ProcessedStore& store, DatastreamId id, std::optional<GenerationId> generation = {}
) {
    std::vector<double> values;
    ObservationRequest request;
    request.datastream = id;
    EXPECT_THAT(
        store.ReadObservations(
            request,
            [&](std::span<const Observation> rows) {
                for (const Observation& row : rows) values.push_back(row.value);
                return true;
            },
            generation
        ),
        IsOk()
    );
    return values;
}

}  // namespace tilth::postgresql
