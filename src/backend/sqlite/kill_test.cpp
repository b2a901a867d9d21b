// A process killed at any moment loses no record it was told is stored.
#include "backend/sqlite/stream_store.h"
#include "store/conformance/checks.h"
#include "store/conformance/killed_child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace tilth {
namespace {

constexpr int kKills = 20;
constexpr Sequence kBatch = 50;

/// Opens a writer and appends batches; reports writer * 2^32 + highest sequence after each.
void AppendForEver(const std::string& place, const Report& report) {
    auto store = sqlite::OpenStreamStore(place + "/stream.sqlite").value();
    const WriterId writer = store->OpenWriter("child").value();
    for (Sequence first = 1;; first += kBatch) {
        std::vector<std::string> ids;
        std::vector<RawRecordView> batch(kBatch);
        for (Sequence s = first; s < first + kBatch; ++s) {
            ids.push_back(fmt::format("{}-{}", Raw(writer), s));
        }
        for (size_t i = 0; i < kBatch; ++i) {
            batch[i].id = ids[i];
            batch[i].writer = writer;
            batch[i].sequence = first + i;
            batch[i].received_at = FromMicros(static_cast<int64_t>(first + i));
            batch[i].payload = ids[i];
        }
        if (!store->Append(batch)) _exit(1);
        report(static_cast<uint64_t>(Raw(writer)) << 32 | (first + kBatch - 1));
    }
}

TEST(KilledStreamStore, HoldsEveryBatchThatWasAcknowledgedAndNoHalfOne) {
    BeChildIfAsked(AppendForEver);
    std::string name = (std::filesystem::temp_directory_path() / "tilth_kill_XXXXXX").string();
    const std::string place = mkdtemp(name.data());
    std::map<WriterId, Sequence> acknowledged;
    for (int kill = 0; kill < kKills; ++kill) {
        const uint64_t last = RunAndKill(
            place, 1 + static_cast<uint64_t>(kill) % 4, std::chrono::microseconds{kill * 733 % 9000}
        );
        ASSERT_NE(last, 0U);
        acknowledged[WriterId{static_cast<int64_t>(last >> 32)}] = last & UINT32_MAX;

        auto store = ValueOf(sqlite::OpenStreamStore(place + "/stream.sqlite"));
        ASSERT_NE(store, nullptr);
        EXPECT_THAT(ValueOf(store->CheckIntegrity()), ::testing::IsEmpty());
        for (const WriterInfo& writer : ValueOf(store->Writers())) {
            EXPECT_GE(writer.highest, acknowledged[writer.id]);
            EXPECT_EQ(writer.highest % kBatch, 0U);
            Sequence next = 1;
            const ReadRequest all{.writer = writer.id, .up_to = writer.highest, .limit = SIZE_MAX};
            EXPECT_THAT(
                store->Read(
                    all,
                    [&](const RawRecordView& record) {
                        EXPECT_EQ(record.sequence, next++);
                        EXPECT_EQ(record.payload, record.id);
                        return true;
                    }
                ),
                IsOk()
            );
            EXPECT_EQ(next, writer.highest + 1);
        }
    }
    std::filesystem::remove_all(place);
}

}  // namespace
}  // namespace tilth
