// The client against a real Mosquitto: what a healthy broker and a healthy network do.

#include "base/hash.h"
#include "ingest/mqtt/client_owner.h"
#include "support/mosquitto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::mqtt {
namespace {

using test::Mosquitto;
using testing::Each;
using testing::Pair;
using testing::SizeIs;

constexpr Qos kQos0 = Qos::kAtMostOnce;
constexpr Qos kQos1 = Qos::kAtLeastOnce;
constexpr Qos kQos2 = Qos::kExactlyOnce;

class ClientTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!Mosquitto::Available()) GTEST_SKIP() << "mosquitto is not installed";
    }

    ClientOptions Subscriber(Version version, Qos qos, const std::string& filter = "t/#") {
        ClientOptions options = OptionsFor(broker().port(), version, "sub");
        options.session.subscriptions = {{filter, qos}};
        return options;
    }
    static void StartSubscribed(OwnedClient& client) {
        client.Start();
        ASSERT_TRUE(client.owner.Wait([](const Owner::State& s) { return s.subscribed; }));
    }

    Mosquitto& broker() {
        if (!broker_) broker_.emplace();
        return *broker_;
    }
    std::optional<Mosquitto> broker_;
};

class EveryQosTest : public ClientTest,
                     public testing::WithParamInterface<std::tuple<Version, Qos>> {};

TEST_P(EveryQosTest, MessagesArriveOnceAndInOrder) {
    const auto [version, qos] = GetParam();
    OwnedClient sub(Subscriber(version, qos));
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker().port(), version));
    pub.Start();
    pub.Publish(0, 500, qos);
    ASSERT_TRUE(sub.WaitMessages(500));
    sub.owner.With([&](Owner::State& s) {
        ASSERT_THAT(s.messages, SizeIs(500));
        for (int i = 0; i < 500; ++i) {
            EXPECT_EQ(s.messages[static_cast<size_t>(i)].payload, std::to_string(i));
            EXPECT_EQ(s.messages[static_cast<size_t>(i)].qos, qos);
        }
    });
    if (qos != kQos0) {
        ASSERT_TRUE(pub.WaitPublished(500));
    }
    if (qos == kQos2) {
        EXPECT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.releases == 500; }));
    }
    pub.client->Disconnect();
    sub.client->Disconnect();
    EXPECT_EQ(pub.client->pending(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    BothVersions,
    EveryQosTest,
    testing::Combine(
        testing::Values(Version::k311, Version::k5), testing::Values(kQos0, kQos1, kQos2)
    )
);

TEST_F(ClientTest, UserPropertiesComeThrough) {
    OwnedClient sub(Subscriber(Version::k5, kQos1));
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    const PropertyWriter id = PropertyWriter().User("other", "1").User("id", "run-7");
    pub.client->Publish({"t/x", "5.1", id.View(), 0, kQos1, false, false}, 1);
    ASSERT_TRUE(sub.WaitMessages(1));
    EXPECT_EQ(sub.owner.With([](Owner::State& s) { return s.messages[0].user; }), "run-7");
}

TEST_F(ClientTest, TheBrokerSendsNoMoreThanTheReceiveMaximum) {
    ClientOptions options = Subscriber(Version::k5, kQos1);
    options.session.receive_maximum = 7;
    OwnedClient sub(options);
    sub.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    pub.Publish(0, 50, kQos1);
    ASSERT_TRUE(pub.WaitPublished(50));
    pub.Publish(50, 51, kQos0);  // passes by the window, and so says that the rest waits
    ASSERT_TRUE(sub.WaitMessages(8));
    EXPECT_EQ(sub.owner.Count(), 8u);
    sub.owner.Settle();
    ASSERT_TRUE(sub.WaitMessages(51));
    EXPECT_THAT(sub.owner.Payloads(), Each(Pair(testing::_, 1)));
}

TEST_F(ClientTest, ASharedSubscriptionDealsEachMessageToOne) {
    ClientOptions options = Subscriber(Version::k5, kQos1, "$share/g/t/#");
    OwnedClient first(options);
    options.session.client_id = "sub2";
    OwnedClient second(options);
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(first));
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(second));
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    pub.Publish(0, 100, kQos1);
    ASSERT_TRUE(first.WaitMessages(50));
    ASSERT_TRUE(second.WaitMessages(50));
    auto all = first.owner.Payloads();
    all.merge(second.owner.Payloads());
    EXPECT_THAT(all, SizeIs(100));
}

TEST_F(ClientTest, RetainedMessagesComeWithTheFirstSubscriptionOnly) {
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    pub.client->Publish({"t/x", "kept", {}, 0, kQos1, true, false}, 1);
    ASSERT_TRUE(pub.WaitPublished(1));
    {
        OwnedClient sub(Subscriber(Version::k5, kQos1));
        ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
        ASSERT_TRUE(sub.WaitMessages(1));
        EXPECT_TRUE(sub.owner.With([](Owner::State& s) { return s.messages[0].retain; }));
        sub.client->Disconnect();
    }
    OwnedClient sub(Subscriber(Version::k5, kQos1));
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    pub.Publish(2, 3, kQos1);
    ASSERT_TRUE(sub.WaitMessages(1));
    EXPECT_EQ(sub.owner.With([](Owner::State& s) { return s.messages[0].payload; }), "2");
}

