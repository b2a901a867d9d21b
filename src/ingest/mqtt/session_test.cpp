#include "ingest/mqtt/session.h"

#include "ingest/mqtt/packet_samples.h"
#include "ingest/mqtt/session_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::mqtt {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SessionTest : public testing::Test {
  protected:
    static SessionOptions Options() {
        SessionOptions options;
        options.client_id = "lab";
        options.keep_alive = seconds(10);
        return options;
    }

    void Begin(SessionOptions options) { session_.emplace(std::move(options)); }

    // Opens a connection and answers CONNECT.
    Status Connect(Connack connack = {}) {
        session_->Open(now_);
        EXPECT_THAT(Sent(), ElementsAre("CONNECT"));
        return Receive(connack);
    }

    Status Receive(const Packet& packet) {
        std::string bytes;
        EncodePacket(version_, packet, bytes);
        return Feed(*session_, bytes, now_, events_);
    }

    Status ReceivePublish(uint16_t id, Qos qos, bool dup = false) {
        return Receive(Publish{"t", "x", {}, id, qos, false, dup});
    }

    // The packets put out since the last call.
    std::vector<std::string> Sent() {
        std::vector<std::string> summaries;
        TakePackets(version_, session_->output(), [&summaries](const Packet& packet) {
            summaries.push_back(Summary(packet));
        });
        session_->Sent(now_);
        return summaries;
    }

    void Queue(Qos qos, uint64_t user_token) {
        PublishBlock block;
        block.Add(version_, {"t", "x", {}, 0, qos, false, false}, user_token);
        session_->outbound().Load(block);
        session_->Pump(100'000, published_);
    }

    Version version_ = Version::k5;
    Instant now_{};
    std::optional<Session> session_;
    Events events_;
    std::vector<Published> published_;
};

constexpr Qos kQos0 = Qos::kAtMostOnce;
constexpr Qos kQos1 = Qos::kAtLeastOnce;
constexpr Qos kQos2 = Qos::kExactlyOnce;

TEST_F(SessionTest, AcknowledgesOnlyWhatTheOwnerHasSettledAndInOrderOfReceipt) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(7, kQos1));
    ASSERT_TRUE(ReceivePublish(0, kQos0));
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    ASSERT_TRUE(ReceivePublish(5, kQos1));
    EXPECT_THAT(Sent(), IsEmpty());
    session_->Acknowledge(3);
    EXPECT_THAT(Sent(), ElementsAre("PUBACK 7", "PUBREC 3"));
    session_->Acknowledge(2);
    EXPECT_THAT(Sent(), IsEmpty());
    session_->Acknowledge(1'000'000);
    EXPECT_THAT(Sent(), ElementsAre("PUBACK 5"));
    EXPECT_EQ(session_->inbound().held_messages(), 0u);
    EXPECT_EQ(session_->inbound().held_bytes(), 0u);
}

TEST_F(SessionTest, PubcompWaitsUntilTheOwnerHasForgottenTheId) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    session_->Acknowledge(1);
    EXPECT_THAT(session_->inbound().StoredIds(), ElementsAre(3));
    EXPECT_THAT(Sent(), ElementsAre("PUBREC 3"));
    ASSERT_TRUE(Receive(Ack{PacketType::kPubrel, 3, Reason::kSuccess, {}}));
    ASSERT_EQ(events_.released.size(), 1u);
    EXPECT_EQ(events_.released[0].packet_id, 3);
    EXPECT_THAT(Sent(), IsEmpty());
    session_->Acknowledge(events_.released[0].token);
    EXPECT_THAT(Sent(), ElementsAre("PUBCOMP 3"));
    EXPECT_THAT(session_->inbound().StoredIds(), IsEmpty());
}

TEST_F(SessionTest, AnUnknownPubrelIsAnsweredAtOnce) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(Receive(Ack{PacketType::kPubrel, 9, Reason::kSuccess, {}}));
    EXPECT_THAT(events_.released, IsEmpty());
    EXPECT_THAT(Sent(), ElementsAre("PUBCOMP 9 0x92"));
}

TEST_F(SessionTest, AStoredQos2MessageIsNotGivenOutAgain) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    session_->Acknowledge(1);
    session_->Close(false);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    ASSERT_TRUE(ReceivePublish(3, kQos2, true));
    EXPECT_THAT(events_.messages, IsEmpty());
    EXPECT_THAT(Sent(), ElementsAre("PUBREC 3"));
}

