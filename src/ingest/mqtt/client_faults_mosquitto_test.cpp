// The client against a real Mosquitto when links break, brokers stop, and others are not who they
// should be.

#include "ingest/mqtt/client_owner.h"
#include "support/mosquitto.h"
#include "support/mosquitto_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::mqtt {
namespace {

using test::Mosquitto;
using test::MosquittoGate;
using test::MosquittoOptions;
using testing::Each;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

constexpr Qos kQos0 = Qos::kAtMostOnce;
constexpr Qos kQos1 = Qos::kAtLeastOnce;
constexpr Qos kQos2 = Qos::kExactlyOnce;

class ClientFaultTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!Mosquitto::Available()) GTEST_SKIP() << "mosquitto is not installed";
    }
    void StartBroker(MosquittoOptions options = {}) {
        broker_.emplace(std::move(options));
        gate_.emplace(broker_->port());
    }
    ClientOptions Subscriber(Version version, Qos qos) {
        ClientOptions options = OptionsFor(gate_->port(), version, "sub");
        options.session.subscriptions = {{"t/#", qos}};
        return options;
    }
    static void StartSubscribed(OwnedClient& client) {
        client.Start();
        ASSERT_TRUE(client.owner.Wait([](const Owner::State& s) { return s.subscribed; }));
    }
    // Breaks the link and waits until the client is back.
    void Break(OwnedClient& client) {
        const int before = client.owner.With([](Owner::State& s) { return s.connections; });
        gate_->Break();
        ASSERT_TRUE(client.owner.Wait([=](const Owner::State& s) { return s.connections > before; })
        );
    }

    std::optional<Mosquitto> broker_;
    std::optional<MosquittoGate> gate_;
};

class ClientFaultBothVersionsTest : public ClientFaultTest,
                                    public testing::WithParamInterface<Version> {};

INSTANTIATE_TEST_SUITE_P(
    BothVersions, ClientFaultBothVersionsTest, testing::Values(Version::k311, Version::k5)
);

TEST_P(ClientFaultBothVersionsTest, WhatWasNotAcknowledgedComesAgainAfterABrokenLink) {
    StartBroker();
    OwnedClient sub(Subscriber(GetParam(), kQos1));
    sub.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker_->port(), GetParam()));
    pub.Start();
    pub.Publish(0, 10, kQos1);
    ASSERT_TRUE(sub.WaitMessages(10));
    Break(sub);
    ASSERT_TRUE(sub.WaitMessages(20));
    sub.owner.With([](Owner::State& s) {
        for (size_t i = 10; i < 20; ++i) {
            EXPECT_TRUE(s.messages[i].dup);
            EXPECT_EQ(s.messages[i].payload, s.messages[i - 10].payload);
        }
    });
    sub.owner.Settle();
    pub.Publish(10, 11, kQos1);
    ASSERT_TRUE(sub.WaitMessages(21));
    // The broker answers in turn: when it has this message, it has the acknowledgements before it
    // too.
    sub.Publish(0, 1, kQos1, "other");
    ASSERT_TRUE(sub.WaitPublished(1));
    Break(sub);
    pub.Publish(11, 12, kQos1);
    ASSERT_TRUE(sub.WaitMessages(22));
    EXPECT_EQ(sub.owner.With([](Owner::State& s) { return s.messages.back().payload; }), "11");
    EXPECT_EQ(sub.owner.Count(), 22u);
}

TEST_P(ClientFaultBothVersionsTest, AQos2MessageThatIsHeldDoesNotComeAgain) {
    StartBroker();
    OwnedClient sub(Subscriber(GetParam(), kQos2));
    sub.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker_->port(), GetParam()));
    pub.Start();
    pub.Publish(0, 10, kQos2);
    ASSERT_TRUE(sub.WaitMessages(10));
    Break(sub);
    pub.Publish(10, 11, kQos0);
    ASSERT_TRUE(sub.WaitMessages(11));
    sub.owner.Settle();
    pub.Publish(11, 12, kQos2);
    ASSERT_TRUE(sub.WaitMessages(12));
    EXPECT_THAT(sub.owner.Payloads(), SizeIs(12));
    EXPECT_THAT(sub.owner.Payloads(), Each(Pair(testing::_, 1)));
    EXPECT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.releases >= 11; }));
}

