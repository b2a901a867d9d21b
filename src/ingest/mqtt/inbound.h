// What was received and not yet acknowledged: explicit acknowledgement in the order of receipt.
//
// Everything that is given to the owner carries a token that rises by one. The owner settles tokens
// in ascending order ("all up to this one are stored"), and only then PUBACK (QoS 1), PUBREC (QoS
// 2) and PUBCOMP (for a PUBREL) go out, in the order in which the packets came (MQTT5 4.6). The two
// steps of QoS 2 are both the owner's: it may keep the ids between PUBREC and PUBREL as durably as
// its messages.
#pragma once

#include "ingest/mqtt/ring.h"
#include "ingest/mqtt/types.h"

#include <bitset>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tilth::mqtt {

/// Not thread-safe.
class Inbound {
  public:
    explicit Inbound(Version version) : version_(version) {}

    /// A PUBLISH came; `bytes` is what holding it costs. Returns its token, or 0 when it is a QoS 2
    /// message the owner already has: it is acknowledged in its turn and not given out again.
    ///
    /// That is so when DUP is set and the id is between PUBREC and PUBREL, or was given out on a
    /// lost connection and is not settled. Without DUP an id is a new message (MQTT5 3.3.1.1): a
    /// broker that lost its memory may use an id again, and a message too many is repaired
    /// downstream while a lost one is not.
    uint64_t OnPublish(Qos qos, uint16_t packet_id, bool dup, size_t bytes);

    /// A PUBREL came. Returns its token; PUBCOMP goes out when that is settled. 0 when the id is
    /// unknown: PUBCOMP says so in its turn, and the owner has nothing to do.
    uint64_t OnPubrel(uint16_t packet_id);

    /// All tokens up to this one are stored. Tokens of a lost connection count too: their QoS 2 ids
    /// are kept, so that the redelivery is recognised. Values below an earlier one change nothing.
    void Settle(uint64_t upto);

    /// Appends the acknowledgements that are due, in order of receipt.
    void Flush(std::string& out);

    /// The connection is gone; nothing of it will be acknowledged. With `discard` the owner has
    /// thrown away what it had not settled, and all of it is given out again after a resume.
    void ConnectionLost(bool discard);
    /// The broker has no session for us: ids of the past mean nothing.
    void SessionLost();

    /// Ids between PUBREC and PUBREL.
    std::vector<uint16_t> StoredIds() const;
    void ImportStoredIds(std::span<const uint16_t> ids);

    /// Given out and not settled.
    size_t held_messages() const { return held_.size(); }
    size_t held_bytes() const { return held_bytes_; }
    uint64_t last_token() const { return last_token_; }

  private:
    enum class Kind : uint8_t { kPlain, kExactlyOnce, kRelease };
    struct Held {
        uint64_t token = 0;
        size_t bytes = 0;
        uint16_t packet_id = 0;
        Kind kind = Kind::kPlain;
    };
    struct Due {
        uint64_t token = 0;
        uint16_t packet_id = 0;
        PacketType answer = PacketType::kPuback;
        bool unknown_id = false;
    };

    uint64_t Hold(Kind kind, uint16_t packet_id, size_t bytes);
    void Apply(const Held& held);

    Version version_;
    uint64_t last_token_ = 0;
    uint64_t settled_ = 0;
    uint64_t lost_upto_ = 0;  // tokens up to this one belong to lost connections
    size_t held_bytes_ = 0;
    Ring<Held> held_;                                // by token
    Ring<Due> due_;                                  // by receipt on this connection
    std::bitset<65'536> stored_;                     // ids between PUBREC and PUBREL
    std::unordered_map<uint16_t, uint64_t> orphan_;  // QoS 2, lost connection, not settled
};

}  // namespace tilth::mqtt
