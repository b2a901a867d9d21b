// What a network and a server do to a writer: answers that never come, commands that arrive late, a
// server that dies, stands still or is not there.
#include "backend/mongodb/stream_store.h"
#include "store/conformance/checks.h"
#include "support/ferretdb.h"
#include "support/ferretdb_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace tilth {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MongodbFaults : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!test::FerretDb::Available())
            GTEST_SKIP() << "no MongoDB-compatible server: third_party/fetch ferretdb builds one";
        server_ = std::make_unique<test::FerretDb>();
        gate_ = std::make_unique<test::FerretDbGate>(server_->port());
    }

    /// Through the gate, with little patience.
    std::unique_ptr<StreamStore> OpenThroughGate() {
        return ValueOf(mongodb::OpenStreamStore({.url = GateUrl()}));
    }
    std::string GateUrl() const {
        return fmt::format(
            "mongodb://127.0.0.1:{}/lab?socketTimeoutMS=700&serverSelectionTimeoutMS=700"
            "&connectTimeoutMS=700&heartbeatFrequencyMS=500",
            gate_->port()
        );
    }
    std::unique_ptr<StreamStore> OpenStraight() {
        return ValueOf(mongodb::OpenStreamStore({.url = server_->Url("lab")}));
    }

    static std::vector<RawRecord> Batch(WriterId writer, Sequence first, Sequence last) {
        std::vector<RawRecord> records;
        for (Sequence s = first; s <= last; ++s) {
            RawRecord& record = records.emplace_back();
            record.id = fmt::format("{}-{}", Raw(writer), s);
            record.writer = writer;
            record.sequence = s;
            record.received_at = FromMicros(static_cast<int64_t>(s));
            record.payload = record.id;
        }
        return records;
    }
    static Result<AppendOutcome> Append(StreamStore& store, const std::vector<RawRecord>& records) {
        std::vector<RawRecordView> views;
        for (const RawRecord& record : records) views.push_back(record.View());
        return store.Append(views);
    }
    /// The same batch again until the store takes it.
    static AppendOutcome AppendUntilTaken(
        StreamStore& store, const std::vector<RawRecord>& records
    ) {
        for (int i = 0; i < 300; ++i) {
            if (const auto outcome = Append(store, records)) return *outcome;
            std::this_thread::sleep_for(100ms);
        }
        ADD_FAILURE() << "the store never took the batch";
        return {};
    }
    static std::vector<Sequence> SequencesOf(StreamStore& store, WriterId writer) {
        std::vector<Sequence> sequences;
        const ReadRequest all{.writer = writer, .up_to = UINT64_MAX, .limit = SIZE_MAX};
        EXPECT_THAT(
            store.Read(
                all,
                [&](const RawRecordView& record) {
                    sequences.push_back(record.sequence);
                    return true;
                }
            ),
            IsOk()
        );
        return sequences;
    }
    static std::vector<Sequence> Numbers(Sequence first, Sequence last) {
        std::vector<Sequence> numbers;
        for (Sequence s = first; s <= last; ++s) numbers.push_back(s);
        return numbers;
    }
    static void WaitUntil(const std::function<bool()>& is_so) {
        const auto limit = std::chrono::steady_clock::now() + 30s;
        while (!is_so() && std::chrono::steady_clock::now() < limit)
            std::this_thread::sleep_for(10ms);
        EXPECT_TRUE(is_so());
    }

    std::unique_ptr<test::FerretDb> server_;
    std::unique_ptr<test::FerretDbGate> gate_;
};

