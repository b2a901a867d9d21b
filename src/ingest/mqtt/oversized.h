// A PUBLISH larger than the limit, as it streams by: its beginning and a digest are kept, the rest
// is not.
#pragma once

#include "base/hash.h"
#include "ingest/mqtt/publish.h"

#include <string>

namespace tilth::mqtt {

/// What is reported of it. Views live until the next oversized packet begins.
struct Oversized {
    uint64_t packet_size = 0;   ///< Bytes behind the length field.
    uint64_t payload_size = 0;  ///< Bytes of payload.
    std::string digest;  ///< HexDigest of the whole payload: the same when it is delivered again.
};

class OversizedPublish {
  public:
    /// Bytes of payload that are kept.
    static constexpr size_t kKeptPayload = 64 * 1024;

    /// Starts a packet of `size` bytes behind its length field.
    void Begin(Version version, uint8_t header, size_t size);
    /// Takes bytes of the body, never more than wanted(). kBadInput when the head is malformed.
    Status Feed(std::string_view bytes);
    /// Bytes still to come.
    size_t wanted() const { return wanted_; }

    /// After the last byte: the packet with the first kKeptPayload bytes of payload (fewer, and no
    /// properties, where properties are so long that they pass what is kept).
    const Publish& publish() const { return publish_; }
    const Oversized& report() const { return report_; }

  private:
    // The longest topic with its length, packet id and property length always fit before the
    // payload.
    static constexpr size_t kKept = 2 + 65'535 + 2 + 4 + kKeptPayload;

    Status ParseHead();
    void AddToDigest(std::string_view bytes);

    Version version_ = Version::k5;
    uint8_t header_ = 0;
    size_t wanted_ = 0;
    size_t payload_offset_ = 0;
    size_t seen_ = 0;  // bytes of the body given to AddToDigest
    std::string head_;
    DigestStream digest_;
    Publish publish_;
    Oversized report_;
};

}  // namespace tilth::mqtt
