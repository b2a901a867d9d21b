// A session between an owner and a broker model under random interleavings: bytes are delayed,
// connections break at any byte, the owner settles when it likes. What must hold is counted at the
// far end.

#include "base/random.h"
#include "ingest/mqtt/session_peer.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace tilth::mqtt {
namespace {

constexpr Version kVersion = Version::k5;

// Two directions of a connection as byte queues, and a session at one end.
class Link {
  public:
    explicit Link(uint64_t seed) : random_(seed), session_(Options()) {}

  protected:
    static SessionOptions Options() {
        SessionOptions options;
        options.client_id = "lab";
        options.keep_alive = std::chrono::seconds(0);
        options.publish_window = 8;
        return options;
    }

    void Connect() {
        to_broker_.clear();
        session_.Open({});
        session_.output().clear();  // CONNECT
        to_client_.clear();
        const PropertyWriter limit = PropertyWriter().Number(PropertyId::kReceiveMaximum, 5);
        EncodeConnack(kVersion, {connections_++ > 0, Reason::kSuccess, limit.View()}, to_client_);
    }

    // Moves a random part of the bytes to the client; returns what came of it.
    const Events& Deliver() {
        const size_t n = random_.Below(to_client_.size() + 1);
        const Status status = Feed(session_, to_client_.substr(0, n), {}, events_);
        EXPECT_TRUE(status) << status.error().message;
        to_client_.erase(0, n);
        return events_;
    }

    // Moves a random part of the bytes to the broker; complete packets wait in from_client_.
    void Transmit() {
        std::string& output = session_.output();
        const size_t n = random_.Below(output.size() + 1);
        to_broker_ += output.substr(0, n);
        output.erase(0, n);
    }

    Random random_;
    Session session_;
    Events events_;
    std::string to_client_;
    std::string to_broker_;
    int connections_ = 0;
};

// ---------------------------------------------------------------- the broker sends, the owner
// stores

class Receiving : public Link {
  public:
    explicit Receiving(uint64_t seed) : Link(seed) {}

    void Run(int steps) {
        Connect();
        for (int i = 0; i < steps; ++i) Step(true);
        for (int i = 0; i < 20'000 && !(flight_.empty() && held_.empty()); ++i) Step(false);
        ASSERT_TRUE(flight_.empty() && held_.empty()) << "it does not come to rest";
        for (int number = 0; number < next_number_; ++number) {
            if (IsExactlyOnce(number)) {
                EXPECT_EQ(stored_[number], 1) << "QoS 2 message " << number;
            } else {
                EXPECT_GE(stored_[number], 1) << "QoS 1 message " << number;
            }
        }
        EXPECT_TRUE(session_.inbound().StoredIds().empty());
    }

  private:
    struct Flight {
        int number = 0;
        uint16_t id = 0;
        bool received = false;  // PUBREC came
    };
    struct Held {
        uint64_t token = 0;
        int number = -1;  // -1: a release
    };

    static bool IsExactlyOnce(int number) { return number % 3 != 0; }

    void Step(bool disturb) {
        switch (random_.Below(disturb ? 12 : 10)) {
            case 0:
            case 1:
                if (disturb) Send();
                break;
            case 2:
            case 3:
            case 4:
                Take(Deliver());
                break;
            case 5:
            case 6:
                Transmit(), BrokerReads();
                break;
            case 7:
            case 8:
            case 9:
                Settle();
                break;
            case 10:
                if (random_.Below(4) == 0) Break();
                break;
            default:
                break;
        }
    }

    void Send() {
        if (flight_.size() >= 6) return;
        uint16_t id = 1;
        while (std::any_of(flight_.begin(), flight_.end(), [id](auto& f) { return f.id == id; })) {
            ++id;
        }
        flight_.push_back({next_number_++, id});
        Put(flight_.back(), false);
    }

    void Put(const Flight& flight, bool dup) {
        const std::string payload = std::to_string(flight.number);
        const Qos qos = IsExactlyOnce(flight.number) ? Qos::kExactlyOnce : Qos::kAtLeastOnce;
        EncodePublish(kVersion, {"t", payload, {}, flight.id, qos, false, dup}, to_client_);
    }

    void Take(const Events& events) {
        for (const Message& message : events.messages) {
            held_.push_back({message.token, std::stoi(std::string(message.payload))});
        }
        for (const Released& released : events.released) held_.push_back({released.token, -1});
        std::sort(held_.begin(), held_.end(), [](auto& a, auto& b) { return a.token < b.token; });
    }

    void Settle() {
        if (held_.empty()) return;
        const size_t n = 1 + random_.Below(held_.size());
        for (size_t i = 0; i < n; ++i) {
            if (held_[i].number >= 0) ++stored_[held_[i].number];
        }
        session_.Acknowledge(held_[n - 1].token);
        held_.erase(held_.begin(), held_.begin() + static_cast<ptrdiff_t>(n));
    }

    void BrokerReads() {
        TakePackets(kVersion, to_broker_, [this](const Packet& packet) {
            const Ack& ack = std::get<Ack>(packet);
            const auto flight = std::find_if(flight_.begin(), flight_.end(), [&](const Flight& f) {
                return f.id == ack.packet_id;
            });
            ASSERT_NE(flight, flight_.end()) << "an acknowledgement of nothing";
            EXPECT_GE(stored_[flight->number], 1) << "acknowledged and not stored";
            if (ack.type != PacketType::kPubcomp) CheckOrder(flight);
            if (ack.type == PacketType::kPubrec) {
                EXPECT_TRUE(IsExactlyOnce(flight->number));
                flight->received = true;
                EncodeAck(kVersion, {PacketType::kPubrel, flight->id, {}, {}}, to_client_);
            } else {
                EXPECT_EQ(ack.type == PacketType::kPubcomp, IsExactlyOnce(flight->number));
                flight_.erase(flight);
            }
        });
    }

    // MQTT5 4.6: the first answers come in the order of the messages.
    void CheckOrder(std::vector<Flight>::iterator flight) {
        for (auto earlier = flight_.begin(); earlier != flight; ++earlier) {
            EXPECT_TRUE(earlier->received) << "answered before an earlier message";
        }
        EXPECT_FALSE(flight->received);
    }

    void Break() {
        const bool discard = random_.Below(3) == 0;
        session_.Close(discard);
        if (discard) held_.clear();
        Connect();
        for (const Flight& flight : flight_) {
            if (flight.received) {
                EncodeAck(kVersion, {PacketType::kPubrel, flight.id, {}, {}}, to_client_);
            } else {
                Put(flight, true);
            }
        }
    }

    std::vector<Flight> flight_;
    std::vector<Held> held_;
    std::map<int, int> stored_;
    int next_number_ = 0;
};

TEST(SessionPropertyTest, WhatIsReceivedIsStoredOnceAndAcknowledgedInOrder) {
    for (uint64_t seed = 1; seed <= 2000; ++seed) {
        SCOPED_TRACE(seed);
        Receiving(seed << 20).Run(300);
        if (testing::Test::HasFailure()) return;
    }
}

// ---------------------------------------------------------------- the owner publishes, the broker
// stores

class Publishing : public Link {
  public:
    explicit Publishing(uint64_t seed) : Link(seed) {}