TEST_F(MongodbFaults, ABatchWhoseAnswerWasLostIsCountedOnce) {
    const auto store = OpenThroughGate();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    ASSERT_THAT(Append(*store, Batch(writer, 1, 3)), IsOk());
    gate_->DropAnswers();
    const auto lost = Append(*store, Batch(writer, 4, 8));
    ASSERT_THAT(lost, FailsWith(Fault::kUnavailable));
    EXPECT_THAT(lost.error().message, HasSubstr("outcome of a batch is not known"));
    gate_->Release();
    const AppendOutcome again = AppendUntilTaken(*store, Batch(writer, 4, 8));
    EXPECT_EQ(again.stored, 5U);
    EXPECT_EQ(again.duplicates, 0U);
    const auto reader = OpenStraight();
    EXPECT_EQ(SequencesOf(*reader, writer), Numbers(1, 8));
    EXPECT_EQ(ValueOf(reader->Statistics()).records, 8U);
}

TEST_F(MongodbFaults, ACommandThatArrivesAfterItsRetryChangesNothing) {
    const auto store = OpenThroughGate();
    const auto reader = OpenStraight();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    ASSERT_THAT(Append(*store, Batch(writer, 1, 2)), IsOk());
    gate_->HoldRequests();
    ASSERT_THAT(Append(*store, Batch(writer, 3, 7)), FailsWith(Fault::kUnavailable));
    EXPECT_EQ(SequencesOf(*reader, writer), Numbers(1, 2));
    gate_->PassNewConnections();
    AppendUntilTaken(*store, Batch(writer, 3, 7));
    AppendUntilTaken(*store, Batch(writer, 8, 9));
    ASSERT_GT(gate_->held(), 0U);
    gate_->Release();
    WaitUntil([&] { return gate_->held() == 0; });
    AppendUntilTaken(*store, Batch(writer, 10, 10));
    EXPECT_EQ(SequencesOf(*reader, writer), Numbers(1, 10));
    EXPECT_THAT(ValueOf(reader->CheckIntegrity()), IsEmpty());
}

TEST_F(MongodbFaults, ACommandThatArrivesBeforeItsRetryIsFound) {
    const auto store = OpenThroughGate();
    const auto reader = OpenStraight();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    gate_->HoldRequests();
    ASSERT_THAT(Append(*store, Batch(writer, 1, 5)), FailsWith(Fault::kUnavailable));
    gate_->Release();
    WaitUntil([&] { return SequencesOf(*reader, writer).size() == 5; });
    const AppendOutcome again = AppendUntilTaken(*store, Batch(writer, 1, 5));
    EXPECT_EQ(again.stored, 5U);
    EXPECT_EQ(again.duplicates, 0U);
}

TEST_F(MongodbFaults, AfterAnUnknownOutcomeNoOtherBatchMayFollow) {
    const auto store = OpenThroughGate();
    const auto reader = OpenStraight();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    gate_->HoldRequests();
    ASSERT_THAT(Append(*store, Batch(writer, 1, 5)), FailsWith(Fault::kUnavailable));
    gate_->PassNewConnections();
    // Were these taken, the first batch would appear below them when it arrives.
    WaitUntil([&] { return store->Writers().has_value(); });
    EXPECT_THAT(Append(*store, Batch(writer, 6, 7)), FailsWith(Fault::kConflict));
    EXPECT_THAT(store->EndWriter(writer), FailsWith(Fault::kUnavailable));
    const WriterId next = ValueOf(reader->OpenWriter("route"));
    EXPECT_THAT(Append(*reader, Batch(next, 1, 2)), IsOk());
    gate_->Release();
    WaitUntil([&] { return SequencesOf(*reader, writer).size() == 5; });
    WaitUntil([&] {
        const auto writers = store->Writers();
        return writers && writers->front().highest == 5;
    });
    AppendUntilTaken(*store, Batch(writer, 6, 7));
    WaitUntil([&] { return store->EndWriter(writer).has_value(); });
}

