#include "base/hash.h"
#include "pipeline/route.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <thread>

namespace tilth::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryStreamStore;
using testing::Sure;

/// A store whose commits wait or fail when a test says so.
class GatedStore final : public MemoryStreamStore {
  public:
    Result<AppendOutcome> Append(std::span<const RawRecordView> records) override {
        {
            std::unique_lock lock(gate_);
            ++attempts_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return open_; });
            if (failures_ > 0) {
                --failures_;
                if (!fails_after_) return Fail(Fault::kUnavailable, "the disk is full");
                // What a server finishes of a command whose answer was lost.
                Sure(MemoryStreamStore::Append(records.subspan(left_out_)));
                return Fail(Fault::kUnavailable, "the link broke; the outcome is unknown");
            }
        }
        for (const RawRecordView& record : records) {
            if (record.payload.size() > most_payload) {
                return Fail(Fault::kBadInput, "record {} is too large", record.sequence);
            }
        }
        sizes.push_back(records.size());
        return MemoryStreamStore::Append(records);
    }

    void Shut() {
        const std::scoped_lock lock(gate_);
        open_ = false;
    }
    void Open() {
        const std::scoped_lock lock(gate_);
        open_ = true;
        changed_.notify_all();
    }
    void FailNext(int times, bool after_effect) {
        const std::scoped_lock lock(gate_);
        failures_ = times;
        fails_after_ = after_effect;
    }
    /// Of the records of a commit that fails after its effect, so many at the beginning are not
    /// stored.
    void LeaveOut(size_t count) {
        const std::scoped_lock lock(gate_);
        left_out_ = count;
    }
    /// Writers cannot be opened for a while.
    void RefuseWriters(int times) { refused_writers_ = times; }
    Result<WriterId> OpenWriter(std::string_view name) override {
        if (refused_writers_ > 0) {
            --refused_writers_;
            return Fail(Fault::kUnavailable, "the link broke");
        }
        return MemoryStreamStore::OpenWriter(name);
    }
    void WaitForAttempts(int count) {
        std::unique_lock lock(gate_);
        changed_.wait(lock, [&] { return attempts_ >= count; });
    }

    size_t most_payload = SIZE_MAX;
    std::vector<size_t> sizes;  ///< Of the batches that went in.

  private:
    std::mutex gate_;
    std::condition_variable changed_;
    bool open_ = true;
    bool fails_after_ = false;
    int failures_ = 0;
    size_t left_out_ = 0;
    std::atomic<int> refused_writers_ = 0;
    int attempts_ = 0;
};

IncomingMessage Message(
    std::string_view topic, std::string_view payload, uint8_t qos = 0, uint16_t packet_id = 0
) {
    IncomingMessage message;
    message.topic = topic;
    message.payload = payload;
    message.qos = qos;
    message.packet_id = packet_id;
    return message;
}

class RouterTest : public ::testing::Test {
  protected:
    void Start() {
        router_ = Sure(Router::Start(store_, clock_, options_, [this](uint64_t count) {
            const std::scoped_lock lock(mutex_);
            acknowledged_ = count;
            commits_ += 1;
        }));
    }
    uint64_t Offer(const IncomingMessage& message) { return router_->Offer({&message, 1}); }
    void OfferNumbers(int from, int to) {
        for (int i = from; i < to; ++i) {
            const std::string payload = std::to_string(i);
            Offer(Message("numbers", payload));
        }
    }
    uint64_t Acknowledged() {
        const std::scoped_lock lock(mutex_);
        return acknowledged_;
    }
    void Flush() { ASSERT_TRUE(router_->Flush(seconds{60})); }
    std::vector<RawRecord> Stored() {
        std::vector<RawRecord> all;
        for (const WriterInfo& writer : Sure(store_.Writers())) {
            ReadRequest request;
            request.writer = writer.id;
            request.up_to = writer.highest;
            request.limit = SIZE_MAX;
            Sure(store_.Read(request, [&](const RawRecordView& record) {
                all.emplace_back(record);
                return true;
            }));
        }
        return all;
    }
    std::vector<std::string> Payloads() {
        std::vector<std::string> payloads;
        for (const RawRecord& record : Stored()) payloads.push_back(record.payload);
        return payloads;
    }
    static std::vector<std::string> Numbers(int count) {
        std::vector<std::string> numbers;
        for (int i = 0; i < count; ++i) numbers.push_back(std::to_string(i));
        return numbers;
    }

