// The client against a broker that says exactly what a test wants: what Mosquitto does not do.

#include "ingest/mqtt/backoff.h"
#include "ingest/mqtt/client_owner.h"
#include "ingest/mqtt/packet_samples.h"
#include "ingest/mqtt/publish_queue.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tilth::mqtt {
namespace {

using std::chrono::milliseconds;

// Takes connections, reads something (the CONNECT), answers with fixed bytes, and waits until the
// client closes.
class ScriptedBroker {
  public:
    explicit ScriptedBroker(std::string answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        ::bind(listener_, generic, size);
        ::listen(listener_, 8);
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { Run(); });
    }
    ~ScriptedBroker() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    uint16_t port() const { return port_; }
    int connections() const { return connections_; }

  private:
    void Run() {
        for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd)) {
            ++connections_;
            std::array<char, 1024> buffer;
            if (::recv(fd, buffer.data(), buffer.size(), 0) <= 0) continue;
            ::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            while (::recv(fd, buffer.data(), buffer.size(), 0) > 0) {
            }
        }
    }

    std::string answer_;
    int listener_ = -1;
    uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::thread thread_;
};

const std::string kWelcome = Bytes({0x20, 3, 0, 0, 0});

TEST(ClientTest, WhoseSessionIsTakenOverStaysAway) {
    ScriptedBroker broker(kWelcome + Bytes({0xe0, 1, 0x8e}));
    OwnedClient client(OptionsFor(broker.port(), Version::k5, "lab"));
    client.Start();
    ASSERT_TRUE(client.owner.Wait([](const Owner::State& s) { return s.fatal.has_value(); }));
    EXPECT_EQ(client.owner.With([](Owner::State& s) { return s.fatal->fault; }), Fault::kConflict);
    client.client->Acknowledge(1);
    client.client->StopReading();
    client.client->Disconnect();
    EXPECT_EQ(broker.connections(), 1);
}

TEST(ClientTest, AMalformedPacketEndsTheConnectionNotTheProcess) {
    const std::string good = Bytes({0x30, 5, 0, 1, 't', 0, 'x'});
    ScriptedBroker broker(kWelcome + good + Bytes({0x36, 6, 0, 1, 't', 0, 1, 0}));
    OwnedClient client(OptionsFor(broker.port(), Version::k5, "lab"));
    client.Start();
    ASSERT_TRUE(client.owner.Wait([](const Owner::State& s) { return s.losses.size() >= 2; }));
    client.owner.With([](Owner::State& s) {
        EXPECT_THAT(s.losses[0], testing::HasSubstr("it has QoS 3"));
        EXPECT_EQ(s.messages[0].payload, "x");  // what came before it is good
    });
}

TEST(ClientTest, ABrokerThatIsNotThereIsTriedAgain) {
    uint16_t port = 0;
    {
        ScriptedBroker gone("");
        port = gone.port();
    }
    OwnedClient client(OptionsFor(port, Version::k5, "lab"));
    client.Start();
    ASSERT_TRUE(client.owner.Wait([](const Owner::State& s) { return s.losses.size() >= 3; }));
    EXPECT_THAT(
        client.owner.With([](Owner::State& s) { return s.losses[0]; }),
        testing::HasSubstr(fmt::format("cannot connect to the broker at 127.0.0.1:{}", port))
    );
}

TEST(BackoffTest, DoublesWithJitterAndBeginsAnewAfterAStableConnection) {
    Backoff backoff(milliseconds(100), milliseconds(1000), 7);
    for (const int ceiling : {100, 200, 400, 800, 1000, 1000}) {
        const auto wait = backoff.Next(milliseconds(0));
        EXPECT_GE(wait.count(), ceiling / 2);
        EXPECT_LE(wait.count(), ceiling);
    }
    EXPECT_GT(backoff.Next(milliseconds(4999)).count(), 400);
    EXPECT_LE(backoff.Next(milliseconds(5000)).count(), 100);
}

TEST(PublishQueueTest, RefusesWhenFullAndWakesTheWriterOnce) {
    PublishQueue queue(Version::k5, 2, 1000);
    const Publish publish{"t", "x", {}, 0, Qos::kAtLeastOnce, false, false};
    EXPECT_EQ(queue.Add(publish, 1), PublishQueue::Added::kWakeUp);
    EXPECT_EQ(queue.Add(publish, 2), PublishQueue::Added::kYes);
    EXPECT_EQ(queue.Add(publish, 3), PublishQueue::Added::kNo);
    EXPECT_FALSE(queue.WaitForRoom(milliseconds(0)));
    Outbound outbound(Version::k5, 10);
    EXPECT_TRUE(queue.MoveTo(outbound));
    EXPECT_TRUE(queue.WaitForRoom(milliseconds(0)));
    EXPECT_EQ(queue.pending(), 2u);
    EXPECT_EQ(queue.Add(publish, 3), PublishQueue::Added::kYes);
    std::string out;
    std::vector<Published> ended;
    outbound.Pump(out, 1000, ended);
    EXPECT_TRUE(queue.MoveTo(outbound));
    outbound.Pump(out, 1000, ended);
    EXPECT_FALSE(queue.MoveTo(outbound));
    EXPECT_EQ(queue.Add(publish, 4), PublishQueue::Added::kWakeUp);
}

}  // namespace
}  // namespace tilth::mqtt