TEST_F(ClientTest, APacketOverTheLimitIsReportedAndAcknowledged) {
    ClientOptions options = Subscriber(Version::k5, kQos1);
    options.session.max_packet = 100'000;
    OwnedClient sub(options);
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    const std::string payload(1'500'000, 'x');
    pub.client->Publish({"t/big", payload, {}, 0, kQos1, false, false}, 1);
    pub.Publish(2, 3, kQos1);
    ASSERT_TRUE(sub.WaitMessages(2));
    sub.owner.With([&](Owner::State& s) {
        EXPECT_EQ(s.messages[0].topic, "t/big");
        EXPECT_EQ(s.messages[0].digest, HexDigest(payload));
        EXPECT_EQ(s.messages[0].payload, payload.substr(0, 65'536));
        EXPECT_EQ(s.messages[1].payload, "2");
    });
    sub.client->Disconnect();
    OwnedClient again(options);
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(again));
    pub.Publish(3, 4, kQos1);
    ASSERT_TRUE(again.WaitMessages(1));
    EXPECT_EQ(again.owner.With([](Owner::State& s) { return s.messages[0].payload; }), "3");
}

TEST_F(ClientTest, WhoHoldsTooMuchIsNotReadAndLosesNothing) {
    ClientOptions options = Subscriber(Version::k5, kQos1);
    options.session.receive_maximum = 65'535;
    options.max_held_messages = 100;
    OwnedClient sub(options);
    sub.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    constexpr int kMessages = 5000;
    pub.Publish(0, kMessages, kQos1, "t/x", 2000);
    ASSERT_TRUE(pub.WaitPublished(kMessages));
    ASSERT_TRUE(sub.WaitMessages(100));
    // At most the limit and one read of 256 KB came; the rest waits in the socket and in the
    // broker.
    EXPECT_LE(sub.owner.Count(), 100u + 256u * 1024u / 2000u);
    EXPECT_EQ(sub.client->Stats().pauses, 1u);
    sub.owner.Settle();
    ASSERT_TRUE(sub.WaitMessages(kMessages));
    EXPECT_THAT(sub.owner.Payloads(), SizeIs(kMessages));
    EXPECT_EQ(sub.owner.Count(), static_cast<size_t>(kMessages));
}

TEST_F(ClientTest, ACleanStopKeepsTheSessionAndEveryLastAcknowledgement) {
    ClientOptions options = Subscriber(Version::k5, kQos1);
    options.session.receive_maximum = 65'535;
    options.max_held_messages = 100;
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    constexpr int kMessages = 3000;
    std::map<std::string, int> before;
    {
        OwnedClient sub(options);
        sub.owner.With([](Owner::State& s) { s.hold = true; });
        ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
        pub.Publish(0, kMessages, kQos1, "t/x", 2000);
        ASSERT_TRUE(sub.WaitMessages(100));
        // Now the socket is full of bytes that nobody has read.
        sub.client->StopReading();
        before = sub.owner.Payloads();
        sub.owner.Settle();
        sub.client->Disconnect();
        EXPECT_EQ(sub.owner.Payloads(), before);
    }
    ASSERT_TRUE(pub.WaitPublished(kMessages));
    OwnedClient sub(options);
    sub.Start();
    ASSERT_TRUE(sub.WaitMessages(kMessages - before.size()));
    EXPECT_TRUE(sub.owner.With([](Owner::State& s) { return s.session_present; }));
    auto all = sub.owner.Payloads();
    EXPECT_THAT(all, SizeIs(kMessages - before.size()));
    all.merge(before);
    EXPECT_THAT(all, SizeIs(kMessages));
}

TEST_F(ClientTest, ADrainedSessionGetsWhatWasQueuedAndNothingNew) {
    ClientOptions options = Subscriber(Version::k5, kQos1);
    options.session.receive_maximum = 5;
    OwnedClient sub(options);
    sub.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker().port(), Version::k5));
    pub.Start();
    pub.Publish(0, 50, kQos1);
    ASSERT_TRUE(pub.WaitPublished(50));
    sub.client->Unsubscribe();
    ASSERT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.unsubscribed; }));
    pub.Publish(50, 60, kQos1);
    ASSERT_TRUE(pub.WaitPublished(60));
    sub.owner.Settle();
    ASSERT_TRUE(sub.WaitMessages(50));
    sub.client->Disconnect(true);
    EXPECT_EQ(sub.owner.Count(), 50u);
    OwnedClient again(options);
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(again));
    EXPECT_FALSE(again.owner.With([](Owner::State& s) { return s.session_present; }));
}

TEST_F(ClientTest, OneThreadBearsManyClients) {
    IoThread thread;
    std::vector<std::unique_ptr<Owner>> owners;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
        owners.push_back(std::make_unique<Owner>());
        const std::string id = "pub" + std::to_string(i);
        auto created =
            Client::Create(PublisherFor(broker().port(), Version::k5, id), *owners.back(), thread);
        ASSERT_TRUE(created);
        clients.push_back(std::move(*created));
        clients.back()->Start();
        clients.back()->Publish({"t/x", "5.1", {}, 0, kQos1, false, false}, 1);
    }
    for (auto& owner : owners) {
        EXPECT_TRUE(owner->Wait([](const Owner::State& s) { return s.published.size() == 1; }));
    }
}

TEST(ClientOptionsTest, WrongFilesAndTopicsAreRefused) {
    IoThread thread;
    Owner owner;
    ClientOptions options = OptionsFor(1, Version::k5, "x");
    options.endpoint.tls = TlsOptions{"/does/not/exist.pem", "", "", ""};
    const auto client = Client::Create(options, owner, thread);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().fault, Fault::kBadInput);
    EXPECT_THAT(client.error().message, testing::HasSubstr("/does/not/exist.pem"));
    EXPECT_TRUE(CheckTopic("a/b"));
    EXPECT_FALSE(CheckTopic(""));
    EXPECT_FALSE(CheckTopic("a/#"));
    EXPECT_FALSE(CheckTopic(std::string(65'536, 'a')));
}

}  // namespace
}  // namespace tilth::mqtt
