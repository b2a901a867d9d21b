// What every stream store must do. A backend's test instantiates the suite:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StreamStoreSuite, ::testing::Values(MyFactory()),
//   NameOfFactory);
//
// Each test gets a place of its own, an empty folder; a store on a server makes a name from it.
#pragma once

#include "base/clock.h"
#include "store/conformance/checks.h"
#include "store/stream_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tilth {

struct StreamStoreFactory {
    std::string name;
    /// Opens the store of a place, and creates it the first time. Called again after the store was
    /// closed, it opens the same one.
    std::function<Result<std::unique_ptr<StreamStore>>(const std::filesystem::path&, const Clock&)>
        open;
    /// The largest payload that the store must keep; at least the 12 MB of the largest message.
    size_t largest_payload = size_t{16} << 20;
    /// Several processes may have the store of a place open at once.
    bool is_shared = false;
    /// Why the tests cannot run here; empty: they can.
    std::string absent = {};
};

class StreamStoreSuite : public ::testing::TestWithParam<StreamStoreFactory> {
  protected:
    void SetUp() override;
    void TearDown() override;

    /// Closes the store and opens the same one again.
    void Reopen();

    /// A record of a message with a payload of its own; received_at follows from the sequence.
    static RawRecord Record(WriterId writer, Sequence sequence);
    Result<AppendOutcome> Append(const std::vector<RawRecord>& records);
    /// Appends records first..last of the writer in one batch.
    void AppendRange(WriterId writer, Sequence first, Sequence last);
    /// All records of the partitions up to the writer's highest, read in steps of `limit`.
    std::vector<RawRecord> ReadAll(
        WriterId writer, const PartitionSet& partitions = AllPartitions(), size_t limit = 1000
    );
    WriterInfo InfoOf(WriterId writer);

    std::filesystem::path place_;
    ManualClock clock_{FromMicros(1'700'000'000'000'000)};
    std::unique_ptr<StreamStore> store_;
};

/// What is done to writers that are processes of their own: killed, stopped and late. To be
/// instantiated as the suite above.
class StreamStoreAttacks : public ::testing::TestWithParam<StreamStoreFactory> {
  protected:
    void SetUp() override;
    void TearDown() override;

    static std::unique_ptr<StreamStore> Open(const std::filesystem::path& place);

    std::filesystem::path place_;
};

inline std::string NameOfStreamFactory(const ::testing::TestParamInfo<StreamStoreFactory>& info) {
    return info.param.name;
}

/// Equal in every field.
bool SameRecord(const RawRecord& a, const RawRecord& b);

}  // namespace tilth