    GatedStore store_;
    ManualClock clock_{FromMicros(1'700'000'000'000'000)};
    RouterOptions options_;
    std::mutex mutex_;
    uint64_t acknowledged_ = 0;
    int commits_ = 0;
    std::unique_ptr<Router> router_;
};

TEST_F(RouterTest, NothingIsAcknowledgedBeforeItIsCommitted) {
    Start();
    store_.Shut();
    EXPECT_EQ(Offer(Message("a", "1")), 1U);
    store_.WaitForAttempts(1);
    EXPECT_EQ(Acknowledged(), 0U);
    EXPECT_THAT(Stored(), IsEmpty());
    EXPECT_FALSE(router_->Flush(milliseconds{1}));
    store_.Open();
    Flush();
    EXPECT_EQ(Acknowledged(), 1U);
    EXPECT_THAT(Payloads(), ElementsAre("1"));
}

TEST_F(RouterTest, WhatComesDuringACommitGoesTogetherInTheNext) {
    Start();
    store_.Shut();
    OfferNumbers(0, 1);
    store_.WaitForAttempts(1);
    OfferNumbers(1, 500);
    EXPECT_EQ(router_->Statistics().waiting, 500U);
    store_.Open();
    Flush();
    EXPECT_THAT(store_.sizes, ElementsAre(1, 499));
    EXPECT_EQ(Payloads(), Numbers(500));
    EXPECT_EQ(router_->Statistics().commits, 2U);
    EXPECT_EQ(router_->Statistics().waiting, 0U);
}

TEST_F(RouterTest, AStoreThatIsAwayLosesNothingAndKeepsTheOrder) {
    Start();
    store_.FailNext(2, false);
    OfferNumbers(0, 10);
    store_.WaitForAttempts(2);
    EXPECT_EQ(Acknowledged(), 0U);
    EXPECT_TRUE(router_->Statistics().store_away);
    EXPECT_THAT(router_->Statistics().trouble, HasSubstr("disk is full"));
    OfferNumbers(10, 300);
    Flush();
    EXPECT_EQ(Payloads(), Numbers(300));
    EXPECT_EQ(Acknowledged(), 300U);
    EXPECT_FALSE(router_->Statistics().store_away);
}

TEST_F(RouterTest, ACommitThatHadItsEffectAndSaidItFailedIsNotRepeated) {
    Start();
    store_.FailNext(1, true);
    OfferNumbers(0, 20);
    Flush();
    EXPECT_EQ(Payloads(), Numbers(20));
    EXPECT_EQ(Acknowledged(), 20U);
    EXPECT_EQ(router_->Statistics().messages, 20U);
    EXPECT_EQ(router_->Statistics().duplicates, 0U);
}

TEST_F(RouterTest, AHoleThatAFailedCommitLeftIsFilledByAnotherWriter) {
    Start();
    store_.LeaveOut(7);
    store_.FailNext(1, true);
    store_.Shut();
    OfferNumbers(0, 20);
    store_.WaitForAttempts(1);
    store_.RefuseWriters(2);
    store_.Open();
    Flush();
    std::vector<std::string> expected = Numbers(20);
    std::ranges::sort(expected);
    std::vector<std::string> payloads = Payloads();
    std::ranges::sort(payloads);
    EXPECT_EQ(payloads, expected);
    EXPECT_EQ(Acknowledged(), 20U);
    EXPECT_EQ(router_->Statistics().messages, 20U);
    OfferNumbers(20, 25);
    Flush();
    EXPECT_EQ(Payloads().size(), 25U);
}

TEST_F(RouterTest, StoppedWhileTheStoreIsAwayItAcknowledgesNothing) {
    Start();
    store_.FailNext(1'000'000, false);
    OfferNumbers(0, 5);
    store_.WaitForAttempts(1);
    router_.reset();
    EXPECT_EQ(Acknowledged(), 0U);
    EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(RouterTest, WhatWasOfferedIsCommittedBeforeItEnds) {
    options_.linger = seconds{3600};
    Start();
    OfferNumbers(0, 50);
    router_.reset();
    EXPECT_EQ(Payloads(), Numbers(50));
    EXPECT_EQ(Acknowledged(), 50U);
    EXPECT_TRUE(Sure(store_.Writers()).front().ended);
}

TEST_F(RouterTest, AFullBatchDoesNotLinger) {
    options_.linger = seconds{3600};
    options_.max_batch_messages = 10;
    Start();
    OfferNumbers(0, 10);
    Flush();
    EXPECT_EQ(Acknowledged(), 10U);
}

TEST_F(RouterTest, DiscardThrowsAwayWhatIsNotBeingCommitted) {
    Start();
    store_.Shut();
    OfferNumbers(0, 1);
    store_.WaitForAttempts(1);
    OfferNumbers(100, 200);
    router_->Discard();
    EXPECT_EQ(Offer(Message("numbers", "1")), 2U);
    store_.Open();
    Flush();
    EXPECT_EQ(Payloads(), Numbers(2));
    EXPECT_EQ(Acknowledged(), 2U);
}

TEST_F(RouterTest, ARedeliveryIsCountedOnceAlsoAfterARestart) {
    Start();
    for (const uint16_t id : {1, 2, 3})
        Offer(Message("sensors", "payload " + std::to_string(id), 1, id));
    Flush();
    router_.reset();
    Start();
    for (const uint16_t id : {2, 3, 4}) {
        const std::string payload = "payload " + std::to_string(id);
        IncomingMessage again = Message("sensors", payload, 1, id);
        again.dup = true;
        Offer(again);
    }
    Flush();
    EXPECT_THAT(Payloads(), ElementsAre("payload 1", "payload 2", "payload 3", "payload 4"));
    EXPECT_EQ(Acknowledged(), 3U) << "all that was offered to this router may be acknowledged";
    EXPECT_EQ(router_->Statistics().duplicates, 2U);
}

TEST_F(RouterTest, AMessageThatIsOnlyLikeAnotherIsStored) {
    Start();
    IncomingMessage message = Message("sensors", "5.1", 1, 7);
    Offer(message);
    Offer(message);  // the publisher's own second sending: not a redelivery
    message.dup = true;
    message.payload = "5.2";
    Offer(message);  // a redelivery of what never came here
    message.topic = "other";
    Offer(message);
    Flush();
    EXPECT_THAT(Payloads(), ElementsAre("5.1", "5.1", "5.2", "5.2"));
}

TEST_F(RouterTest, TheBrokersIdIsTheMessagesIdentity) {
    Start();
    IncomingMessage message = Message("sensors", "5.1", 1, 7);
    message.broker_id = "run-1:42";
    message.broker_arrival = FromMicros(1'600'000'000'000'000);
    Offer(message);
    message.packet_id = 9;
    Offer(message);
    Flush();
    ASSERT_EQ(Stored().size(), 1U);
    EXPECT_EQ(Stored().front().id, "run-1:42");
    EXPECT_EQ(Stored().front().received_at, FromMicros(1'600'000'000'000'000));
    EXPECT_EQ(router_->Statistics().duplicates, 1U);
}

TEST_F(RouterTest, APausedRouterThatWakesAfterItsSuccessorStoredTheBatchStoresNothingTwice) {
    Start();
    store_.Shut();  // the pause: the batch is on its way
    IncomingMessage message = Message("sensors", "5.1", 1, 7);
    message.broker_id = "run-1:42";
    Offer(message);
    store_.WaitForAttempts(1);

    RawRecordView record;
    record.writer = Sure(store_.OpenWriter(options_.name));
    record.sequence = 1;
    record.id = message.broker_id;
    record.topic = message.topic;
    record.payload = message.payload;
    Sure(store_.MemoryStreamStore::Append({&record, 1}));
    store_.Open();
    Flush();
    EXPECT_EQ(Acknowledged(), 1U);
    EXPECT_THAT(Payloads(), ElementsAre("5.1"));
    EXPECT_EQ(router_->Statistics().duplicates, 1U);
}

TEST_F(RouterTest, TimesOfArrivalRiseWhateverTheClockDoes) {
    Start();
    for (int i = 0; i < 5; ++i) {
        Offer(Message("a", "1"));
        Flush();
        clock_.Advance(-seconds{10});
    }
    const std::vector<RawRecord> records = Stored();
    for (size_t i = 1; i < records.size(); ++i)
        EXPECT_GT(records[i].received_at, records[i - 1].received_at);
}

TEST_F(RouterTest, BytesAreKeptAsTheyCame) {
    Start();
    const std::string zeroes("\0\xff\0{", 4);
    const std::string long_name(65'000, 'n');
    const std::string hostile = R"({"name": "../../etc/passwd\u0000", "value": 1})";
    Offer(Message("", ""));
    Offer(Message(zeroes, zeroes));
    Offer(Message(long_name, long_name));
    Offer(Message("'; DROP TABLE record; --", hostile, 2, 1));
    Flush();
    const std::vector<RawRecord> records = Stored();
    ASSERT_EQ(records.size(), 4U);
    EXPECT_EQ(records[0].topic, "");
    EXPECT_EQ(records[1].topic, zeroes);
    EXPECT_EQ(records[1].payload, zeroes);
    EXPECT_EQ(records[2].topic, long_name);
    EXPECT_EQ(records[3].payload, hostile);
    EXPECT_EQ(records[3].qos, 2);
}

TEST_F(RouterTest, AnOversizedMessageIsKeptWithItsLengthAndDigest) {
    Start();
    IncomingMessage message = Message("big", "first part", 1, 3);
    message.oversized = "13000000 bytes, digest 1234";
    Offer(message);
    Flush();
    EXPECT_EQ(Stored().front().kind, RecordKind::kOversized);
    EXPECT_EQ(Stored().front().note, "13000000 bytes, digest 1234");
}

const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

IncomingMessage Traced(IncomingMessage message) {
    message.traceparent = kParent;
    message.tracestate = "a=1";
    return message;
}

TEST_F(RouterTest, TheTraceOfAMessageIsKeptWithIt) {
    Start();
    IncomingMessage named = Traced(Message("a", "0", 1, 3));
    named.broker_id = "run-1";
    Offer(named);
    Offer(Traced(Message("a", "1", 1, 4)));
    IncomingMessage large = Traced(Message("a", "2"));
    large.oversized = "13000000 bytes, digest 1234";
    Offer(large);
    Offer(Message("a", "3"));
    IncomingMessage wrong = Message("a", "4");
    wrong.traceparent = "00-what-somebody-made-up-01";
    Offer(wrong);
    Flush();
    const std::vector<RawRecord> records = Stored();
    ASSERT_EQ(records.size(), 5U);
    const std::string trace = "traceparent " + kParent + "\ntracestate a=1";
    EXPECT_EQ(records[0].note, trace);
    EXPECT_EQ(records[1].note, "packet 4\n" + trace);
    EXPECT_EQ(records[2].note, "13000000 bytes, digest 1234\n" + trace);
    EXPECT_EQ(records[3].note, "");
    EXPECT_EQ(records[4].note, "");
}

TEST_F(RouterTest, ARedeliveryIsRecognisedWithATraceToo) {
    Start();
    Offer(Traced(Message("a", "1", 1, 4)));
    Flush();
    router_.reset();
    Start();
    IncomingMessage again = Traced(Message("a", "1", 1, 4));
    again.dup = true;
    Offer(again);
    Flush();
    EXPECT_EQ(Stored().size(), 1U);
    EXPECT_EQ(router_->Statistics().duplicates, 1U);
}

TEST_F(RouterTest, WhatTheStoreRefusesForGoodDoesNotStopTheRest) {
    store_.most_payload = 100'000;
    Start();
    store_.Shut();
    Offer(Message("a", "0"));
    store_.WaitForAttempts(1);
    const std::string big(200'000, 'x');
    Offer(Message("a", "1"));
    Offer(Traced(Message("a", big)));
    Offer(Message("a", "3"));
    store_.Open();
    Flush();
    const std::vector<RawRecord> records = Stored();
    ASSERT_EQ(records.size(), 4U);
    EXPECT_EQ(records[2].kind, RecordKind::kOversized);
    EXPECT_EQ(records[2].payload.size(), 65'536U);
    EXPECT_THAT(records[2].note, HasSubstr("200000 bytes, digest " + HexDigest(big)));
    EXPECT_THAT(records[2].note, HasSubstr("\ntraceparent " + kParent));
    EXPECT_EQ(records[3].payload, "3");
    EXPECT_EQ(Acknowledged(), 4U);
}

TEST(DeviceHintTest, IsTheFirstKeyOrTheTopic) {
    EXPECT_EQ(DeviceHint("t", R"({"name": "sensor1", "value": 5.1})"), "sensor1");
    EXPECT_EQ(DeviceHint("t", R"({"value": 5.1, "device" : "d", "name": "n"})"), "d");
    EXPECT_EQ(DeviceHint("t", R"([{"bn":"urn:dev:x:","n":"t","v":1}])"), "urn:dev:x:");
    EXPECT_EQ(DeviceHint("t", R"({"name": 5})"), "t");
    EXPECT_EQ(DeviceHint("t", R"({"name": "a\"b"})"), "t");
    EXPECT_EQ(DeviceHint("t", R"({"name": ")" + std::string(300, 'n') + R"("})"), "t");
    EXPECT_EQ(DeviceHint("", ""), "");
    EXPECT_EQ(DeviceHint("t", R"({"name": ")"), "t");
    EXPECT_LT(Raw(PartitionOf("anything")), kPartitions);
}

}  // namespace
}  // namespace tilth::pipeline
