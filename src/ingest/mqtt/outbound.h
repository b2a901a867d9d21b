// What is published: a queue, and the window of QoS 1 and 2 messages the broker has not
// acknowledged.
#pragma once

#include "ingest/mqtt/publish.h"
#include "ingest/mqtt/ring.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tilth::mqtt {

/// The end of a QoS 1 or 2 message, by the user's own token.
struct Published {
    uint64_t user_token = 0;
    Reason reason =
        Reason::kSuccess;  ///< Failed(reason): the broker refused it, and it is not sent again.
};

/// Encoded messages in order. Blocks change hands by swap, so that their memory is used again.
struct PublishBlock {
    struct Item {
        uint64_t user_token = 0;
        uint32_t size = 0;       // of the packet
        uint32_t id_offset = 0;  // of the packet id in it
        Qos qos = Qos::kAtMostOnce;
    };
    std::string bytes;
    std::vector<Item> items;

    void Add(Version version, const Publish& publish, uint64_t user_token);
    void Clear() {
        bytes.clear();
        items.clear();
    }
};

/// Messages go out in the order they were queued, whatever their QoS. QoS 1 and 2 messages are kept
/// until PUBACK or PUBCOMP: after a resume they are sent again with DUP, and after a lost session
/// as new. Not thread-safe.
class Outbound {
  public:
    /// At most `window` messages (1 to 65,535) are in flight.
    explicit Outbound(Version version, uint16_t window);

    /// The broker's limits, of its CONNACK.
    struct Limits {
        uint16_t receive_maximum = 65'535;
        uint32_t max_packet = kLargestPacket;
        Qos max_qos = Qos::kExactlyOnce;
    };

    /// Takes the block's messages and leaves an empty block in exchange. Only when idle().
    void Load(PublishBlock& block);
    bool idle() const { return next_ == block_.items.size(); }

    /// Appends packets until the window is full, nothing is queued, or `out` has max_bytes.
    /// Messages over the broker's limits end here, as refused.
    void Pump(std::string& out, size_t max_bytes, std::vector<Published>& ended);

    /// A connection is up. What was in flight goes first: with its session as a retry, otherwise as
    /// new.
    void Resume(bool session_present, Limits limits);

    /// Answers. An unknown id is ignored: it may be of an earlier connection.
    void OnPuback(uint16_t packet_id, Reason reason, std::vector<Published>& ended);
    /// A success is answered with PUBREL, appended to `out`.
    void OnPubrec(
        uint16_t packet_id, Reason reason, std::string& out, std::vector<Published>& ended
    );
    void OnPubcomp(uint16_t packet_id, std::vector<Published>& ended);

    /// Messages taken over and not yet ended; of QoS 0: not yet sent.
    size_t pending() const { return block_.items.size() - next_ + used_; }
    size_t in_flight() const { return in_flight_; }

  private:
    enum class State : uint8_t { kFree, kWaiting, kSent, kReleaseDue, kReleased };
    struct Slot {
        std::string packet;
        uint64_t user_token = 0;
        uint64_t order = 0;
        uint32_t id_offset = 0;
        Qos qos = Qos::kAtMostOnce;
        State state = State::kFree;
    };

    Slot* Find(uint16_t packet_id);
    void Release(Slot& slot, Reason reason, std::vector<Published>& ended);
    bool PumpRetries(std::string& out, size_t max_bytes);
    bool PumpOne(std::string& out, std::vector<Published>& ended);
    void Take(const PublishBlock::Item& item, std::string_view packet, std::string& out);
    size_t Window() const { return std::min<size_t>(slots_.size(), limits_.receive_maximum); }

    Version version_;
    Limits limits_;
    PublishBlock block_;
    size_t next_ = 0;
    size_t offset_ = 0;
    std::vector<Slot> slots_;  // slot i has packet id i + 1
    Ring<uint16_t> free_;      // least recently used first
    std::deque<uint16_t> retries_;
    uint64_t order_ = 0;
    size_t used_ = 0;
    size_t in_flight_ = 0;
};

}  // namespace tilth::mqtt
