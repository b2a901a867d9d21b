// Tilth's MQTT client: a Session on a socket, with reconnection and back-pressure.
//
// What is received is given out in batches, one for each read from the socket, and acknowledged to
// the broker only when the owner says so. When the owner holds too much, the socket is not read,
// and TCP slows the broker down.
#pragma once

#include "ingest/mqtt/endpoint.h"
#include "ingest/mqtt/io_thread.h"
#include "ingest/mqtt/session.h"

#include <chrono>
#include <memory>
#include <span>
#include <vector>

namespace tilth::mqtt {

struct ClientOptions {
    Endpoint endpoint;
    SessionOptions session;
    /// Reading stops when this much is given out and not acknowledged, and goes on at half of it.
    /// One read (up to 256 KB, or one packet) may pass it.
    size_t max_held_messages = 100'000;
    size_t max_held_bytes = 64 * 1024 * 1024;
    /// Publish() refuses when this much waits. What is being sent comes on top, at most as much
    /// again.
    size_t max_queued_messages = 100'000;
    size_t max_queued_bytes = 64 * 1024 * 1024;
    /// From the start of an attempt to CONNACK.
    std::chrono::milliseconds connect_timeout{10'000};
    /// See Backoff.
    std::chrono::milliseconds first_retry{100};
    std::chrono::milliseconds longest_retry{30'000};
    /// A read that brought only a few messages is followed by the next one after this time: under
    /// load the socket gathers a batch, and system calls are shared. A message after silence never
    /// waits. 0: never.
    std::chrono::microseconds gather{250};
    /// Of the jitter: different for each client.
    uint64_t seed = 0;
};

/// What one read brought. All views are valid only during OnBatch.
struct Batch {
    std::span<const Message> messages;
    /// QoS 2 ids that are free again. An owner that keeps ids durably removes them with the commit
    /// of this batch.
    std::span<const Released> released;
    uint64_t last_token = 0;  ///< Acknowledge(last_token) settles the batch and all before it.
};

/// What the owner does with what it holds when a connection is lost.
enum class Unsettled : uint8_t {
    kKept,       ///< It goes on storing it: QoS 2 is not given out again, QoS 1 is (with DUP).
    kDiscarded,  ///< It has thrown it away: all of it is given out again.
};

/// Called on the client's thread, one call at a time; must not block, nor call what Client says
/// blocks.
class Handler {
  public:
    virtual ~Handler() = default;

    virtual void OnConnected(bool /*session_present*/) {}
    /// All subscriptions are granted as asked.
    virtual void OnSubscribed() {}
    virtual void OnBatch(const Batch& /*batch*/) {}
    /// QoS 1 and 2 messages of Publish() that the broker has taken or refused.
    virtual void OnPublished(std::span<const Published> /*ended*/) {}
    virtual void OnUnsubscribed() {}
    /// A connection, or an attempt, failed; another attempt follows by itself.
    virtual Unsettled OnLost(const Error& /*error*/) { return Unsettled::kKept; }
    /// As OnLost, but no attempt follows: session taken over (kConflict), version or client id
    /// refused (kRefused).
    virtual void OnFatal(const Error& /*error*/) {}
};

struct ClientStats {
    uint64_t messages = 0;       ///< Given out.
    uint64_t bytes = 0;          ///< Read from the socket.
    uint64_t reads = 0;          ///< From the socket.
    uint64_t connections = 0;    ///< CONNACKs.
    uint64_t pauses = 0;         ///< Times that reading stopped because too much was held.
    uint64_t held_messages = 0;  ///< Now.
    uint64_t held_bytes = 0;     ///< Now.
    bool connected = false;
};

/// A name that can be published to: 1 to 65,535 bytes without '+' and '#'. kBadInput otherwise.
Status CheckTopic(std::string_view topic);

/// Thread-safe.
class Client {
  public:
    /// kBadInput: options or TLS files. Handler and thread outlive the client. Nothing happens
    /// before Start().
    static Result<std::unique_ptr<Client>> Create(
        ClientOptions options, Handler& handler, IoThread& thread
    );
    /// Blocks until no call of the handler can come any more. Without Disconnect() before it the
    /// connection breaks.
    ~Client();

    void Start();

    /// Everything up to this token is stored. Acknowledgements go out in order of receipt, many in
    /// one write.
    void Acknowledge(uint64_t upto);

    /// Queues a message; false when the queue is full. CheckTopic has passed (std::invalid_argument
    /// otherwise); packet_id and dup are ignored. The end of a QoS 1 or 2 message is reported by
    /// OnPublished with user_token. Without a connection messages wait.
    bool Publish(const mqtt::Publish& publish, uint64_t user_token);
    /// Blocks until Publish would take a message; false when the time is over.
    bool WaitForRoom(std::chrono::milliseconds limit);
    /// Messages queued or in flight.
    size_t pending() const;

    /// Ends all subscriptions: nothing new is queued for this client, what is queued still comes.
    /// OnUnsubscribed follows.
    void Unsubscribe();

    /// Blocks until no more batch is given out, nor an answer to Publish(). Acknowledgements still
    /// go out.
    void StopReading();
    /// Sends what is due and DISCONNECT, and closes; blocks until that is done, at most 2 s. The
    /// broker keeps subscriptions and session, unless `end_session` (MQTT 5). Messages still
    /// pending are not sent: wait for pending() == 0 before.
    void Disconnect(bool end_session = false);

    /// QoS 2 ids between PUBREC and PUBREL (blocks for a moment).
    std::vector<uint16_t> StoredIds() const;
    ClientStats Stats() const;

  private:
    class Impl;
    explicit Client(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;
};

}  // namespace tilth::mqtt