TEST_P(ClientFaultBothVersionsTest, AQos2MessageThatWasDiscardedComesAgain) {
    StartBroker();
    OwnedClient sub(Subscriber(GetParam(), kQos2));
    sub.owner.With([](Owner::State& s) { s.hold = true, s.on_loss = Unsettled::kDiscarded; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker_->port(), GetParam()));
    pub.Start();
    pub.Publish(0, 10, kQos2);
    ASSERT_TRUE(sub.WaitMessages(10));
    Break(sub);
    ASSERT_TRUE(sub.WaitMessages(20));
    EXPECT_THAT(sub.owner.Payloads(), Each(Pair(testing::_, 2)));
}

TEST_P(ClientFaultBothVersionsTest, StoredQos2IdsOutliveTheClient) {
    StartBroker();
    std::vector<uint16_t> stored;
    OwnedClient pub(PublisherFor(broker_->port(), GetParam()));
    pub.Start();
    {
        OwnedClient sub(Subscriber(GetParam(), kQos2));
        sub.owner.With([](Owner::State& s) { s.hold = true; });
        ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
        pub.Publish(0, 10, kQos2);
        ASSERT_TRUE(sub.WaitMessages(10));
        // The broker stands still: its PUBREC is never read, as if this process died between store
        // and answer.
        broker_->Freeze();
        sub.owner.Settle();
        stored = sub.client->StoredIds();
        EXPECT_THAT(stored, SizeIs(10));
    }
    gate_->Break();
    broker_->Thaw();
    ClientOptions options = Subscriber(GetParam(), kQos2);
    options.session.stored_ids = stored;
    OwnedClient sub(options);
    sub.Start();
    EXPECT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.releases == 10; }));
    EXPECT_EQ(sub.owner.Count(), 0u);
    EXPECT_THAT(sub.client->StoredIds(), SizeIs(0));
}

TEST_P(ClientFaultBothVersionsTest, Qos2IsExactlyOnceOverALinkThatBreaksAgainAndAgain) {
    StartBroker();
    OwnedClient sub(Subscriber(GetParam(), kQos2));
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    ClientOptions options = OptionsFor(gate_->port(), GetParam(), "pub");
    options.session.publish_window = 20;
    OwnedClient pub(options);
    pub.Start();
    constexpr int kMessages = 3000;
    pub.Publish(0, kMessages, kQos2);
    for (size_t goal = 100; goal < kMessages; goal += 100) {
        ASSERT_TRUE(sub.WaitMessages(goal));
        gate_->Break();
    }
    ASSERT_TRUE(pub.WaitPublished(kMessages));
    ASSERT_TRUE(sub.WaitMessages(kMessages));
    EXPECT_EQ(sub.owner.Count(), static_cast<size_t>(kMessages));
    EXPECT_THAT(sub.owner.Payloads(), SizeIs(kMessages));
    EXPECT_GT(gate_->connections(), 10);
}

TEST_P(ClientFaultBothVersionsTest, ABrokerThatStartsAgainContinuesTheSession) {
    StartBroker();
    OwnedClient sub(Subscriber(GetParam(), kQos1));
    sub.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker_->port(), GetParam()));
    pub.Start();
    pub.Publish(0, 10, kQos1);
    ASSERT_TRUE(sub.WaitMessages(10));
    broker_->Stop();
    ASSERT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.losses.size() >= 2; }));
    pub.Publish(10, 20, kQos1);  // waits in the client
    broker_->Start();
    ASSERT_TRUE(pub.WaitPublished(20));
    sub.owner.Settle();
    ASSERT_TRUE(sub.WaitMessages(30));
    EXPECT_TRUE(sub.owner.With([](Owner::State& s) { return s.session_present; }));
    EXPECT_THAT(sub.owner.Payloads(), SizeIs(20));
}

TEST_P(ClientFaultBothVersionsTest, AKilledBrokerIsFoundAgainAndPublishingGoesOn) {
    StartBroker();
    OwnedClient sub(Subscriber(GetParam(), kQos1));
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    OwnedClient pub(PublisherFor(broker_->port(), GetParam()));
    pub.Start();
    pub.Publish(0, 1000, kQos1);
    broker_->Kill();
    broker_->Start();
    pub.Publish(1000, 1010, kQos1);
    ASSERT_TRUE(pub.WaitPublished(1010));  // sent again until acknowledged, each ends once
    EXPECT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.connections >= 2; }));
}