TEST_F(MongodbFaults, DuplicatesInALongBatchArePassedOverInOrder) {
    const auto store = OpenStraight();
    const WriterId first = ValueOf(store->OpenWriter("route/1"));
    std::vector<RawRecord> there = Batch(first, 1, 4);
    const WriterId second = ValueOf(store->OpenWriter("route/2"));
    std::vector<RawRecord> batch = Batch(second, 1, 450);
    there[0].id = batch[5].id;
    there[1].id = batch[150].id;
    there[2].id = batch[151].id;
    there[3].id = batch[449].id;
    ASSERT_THAT(Append(*store, there), IsOk());

    std::atomic<bool> done = false;
    std::jthread reader([&] {
        const auto other = OpenStraight();
        while (!done) {
            const std::vector<Sequence> seen = SequencesOf(*other, second);
            if (seen.empty()) continue;
            const size_t holes = (seen.back() > 6 ? 1U : 0U) + (seen.back() > 152 ? 2U : 0U);
            EXPECT_EQ(seen.size(), seen.back() - holes)
                << "records are missing below " << seen.back();
        }
    });
    const AppendOutcome outcome = ValueOf(Append(*store, batch));
    done = true;
    EXPECT_EQ(outcome.stored, 446U);
    EXPECT_EQ(outcome.duplicates, 4U);
    EXPECT_TRUE(outcome.was_there[150] && outcome.was_there[449] && !outcome.was_there[149]);
}

TEST_F(MongodbFaults, AServerThatIsKilledInTheMiddleLosesAndDoublesNothing) {
    const auto store = OpenThroughGate();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    Sequence next = 1;
    for (int round = 0; round < 4; ++round) {
        const std::vector<RawRecord> batch = Batch(writer, next, next + 899);
        std::jthread appending([&] { AppendUntilTaken(*store, batch); });
        std::this_thread::sleep_for(std::chrono::milliseconds{5 + 25 * round});
        server_->Kill();
        std::this_thread::sleep_for(20ms);
        server_->Start();
        appending.join();
        next += 900;
    }
    const auto reader = OpenStraight();
    EXPECT_EQ(SequencesOf(*reader, writer), Numbers(1, next - 1));
    EXPECT_EQ(ValueOf(reader->Statistics()).records, next - 1);
    EXPECT_THAT(ValueOf(reader->CheckIntegrity()), IsEmpty());
}

TEST_F(MongodbFaults, AServerThatStandsStillIsGivenUpInTime) {
    const auto store = OpenThroughGate();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    server_->Freeze();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(Append(*store, Batch(writer, 1, 5)), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(store->Writers(), FailsWith(Fault::kUnavailable));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
    server_->Thaw();
    EXPECT_EQ(AppendUntilTaken(*store, Batch(writer, 1, 5)).stored, 5U);
    EXPECT_EQ(SequencesOf(*OpenStraight(), writer), Numbers(1, 5));
}

TEST_F(MongodbFaults, AServerThatIsNotThereIsNamed) {
    gate_->Close();
    const auto start = std::chrono::steady_clock::now();
    const auto opened = mongodb::OpenStreamStore({.url = GateUrl()});
    ASSERT_THAT(opened, FailsWith(Fault::kUnavailable));
    EXPECT_THAT(opened.error().message, HasSubstr(fmt::format("127.0.0.1:{}/lab", gate_->port())));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
    gate_->Open();
    EXPECT_NE(OpenThroughGate(), nullptr);
}

TEST_F(MongodbFaults, AStoreConnectsAgainByItself) {
    const auto store = OpenThroughGate();
    const WriterId writer = ValueOf(store->OpenWriter("route"));
    ASSERT_THAT(Append(*store, Batch(writer, 1, 2)), IsOk());
    gate_->Close();
    EXPECT_THAT(Append(*store, Batch(writer, 3, 4)), FailsWith(Fault::kUnavailable));
    gate_->Open();
    EXPECT_EQ(AppendUntilTaken(*store, Batch(writer, 3, 4)).stored, 2U);
    EXPECT_EQ(SequencesOf(*OpenStraight(), writer), Numbers(1, 4));
}

}  // namespace
}  // namespace tilth
