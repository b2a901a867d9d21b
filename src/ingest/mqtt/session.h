// The MQTT client as a state machine without I/O: bytes and calls go in, bytes and events come out.
//
// One Session lives across connections. Its owner opens a connection, calls Open(), moves bytes
// between the socket and Prepare()/Receive() and output(), calls Tick() now and then, and Close()
// when the connection is gone.
#pragma once

#include "ingest/mqtt/ack.h"
#include "ingest/mqtt/connect.h"
#include "ingest/mqtt/control.h"
#include "ingest/mqtt/framer.h"
#include "ingest/mqtt/inbound.h"
#include "ingest/mqtt/outbound.h"
#include "ingest/mqtt/subscribe.h"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tilth::mqtt {

/// Steady time: keep-alive must not follow a wall clock that is set.
using Instant = std::chrono::steady_clock::time_point;

struct Subscription {
    std::string filter;  ///< Also "$share/group/filter".
    Qos qos = Qos::kAtLeastOnce;
    RetainHandling retain_handling = RetainHandling::kSendIfNew;  ///< MQTT 5 only.
};

struct SessionOptions {
    Version version = Version::k5;
    std::string client_id;  ///< May be empty with clean_start: the broker chooses.
    std::optional<std::string> user;
    std::optional<std::string> password;
    /// 3.1.1: every connection begins a session that ends with it. 5: the first connection drops an
    /// old session.
    bool clean_start = false;
    /// MQTT 5: seconds the broker keeps the session without a connection; the default never ends.
    uint32_t session_expiry = 0xffff'ffff;
    std::chrono::seconds keep_alive{30};  ///< 0 to 65,535; 0: none.
    /// MQTT 5: unacknowledged QoS 1 and 2 messages the broker may send. Mosquitto 2.0.11 sends
    /// more; that is borne.
    uint16_t receive_maximum = 1000;
    /// Unacknowledged QoS 1 and 2 messages this side sends, 1 to 65,533; a receive maximum of the
    /// broker (MQTT 5) lowers it. 0: 1000 in MQTT 5 and 20 in 3.1.1, where the broker cannot say
    /// what it bears: Mosquitto 2.0.11 with default settings ends the connection at more than 20 of
    /// QoS 2, and has lost messages then.
    uint16_t publish_window = 0;
    /// Bytes behind the length field; a larger PUBLISH is reported as Oversized.
    size_t max_packet = 12 * 1024 * 1024;
    std::vector<Subscription> subscriptions;
    /// QoS 2 ids that StoredIds() gave in an earlier life of this session.
    std::vector<uint16_t> stored_ids;
};

/// kBadInput: what is wrong with the options and which.
Status CheckOptions(const SessionOptions& options);

/// A received message. Views are valid until the next Prepare() or Receive().
struct Message {
    std::string_view topic;
    std::string_view payload;  ///< Of an oversized message the first 64 KB.
    Properties properties;     ///< Read when asked: properties.User("name").
    const Oversized* oversized = nullptr;
    uint64_t token = 0;      ///< Rises by one from each message or release to the next.
    uint16_t packet_id = 0;  ///< 0 with QoS 0.
    Qos qos = Qos::kAtMostOnce;
    bool retain = false;
    bool dup = false;
};

/// The broker will not send this QoS 2 message again: its id may be forgotten. Settled like a
/// message.
struct Released {
    uint64_t token = 0;
    uint16_t packet_id = 0;
};

/// What came of one Receive().
struct Events {
    std::vector<Message> messages;
    std::vector<Released> released;
    std::vector<Published> published;
    bool connected = false;  ///< CONNACK came.
    bool session_present = false;
    bool subscribed = false;    ///< Every subscription was granted as asked.
    bool unsubscribed = false;  ///< UNSUBACK came.
    bool more = false;  ///< Call Receive(0) again before reading: there is more in the buffer.

    void Clear();
};

/// Not thread-safe.
class Session {
  public:
    /// The options have passed CheckOptions (std::invalid_argument otherwise).
    explicit Session(SessionOptions options);

    /// A connection stands: CONNECT is put out.
    void Open(Instant now);
    /// The connection is gone. With `discard` the owner forgets what it has not settled (see
    /// Inbound).
    void Close(bool discard);

    /// Room for the next read, and then its size. An error ends the connection (the events before
    /// it are good); final() says whether for ever. kBadInput: malformed or not allowed by the
    /// standard. kRefused: CONNACK or SUBACK says no. kConflict: the session was taken over.
    /// kUnavailable: the broker said goodbye.
    std::span<char> Prepare() { return framer_.Prepare(); }
    Status Receive(size_t n, Instant now, Events& events);
    /// The last error must not be followed by another connection.
    bool final() const { return final_; }

    /// Pings when there is need. kUnavailable: the broker has been silent for longer than
    /// keep-alive. While the owner is not `reading`, silence means nothing.
    Status Tick(Instant now, bool reading);

    /// All up to this token is stored; what became due is put out.
    void Acknowledge(uint64_t upto);
    /// Puts out UNSUBSCRIBE for all subscriptions, now and on later connections until it is
    /// answered. What the broker has queued for them still comes.
    void EndSubscriptions();
    /// Puts out DISCONNECT; the broker keeps the session unless `end_session` (MQTT 5).
    void PutDisconnect(bool end_session);

    /// Messages to publish: Load() when idle, Pump() into output() when connected. Refused ones go
    /// to `published`.
    Outbound& outbound() { return outbound_; }
    void Pump(size_t max_bytes, std::vector<Published>& published);

    /// Bytes to send. The owner takes them away and says when.
    std::string& output() { return output_; }
    void Sent(Instant now) { last_sent_ = now; }

    bool connected() const { return state_ == State::kConnected; }
    const Inbound& inbound() const { return inbound_; }

  private:
    enum class State : uint8_t { kClosed, kConnecting, kConnected };

    Status Handle(Frame frame, Events& events);
    Status HandleConnack(const Connack& connack, Events& events);
    Status Refusal(const Connack& connack);
    Status HandleDisconnect(const Disconnect& disconnect);
    Status HandleSubscribeAnswer(const SubscribeAnswer& answer, Events& events);
    void HandleAck(const Ack& ack, Events& events);
    void Deliver(const Publish& publish, const Oversized* oversized, Events& events);
    void PutConnect();
    void PutSubscribe();
    void PutUnsubscribe();
    void RenewSubscriptions(bool session_present, Events& events);

    SessionOptions options_;
    Framer framer_;
    Inbound inbound_;
    Outbound outbound_;
    std::string output_;
    State state_ = State::kClosed;
    bool final_ = false;
    bool was_connected_ = false;   // in this life of the object
    bool was_subscribed_ = false;  // since the connection was made
    bool unsubscribe_ = false;     // EndSubscriptions() was called
    bool clean_asked_ = false;
    std::chrono::seconds keep_alive_{0};
    Instant last_sent_{};
    Instant last_received_{};
    std::optional<Instant> ping_since_;
};

}  // namespace tilth::mqtt