TEST_P(ClientFaultBothVersionsTest, ASilentBrokerIsNoticed) {
    StartBroker();
    ClientOptions options = Subscriber(GetParam(), kQos1);
    options.session.keep_alive = std::chrono::seconds(1);
    options.connect_timeout = std::chrono::milliseconds(500);
    OwnedClient sub(options);
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(sub));
    broker_->Freeze();
    ASSERT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.losses.size() >= 2; }));
    sub.owner.With([](Owner::State& s) {
        EXPECT_THAT(s.losses[0], HasSubstr("ping"));
        EXPECT_THAT(s.losses[1], HasSubstr("did not answer within 500 ms"));
    });
    broker_->Thaw();
    EXPECT_TRUE(sub.owner.Wait([](const Owner::State& s) { return s.connections == 2; }));
}

// Mosquitto 2.0.11 closes the first connection without DISCONNECT; with it the first client would
// stay away for ever (client_test.cpp).
TEST_F(ClientFaultTest, WhatTheFirstHasNotAcknowledgedGoesToWhoTakesTheSessionOver) {
    StartBroker();
    ClientOptions options = Subscriber(Version::k5, kQos1);
    options.first_retry = options.longest_retry = std::chrono::hours(1);
    OwnedClient first(options);
    first.owner.With([](Owner::State& s) { s.hold = true; });
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(first));
    OwnedClient pub(PublisherFor(broker_->port(), Version::k5));
    pub.Start();
    pub.Publish(0, 10, kQos1);
    ASSERT_TRUE(first.WaitMessages(10));
    OwnedClient second(options);
    ASSERT_NO_FATAL_FAILURE(StartSubscribed(second));
    ASSERT_TRUE(first.owner.Wait([](const Owner::State& s) { return !s.losses.empty(); }));
    EXPECT_THAT(
        first.owner.With([](Owner::State& s) { return s.losses[0]; }),
        HasSubstr("another process with client id 'sub'")
    );
    first.owner.Settle();  // too late, and harmless
    ASSERT_TRUE(second.WaitMessages(10));
    EXPECT_THAT(second.owner.Payloads(), SizeIs(10));
}

TEST_F(ClientFaultTest, ARefusedUserIsToldWhyAndTriesAgain) {
    StartBroker({{"allow_anonymous false"}, false});
    OwnedClient client(Subscriber(Version::k5, kQos1));
    client.Start();
    ASSERT_TRUE(client.owner.Wait([](const Owner::State& s) { return s.losses.size() >= 2; }));
    EXPECT_THAT(
        client.owner.With([](Owner::State& s) { return s.losses[0]; }), HasSubstr("not authorized")
    );
}

TEST_F(ClientFaultTest, TlsTrustsOnlyItsAuthorityAndTheRightName) {
    StartBroker({{}, true});
    const Mosquitto other(MosquittoOptions{{}, true});
    const auto losses_with = [this](const std::string& ca_file, const std::string& host) {
        ClientOptions options = OptionsFor(broker_->tls_port(), Version::k5, "tls");
        options.endpoint.host = host;
        options.endpoint.tls = TlsOptions{ca_file, "", "", ""};
        options.session.subscriptions = {{"t/#", kQos1}};
        OwnedClient client(options);
        client.Start();
        EXPECT_TRUE(client.owner.Wait([](const Owner::State& s) {
            return s.subscribed || !s.losses.empty();
        }));
        if (client.owner.With([](Owner::State& s) { return s.subscribed; })) {
            client.Publish(0, 200, kQos2, "t/x", 3000);
            EXPECT_TRUE(client.WaitMessages(200));
            client.client->Disconnect();
        }
        return client.owner.With([](Owner::State& s) { return s.losses; });
    };
    EXPECT_THAT(losses_with(broker_->ca_file(), "localhost"), SizeIs(0));
    EXPECT_THAT(losses_with(other.ca_file(), "localhost"), Each(HasSubstr("certificate")));
    EXPECT_THAT(losses_with(broker_->ca_file(), "127.0.0.1"), Each(HasSubstr("certificate")));
}

}  // namespace
}  // namespace tilth::mqtt
