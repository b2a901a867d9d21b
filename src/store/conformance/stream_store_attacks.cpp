// Writers that are processes of their own, and are killed or stopped while they write. A reader
// sees each one's records in order, whatever happens, and in the end everything that was
// acknowledged.
#include "base/random.h"
#include "store/conformance/killed_child.h"
#include "store/conformance/stream_store_suite.h"

#include <unistd.h>

#include <map>

namespace tilth {
namespace {

using namespace std::chrono_literals;

constexpr Sequence kBatch = 40;
/// Between two batches, so that a slow server is not buried.
constexpr useconds_t kRest = 20'000;

/// Sets the highest sequence beside the writer it belongs to, in one number that rises with it.
uint64_t ReportOf(WriterId writer, Sequence highest) {
    return static_cast<uint64_t>(Raw(writer)) << 32 | highest;
}

/// A child's work: appends batches to a writer of its own, and reports each one that is stored.
/// Every third message has been stored by another writer as well, now and then.
void AppendForEver(StreamStore& store, const Report& report) {
    const WriterId writer = store.OpenWriter("child").value();
    for (Sequence first = 1;; first += kBatch) {
        std::vector<std::string> ids;
        std::vector<RawRecordView> batch(kBatch);
        for (Sequence s = first; s < first + kBatch; ++s) {
            const bool is_shared = s % 3 == 0 && s % kBatch > 2 && s % kBatch < kBatch - 1;
            ids.push_back(
                is_shared ? fmt::format("shared-{}", s) : fmt::format("{}-{}", Raw(writer), s)
            );
        }
        for (size_t i = 0; i < kBatch; ++i) {
            batch[i].id = ids[i];
            batch[i].writer = writer;
            batch[i].sequence = first + i;
            batch[i].received_at = FromMicros(static_cast<int64_t>(first + i));
            batch[i].payload = ids[i];
        }
        while (!store.Append(batch)) usleep(10'000);
        report(ReportOf(writer, first + kBatch - 1));
        usleep(kRest);
    }
}

/// Follows all writers as a processor does, and checks what it sees.
class Follower {
  public:
    explicit Follower(StreamStore& store) : store_(store) {}

    void Follow() {
        for (const WriterInfo& writer : ValueOf(store_.Writers())) {
            Seen& seen = seen_[writer.id];
            EXPECT_GE(writer.highest, seen.covered) << "a highest sequence went back";
            if (writer.highest <= seen.covered) continue;
            const ReadRequest request{
                .writer = writer.id, .after = seen.covered, .up_to = writer.highest};
            seen.covered = ValueOf(store_.Read(request, [&](const RawRecordView& record) {
                EXPECT_GT(record.sequence, seen.covered);
                EXPECT_EQ(record.payload, record.id);
                seen.ids.emplace(record.sequence, record.id);
                return true;
            }));
        }
    }

    Sequence CoveredOf(WriterId writer) { return seen_[writer].covered; }

    /// Reads each writer again from its start: what is there now was seen when its place was
    /// passed.
    void CheckNothingAppearedLater() {
        for (auto& [writer, seen] : seen_) {
            std::map<Sequence, std::string> now;
            const ReadRequest all{.writer = writer, .up_to = seen.covered, .limit = SIZE_MAX};
            EXPECT_THAT(
                store_.Read(
                    all,
                    [&](const RawRecordView& record) {
                        now.emplace(record.sequence, record.id);
                        return true;
                    }
                ),
                IsOk()
            );
            EXPECT_EQ(now, seen.ids) << "of writer " << Raw(writer);
        }
    }

    /// Each id was seen under one writer only.
    void CheckEachIdOnce() {
        std::map<std::string, WriterId> owner;
        for (const auto& [writer, seen] : seen_) {
            for (const auto& [sequence, id] : seen.ids) {
                EXPECT_TRUE(owner.emplace(id, writer).second) << id << " is stored twice";
            }
        }
    }

  private:
    struct Seen {
        Sequence covered = 0;
        std::map<Sequence, std::string> ids;
    };
    StreamStore& store_;
    std::map<WriterId, Seen> seen_;
};

}  // namespace

std::unique_ptr<StreamStore> StreamStoreAttacks::Open(const std::filesystem::path& place) {
    static const SystemClock kClock;
    auto store = ValueOf(GetParam().open(place, kClock));
    EXPECT_NE(store, nullptr);
    return store;
}

void StreamStoreAttacks::SetUp() {
    if (!GetParam().absent.empty()) GTEST_SKIP() << GetParam().absent;
    BeChildIfAsked([](const std::string& place, const Report& report) {
        AppendForEver(*Open(place), report);
    });
    std::string name = (std::filesystem::temp_directory_path() / "tilth_attack_XXXXXX").string();
    place_ = mkdtemp(name.data());
    Open(place_);  // here first, so that what serves the place outlives the children
}

void StreamStoreAttacks::TearDown() {
    if (!place_.empty()) std::filesystem::remove_all(place_);
}

namespace {

TEST_P(StreamStoreAttacks, KilledWritersLoseNothingThatWasAcknowledged) {
    std::map<WriterId, Sequence> acknowledged;
    for (int kill = 0; kill < 8; ++kill) {
        const uint64_t last = RunAndKill(
            place_,
            1 + static_cast<uint64_t>(kill) % 4,
            std::chrono::microseconds{kill * 1733 % 9000}
        );
        ASSERT_NE(last, 0U);
        acknowledged[WriterId{static_cast<int64_t>(last >> 32)}] = last & UINT32_MAX;
        const auto store = Open(place_);
        Follower follower(*store);
        follower.Follow();
        for (const auto& [writer, sequence] : acknowledged)
            EXPECT_GE(follower.CoveredOf(writer), sequence);
        follower.CheckEachIdOnce();
        EXPECT_THAT(ValueOf(store->CheckIntegrity()), ::testing::IsEmpty());
    }
}

TEST_P(StreamStoreAttacks, ReadersSeeEachWriterInOrderWhileWritersAreKilledAndStopped) {
    if (!GetParam().is_shared) GTEST_SKIP() << "the store belongs to one process at a time";
    const auto store = Open(place_);
    Follower follower(*store);
    Random random(7);
    std::vector<std::unique_ptr<RunningChild>> children;
    std::vector<uint64_t> acknowledged;
    for (int i = 0; i < 2; ++i) children.push_back(std::make_unique<RunningChild>(place_));
    for (int fault = 0; fault < 8; ++fault) {
        auto& child = children[random.Below(children.size())];
        child->WaitForReportAbove(child->Reported());
        usleep(static_cast<useconds_t>(random.Below(20'000)));
        if (random.Below(2) == 0) {
            child->Stop();
            follower.Follow();
            child->GoOn();
        } else {
            child->Kill();
            acknowledged.push_back(child->Reported());
            child = std::make_unique<RunningChild>(place_);
        }
        follower.Follow();
    }
    for (auto& child : children) {
        child->Kill();
        acknowledged.push_back(child->Reported());
    }
    const auto fresh = Open(place_);  // looks at every writer's records again
    Follower later(*fresh);
    later.Follow();
    follower.Follow();
    for (const uint64_t report : acknowledged) {
        const WriterId writer{static_cast<int64_t>(report >> 32)};
        EXPECT_GE(later.CoveredOf(writer), report & UINT32_MAX) << "of writer " << Raw(writer);
    }
    follower.CheckNothingAppearedLater();
    later.CheckEachIdOnce();
    EXPECT_THAT(ValueOf(fresh->CheckIntegrity()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace tilth
