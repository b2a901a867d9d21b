#include "pipeline/stream_cursor.h"

#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"
#include "store/conformance/checks.h"

#include <gmock/gmock.h>

namespace tilth::pipeline {
namespace {

using ::testing::ElementsAre;

/// Remembers what it was asked for.
class AskedStreamStore : public testing::MemoryStreamStore {
  public:
    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override {
        asked.emplace_back(request.after, request.up_to);
        return MemoryStreamStore::Read(request, visit);
    }
    std::vector<std::pair<Sequence, Sequence>> asked;
};

/// One writer; record n is of partition n % 4.
class StreamCursorTest : public ::testing::Test {
  protected:
    void Store(Sequence count) {
        writer_ = ValueOf(stream_.OpenWriter("route"));
        for (Sequence n = 1; n <= count; ++n) {
            RawRecord record;
            record.id = std::to_string(n);
            record.writer = writer_;
            record.sequence = n;
            record.partition = PartitionId{static_cast<uint16_t>(n % 4)};
            const RawRecordView view = record.View();
            ASSERT_THAT(stream_.Append({&view, 1}), IsOk());
        }
        generation_ = ValueOf(processed_.CreateGeneration(ConfigVersion{1}, "", {}));
    }

    void Move(const std::vector<CursorMove>& moves) {
        const auto transaction =
            ValueOf(processed_.Begin(generation_, ValueOf(processed_.AcquireLease("test", {}))));
        ASSERT_THAT(transaction->MoveCursors(moves), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    }
    void Move(size_t partition, Sequence to) {
        Move({{PartitionSet().set(partition), writer_, 0, to}});
    }

    StreamCursor Cursor(PartitionSet mine = AllPartitions()) {
        Result<StreamCursor> cursor = StreamCursor::Load(processed_, generation_, mine);
        EXPECT_THAT(cursor, IsOk());
        return std::move(*cursor);
    }

    /// As many as fit; what the cursor says then is committed.
    std::vector<Sequence> Read(StreamCursor& cursor, size_t most) {
        std::vector<Sequence> seen;
        EXPECT_THAT(
            cursor.Read(
                stream_,
                [&](const RawRecordView& record) {
                    seen.push_back(record.sequence);
                    return true;
                },
                [&] { return most - seen.size(); }
            ),
            IsOk()
        );
        Move(cursor.moves());
        cursor.Advance();
        return seen;
    }

    AskedStreamStore stream_;
    testing::MemoryProcessedStore processed_;
    WriterId writer_{};
    GenerationId generation_{};
};

TEST_F(StreamCursorTest, PartitionsAtDifferentPlacesAreReadInOneGo) {
    Store(12);
    Move(1, 9);
    Move(2, 4);
    StreamCursor cursor = Cursor();
    EXPECT_THAT(Read(cursor, 100), ElementsAre(3, 4, 6, 7, 8, 10, 11, 12));
    EXPECT_TRUE(cursor.caught_up());
    EXPECT_THAT(stream_.asked, ElementsAre(std::pair{0, 4}, std::pair{4, 9}, std::pair{9, 12}));
    EXPECT_THAT(Read(cursor, 100), ElementsAre());
}

TEST_F(StreamCursorTest, WhatFindsNoRoomComesNextTimeAndNothingTwice) {
    Store(12);
    Move(1, 9);
    Move(2, 4);
    StreamCursor cursor = Cursor();
    EXPECT_THAT(Read(cursor, 3), ElementsAre(3, 4, 6));
    EXPECT_FALSE(cursor.caught_up());
    EXPECT_THAT(Read(cursor, 3), ElementsAre(7, 8, 10));
    StreamCursor fresh = Cursor();
    EXPECT_THAT(Read(fresh, 3), ElementsAre(11, 12));
    EXPECT_TRUE(fresh.caught_up());
}

TEST_F(StreamCursorTest, ALongStretchWithoutRecordsOfItsPartitionsIsCrossedInPieces) {
    Store(5'000);
    StreamCursor cursor = Cursor(PartitionSet().set(200));
    bool is_over = false;
    ASSERT_THAT(
        cursor.Read(
            stream_,
            [](const RawRecordView&) { return true; },
            [&]() -> size_t { return std::exchange(is_over, true) ? 0 : 10; }
        ),
        IsOk()
    );
    EXPECT_FALSE(cursor.caught_up());
    ASSERT_EQ(cursor.moves().size(), 1U);
    EXPECT_EQ(cursor.moves()[0].next, 1'024U);
}

}  // namespace
}  // namespace tilth::pipeline