    void Run(int steps) {
        Connect();
        for (int i = 0; i < steps; ++i) Step(true);
        for (int i = 0; i < 20'000 && session_.outbound().pending() > 0; ++i) Step(false);
        ASSERT_EQ(session_.outbound().pending(), 0u) << "it does not come to rest";
        for (int number = 0; number < next_number_; ++number) {
            EXPECT_EQ(ended_[number], 1) << "message " << number;
            if (IsExactlyOnce(number)) {
                EXPECT_EQ(stored_[number], 1) << "QoS 2 message " << number;
            } else {
                EXPECT_GE(stored_[number], 1) << "QoS 1 message " << number;
            }
        }
    }

  private:
    static bool IsExactlyOnce(int number) { return number % 3 != 0; }

    void Step(bool disturb) {
        switch (random_.Below(disturb ? 8 : 6)) {
            case 0:
                if (disturb) Publish();
                break;
            case 1:
                session_.Pump(1000, published_);
                break;
            case 2:
            case 3:
                Transmit(), BrokerReads();
                break;
            case 4:
            case 5:
                for (const Published& published : Deliver().published) {
                    EXPECT_EQ(published.reason, Reason::kSuccess);
                    ++ended_[static_cast<int>(published.user_token)];
                }
                break;
            case 6:
                if (random_.Below(4) == 0) Break();
                break;
            default:
                break;
        }
    }

    void Publish() {
        if (!session_.outbound().idle()) return;
        PublishBlock block;
        for (uint64_t n = 1 + random_.Below(6); n > 0; --n) {
            const int number = next_number_++;
            const std::string payload = std::to_string(number);
            const Qos qos = IsExactlyOnce(number) ? Qos::kExactlyOnce : Qos::kAtLeastOnce;
            block.Add(
                kVersion, {"t", payload, {}, 0, qos, false, false}, static_cast<uint64_t>(number)
            );
        }
        session_.outbound().Load(block);
    }

    void BrokerReads() {
        TakePackets(kVersion, to_broker_, [this](const Packet& packet) {
            if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
                Store(*publish);
            } else {
                const Ack& ack = std::get<Ack>(packet);
                ASSERT_EQ(ack.type, PacketType::kPubrel);
                received_.erase(ack.packet_id);
                open_.erase(ack.packet_id);
                EncodeAck(kVersion, {PacketType::kPubcomp, ack.packet_id, {}, {}}, to_client_);
            }
        });
    }

    void Store(const mqtt::Publish& publish) {
        const int number = std::stoi(std::string(publish.payload));
        open_.insert(publish.packet_id);
        EXPECT_LE(open_.size(), 5u) << "more than the receive maximum";
        if (stored_[number] == 0) {
            EXPECT_GT(number, last_new_) << "messages changed their order";
            last_new_ = number;
        }
        if (publish.qos == Qos::kAtLeastOnce) {
            ++stored_[number];
            open_.erase(publish.packet_id);
            EncodeAck(kVersion, {PacketType::kPuback, publish.packet_id, {}, {}}, to_client_);
            return;
        }
        if (received_.insert(publish.packet_id).second) ++stored_[number];
        EncodeAck(kVersion, {PacketType::kPubrec, publish.packet_id, {}, {}}, to_client_);
    }

    void Break() {
        session_.Close(false);
        open_.clear();
        Connect();
    }

    std::set<uint16_t> received_;  // QoS 2 ids the broker has answered with PUBREC
    std::set<uint16_t> open_;
    std::map<int, int> stored_;
    std::map<int, int> ended_;
    std::vector<Published> published_;
    int next_number_ = 0;
    int last_new_ = -1;
};

TEST(SessionPropertyTest, WhatIsPublishedArrivesOnceInOrderAndWithinTheWindow) {
    for (uint64_t seed = 1; seed <= 2000; ++seed) {
        SCOPED_TRACE(seed);
        Publishing(seed << 20).Run(300);
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace tilth::mqtt
