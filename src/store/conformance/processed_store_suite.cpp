#include "store/conformance/processed_store_suite.h"

#include <unistd.h>

#include <ostream>

namespace tilth {
namespace {

constexpr Duration kLeaseLength = std::chrono::hours{1};

std::filesystem::path NewFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tilth_processed_XXXXXX").string();
    return mkdtemp(name.data());
}

}  // namespace

void PrintTo(const Observation& row, std::ostream* out) {
    *out << fmt::format(
        "{}s={}{}{} {}",
        ToSeconds(row.time.time_since_epoch()),
        row.value,
        row.counts ? "" : " loser",
        row.provisional ? " provisional" : "",
        Name(row.flag)
    );
}

void ProcessedStoreSuite::SetUp() {
    place_ = NewFolder();
    store_ = ValueOf(GetParam().open(place_, clock_));
    ASSERT_NE(store_, nullptr);
    ASSERT_THAT(store_->BindLab("lab-1"), IsOk());
    generation_ = ValueOf(store_->CreateGeneration(ConfigVersion{1}, "config 1", clock_.Now()));
    ASSERT_THAT(store_->ActivateGeneration(generation_), IsOk());
    lease_ = ValueOf(store_->AcquireLease("tester", kLeaseLength));
    ASSERT_TRUE(lease_.partitions.all());
}

void ProcessedStoreSuite::TearDown() {
    store_.reset();
    std::filesystem::remove_all(place_);
}

void ProcessedStoreSuite::Reopen() {
    store_.reset();
    store_ = ValueOf(GetParam().open(place_, clock_));
    ASSERT_NE(store_, nullptr);
    lease_ = ValueOf(store_->AcquireLease("tester", kLeaseLength));
    ASSERT_TRUE(lease_.partitions.all());
}

Observation ProcessedStoreSuite::Row(int64_t second, double value) {
    Observation row;
    row.time = FromMicros(second * 1'000'000);
    row.value = value;
    row.raw_value = value * 2;
    row.reading_id = static_cast<uint64_t>(second) * 1000 + 7;
    row.raw = {kWriter, static_cast<Sequence>(second + 1), 2};
    row.flag = QualityFlag::kGood;
    return row;
}

Observation ProcessedStoreSuite::Provisional(int64_t second, double value) {
    Observation row = Row(second, value);
    row.provisional = true;
    return row;
}

Observations ProcessedStoreSuite::Rows(int64_t first, int64_t last) {
    Observations rows;
    for (int64_t s = first; s <= last; ++s) rows.push_back(Row(s, static_cast<double>(s)));
    return rows;
}

std::unique_ptr<ProcessTransaction> ProcessedStoreSuite::Begin() {
    return Begin(generation_);
}

std::unique_ptr<ProcessTransaction> ProcessedStoreSuite::Begin(GenerationId generation) {
    auto transaction = ValueOf(store_->Begin(generation, lease_));
    const DatastreamId both[] = {kWarmth, kMoisture};
    if (transaction) {
        EXPECT_THAT(transaction->Lock(both), IsOk());
    }
    return transaction;
}

Status ProcessedStoreSuite::Write(
    ProcessTransaction& transaction,
    DatastreamId datastream,
    TimeRange range,
    const Observations& rows,
    bool tail_only
) {
    const SeriesChange change{
        .datastream = datastream, .range = range, .tail_only = tail_only, .rows = rows};
    return transaction.Write(std::span(&change, 1));
}

ChangeToken ProcessedStoreSuite::Replace(
    DatastreamId datastream, TimeRange range, const Observations& rows, bool tail_only
) {
    auto transaction = Begin();
    if (!transaction) return {};
    EXPECT_THAT(Write(*transaction, datastream, range, rows, tail_only), IsOk());
    return ValueOf(transaction->Commit());
}

Observations ProcessedStoreSuite::ReadBack(const ObservationRequest& request) {
    Observations rows;
    const Status read = store_->ReadObservations(request, [&](std::span<const Observation> some) {
        rows.insert(rows.end(), some.begin(), some.end());
        return true;
    });
    EXPECT_THAT(read, IsOk());
    return rows;
}

Observations ProcessedStoreSuite::All(
    DatastreamId datastream, std::optional<GenerationId> generation
) {
    Observations rows;
    const ObservationRequest request{
        .datastream = datastream, .range = {}, .flags = {}, .counting_only = false};
    const Status read = store_->ReadObservations(
        request,
        [&](std::span<const Observation> some) {
            rows.insert(rows.end(), some.begin(), some.end());
            return true;
        },
        generation
    );
    EXPECT_THAT(read, IsOk());
    return rows;
}

std::vector<double> ProcessedStoreSuite::ValuesOf(const Observations& rows) {
    std::vector<double> values;
    for (const Observation& row : rows) values.push_back(row.value);
    return values;
}

}  // namespace tilth