TEST_F(SessionTest, AQos2MessageInTheOwnersHandsIsNotGivenOutAgain) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    session_->Close(false);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    ASSERT_TRUE(ReceivePublish(3, kQos2, true));
    EXPECT_THAT(events_.messages, IsEmpty());
    EXPECT_THAT(Sent(), IsEmpty());
    session_->Acknowledge(1);
    EXPECT_THAT(Sent(), ElementsAre("PUBREC 3"));
}

TEST_F(SessionTest, WhatTheOwnerDiscardedIsGivenOutAgain) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    session_->Close(true);
    EXPECT_EQ(session_->inbound().held_messages(), 0u);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    ASSERT_TRUE(ReceivePublish(3, kQos2, true));
    ASSERT_EQ(events_.messages.size(), 1u);
    EXPECT_TRUE(events_.messages[0].dup);
}

TEST_F(SessionTest, WithoutDupAnIdIsANewMessage) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    session_->Acknowledge(1);
    session_->Close(false);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    ASSERT_TRUE(ReceivePublish(3, kQos2, false));
    EXPECT_EQ(events_.messages.size(), 1u);
}

TEST_F(SessionTest, IdsOfALostSessionMeanNothing) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    ASSERT_TRUE(ReceivePublish(3, kQos2));
    ASSERT_TRUE(ReceivePublish(4, kQos2));
    session_->Acknowledge(1);
    session_->Close(false);
    ASSERT_TRUE(Connect({false, Reason::kSuccess, {}}));
    session_->Acknowledge(2);
    EXPECT_THAT(session_->inbound().StoredIds(), IsEmpty());
    EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(SessionTest, StoredIdsOutliveTheProcess) {
    SessionOptions options = Options();
    options.stored_ids = {3, 65'535};
    Begin(options);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    ASSERT_TRUE(ReceivePublish(3, kQos2, true));
    EXPECT_THAT(events_.messages, IsEmpty());
    EXPECT_THAT(Sent(), ElementsAre("PUBREC 3"));
    EXPECT_THAT(session_->inbound().StoredIds(), ElementsAre(3, 65'535));
}

TEST_F(SessionTest, APublishOverTheLimitIsReportedAndAcknowledgedLikeAnother) {
    SessionOptions options = Options();
    options.max_packet = 1024;
    Begin(options);
    ASSERT_TRUE(Connect());
    const std::string payload(5000, 'x');
    ASSERT_TRUE(Receive(Publish{"big", payload, {}, 8, kQos1, false, false}));
    ASSERT_EQ(events_.messages.size(), 1u);
    const Message& message = events_.messages[0];
    ASSERT_NE(message.oversized, nullptr);
    EXPECT_EQ(message.oversized->payload_size, 5000u);
    EXPECT_EQ(message.topic, "big");
    EXPECT_TRUE(events_.more);
    session_->Acknowledge(message.token);
    EXPECT_THAT(Sent(), ElementsAre("PUBACK 8"));
}

TEST_F(SessionTest, SubscribesOnEveryConnection) {
    SessionOptions options = Options();
    options.subscriptions = {{"a", kQos1}, {"$share/g/b", kQos2}};
    Begin(options);
    const std::vector<Reason> granted{static_cast<Reason>(1), static_cast<Reason>(2)};
    const SubscribeAnswer suback{PacketType::kSuback, 65'535, {}, granted};
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    EXPECT_THAT(Sent(), ElementsAre("SUBSCRIBE"));
    ASSERT_TRUE(Receive(suback));
    EXPECT_TRUE(events_.subscribed);
    session_->Close(false);
    // A broker may have the session still and the shared subscription no more.
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    EXPECT_THAT(Sent(), ElementsAre("SUBSCRIBE"));
    session_->Close(false);
    ASSERT_TRUE(Connect({false, Reason::kSuccess, {}}));
    EXPECT_THAT(Sent(), ElementsAre("SUBSCRIBE"));
}

TEST_F(SessionTest, ALesserQosThanAskedIsARefusal) {
    SessionOptions options = Options();
    options.subscriptions = {{"a", kQos2}};
    Begin(options);
    ASSERT_TRUE(Connect());
    const Status status =
        Receive(SubscribeAnswer{PacketType::kSuback, 65'535, {}, {static_cast<Reason>(1)}});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().fault, Fault::kRefused);
    EXPECT_THAT(status.error().message, HasSubstr("QoS 1"));
    EXPECT_FALSE(session_->final());
}

TEST_F(SessionTest, ADrainedSessionStaysUnsubscribed) {
    SessionOptions options = Options();
    options.subscriptions = {{"a", kQos1}};
    Begin(options);
    ASSERT_TRUE(Connect());
    Sent();
    session_->EndSubscriptions();
    EXPECT_THAT(Sent(), ElementsAre("UNSUBSCRIBE"));
    session_->Close(false);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    EXPECT_THAT(Sent(), ElementsAre("UNSUBSCRIBE"));
    ASSERT_TRUE(Receive(SubscribeAnswer{PacketType::kUnsuback, 65'534, {}, {Reason::kSuccess}}));
    EXPECT_TRUE(events_.unsubscribed);
}

TEST_F(SessionTest, ATakenOverSessionIsTheEnd) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    const Status status = Receive(Disconnect{Reason::kSessionTakenOver, {}});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().fault, Fault::kConflict);
    EXPECT_TRUE(session_->final());
}

TEST_F(SessionTest, AnyOtherGoodbyeIsNot) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    const Status status = Receive(Disconnect{Reason::kServerShuttingDown, {}});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().fault, Fault::kUnavailable);
    EXPECT_FALSE(session_->final());
}

TEST_F(SessionTest, RefusalsSayWhyAndWhetherToComeBack) {
    version_ = Version::k311;
    SessionOptions options = Options();
    options.version = version_;
    Begin(options);
    const Status not_authorized = Connect({false, static_cast<Reason>(5), {}});
    ASSERT_FALSE(not_authorized);
    EXPECT_EQ(not_authorized.error().fault, Fault::kRefused);
    EXPECT_THAT(not_authorized.error().message, HasSubstr("not authorized"));
    EXPECT_FALSE(session_->final());
    session_->Close(false);
    EXPECT_FALSE(Connect({false, static_cast<Reason>(2), {}}));
    EXPECT_TRUE(session_->final());
}

TEST_F(SessionTest, WhatABrokerMayNotSendEndsTheConnection) {
    for (const PacketSample& sample : PacketSamples()) {
        if (sample.version != Version::k5) continue;
        const auto type = SmallFrame(sample.bytes).type();
        Begin(Options());
        session_->Open(now_);
        const Status first = Feed(*session_, sample.bytes, now_, events_);
        EXPECT_EQ(first.has_value(), type == PacketType::kConnack) << sample.name;
        Begin(Options());
        ASSERT_TRUE(Connect());
        const Status later = Feed(*session_, sample.bytes, now_, events_);
        const bool client_only = type == PacketType::kConnect || type == PacketType::kSubscribe ||
                                 type == PacketType::kUnsubscribe || type == PacketType::kPingreq;
        if (client_only || type == PacketType::kConnack) {
            EXPECT_FALSE(later) << sample.name;
        }
    }
}

TEST_F(SessionTest, PingsWhenNothingWasSentAndNoticesSilence) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    now_ += seconds(4);
    ASSERT_TRUE(session_->Tick(now_, true));
    EXPECT_THAT(Sent(), IsEmpty());
    now_ += seconds(1);
    ASSERT_TRUE(session_->Tick(now_, true));
    EXPECT_THAT(Sent(), ElementsAre("PINGREQ"));
    ASSERT_TRUE(Receive(Ping{PacketType::kPingresp}));
    now_ += seconds(5);
    ASSERT_TRUE(session_->Tick(now_, true));
    EXPECT_THAT(Sent(), ElementsAre("PINGREQ"));
    now_ += seconds(10);
    const Status silent = session_->Tick(now_, true);
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().fault, Fault::kUnavailable);
}

TEST_F(SessionTest, SilenceMeansNothingWhileItDoesNotRead) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    for (int i = 0; i < 20; ++i) {
        now_ += seconds(5);
        ASSERT_TRUE(session_->Tick(now_, false));
        EXPECT_THAT(Sent(), ElementsAre("PINGREQ"));  // the broker must not miss us
    }
}

TEST_F(SessionTest, TheBrokersKeepAliveWins) {
    Begin(Options());
    const PropertyWriter properties = PropertyWriter().Number(PropertyId::kServerKeepAlive, 2);
    ASSERT_TRUE(Connect({false, Reason::kSuccess, properties.View()}));
    now_ += seconds(1);
    ASSERT_TRUE(session_->Tick(now_, true));
    EXPECT_THAT(Sent(), ElementsAre("PINGREQ"));
}

TEST_F(SessionTest, UnansweredMessagesAreSentAgainInOrder) {
    Begin(Options());
    ASSERT_TRUE(Connect());
    Queue(kQos1, 100);
    Queue(kQos2, 101);
    Queue(kQos2, 102);
    EXPECT_THAT(Sent(), ElementsAre("PUBLISH 1", "PUBLISH 2", "PUBLISH 3"));
    ASSERT_TRUE(Receive(Ack{PacketType::kPubrec, 2, Reason::kSuccess, {}}));
    EXPECT_THAT(Sent(), ElementsAre("PUBREL 2"));
    session_->Close(false);
    ASSERT_TRUE(Connect({true, Reason::kSuccess, {}}));
    session_->Pump(100'000, published_);
    EXPECT_THAT(Sent(), ElementsAre("PUBLISH 1 dup", "PUBREL 2", "PUBLISH 3 dup"));
    ASSERT_TRUE(Receive(Ack{PacketType::kPubcomp, 2, Reason::kSuccess, {}}));
    ASSERT_EQ(events_.published.size(), 1u);
    EXPECT_EQ(events_.published[0].user_token, 101u);
    session_->Close(false);
    ASSERT_TRUE(Connect({false, Reason::kSuccess, {}}));
    session_->Pump(100'000, published_);
    EXPECT_THAT(Sent(), ElementsAre("PUBLISH 1", "PUBLISH 3"));
}

TEST_F(SessionTest, TheWindowIsTheSmallerOfBoth) {
    Begin(Options());
    const PropertyWriter properties = PropertyWriter().Number(PropertyId::kReceiveMaximum, 2);
    ASSERT_TRUE(Connect({false, Reason::kSuccess, properties.View()}));
    PublishBlock block;
    for (int i = 0; i < 4; ++i) block.Add(version_, {"t", "x", {}, 0, kQos1, false, false}, 1);
    session_->outbound().Load(block);
    session_->Pump(100'000, published_);
    EXPECT_THAT(Sent(), ElementsAre("PUBLISH 1", "PUBLISH 2"));
    ASSERT_TRUE(Receive(Ack{PacketType::kPuback, 2, Reason::kSuccess, {}}));
    session_->Pump(100'000, published_);
    EXPECT_THAT(Sent(), ElementsAre("PUBLISH 3"));
}

TEST_F(SessionTest, MessagesOverTheBrokersLimitsEndAsRefused) {
    Begin(Options());
    const PropertyWriter properties = PropertyWriter()
                                          .Number(PropertyId::kMaximumQos, 1)
                                          .Number(PropertyId::kMaximumPacketSize, 20);
    ASSERT_TRUE(Connect({false, Reason::kSuccess, properties.View()}));
    PublishBlock block;
    const std::string large(100, 'x');
    block.Add(version_, {"t", "x", {}, 0, kQos2, false, false}, 1);
    block.Add(version_, {"t", large, {}, 0, kQos1, false, false}, 2);
    session_->outbound().Load(block);
    session_->Pump(100'000, published_);
    EXPECT_THAT(Sent(), IsEmpty());
    ASSERT_EQ(published_.size(), 2u);
    EXPECT_EQ(published_[0].reason, Reason::kQosNotSupported);
    EXPECT_EQ(published_[1].reason, Reason::kPacketTooLarge);
}

TEST_F(SessionTest, In311AtMost20MessagesAreUnderWay) {
    version_ = Version::k311;
    SessionOptions options = Options();
    options.version = version_;
    Begin(options);
    ASSERT_TRUE(Connect());
    PublishBlock block;
    for (int i = 0; i < 30; ++i) block.Add(version_, {"t", "x", {}, 0, kQos2, false, false}, 1);
    session_->outbound().Load(block);
    session_->Pump(100'000, published_);
    EXPECT_THAT(Sent(), testing::SizeIs(20));
}

TEST(SessionOptionsTest, ImpossibleOptionsAreRefused) {
    const auto refused = [](auto change) {
        SessionOptions options;
        options.client_id = "lab";
        EXPECT_TRUE(CheckOptions(options));
        change(options);
        return !CheckOptions(options).has_value();
    };
    EXPECT_TRUE(refused([](SessionOptions& o) { o.client_id.clear(); }));
    EXPECT_TRUE(refused([](SessionOptions& o) { o.receive_maximum = 0; }));
    EXPECT_TRUE(refused([](SessionOptions& o) { o.publish_window = 65'534; }));
    EXPECT_TRUE(refused([](SessionOptions& o) { o.keep_alive = seconds(65'536); }));
    EXPECT_TRUE(refused([](SessionOptions& o) { o.max_packet = 10; }));
    EXPECT_TRUE(refused([](SessionOptions& o) { o.subscriptions = {{""}}; }));
    EXPECT_TRUE(refused([](SessionOptions& o) {
        o.version = Version::k311;
        o.password = "x";
    }));
}

}  // namespace
}  // namespace tilth::mqtt
