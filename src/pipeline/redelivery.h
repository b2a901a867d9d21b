// Telling a redelivery from a new message where the broker gives no message id.
//
// A broker that resumes a session sends again, marked DUP and with the same packet id, what was not
// acknowledged. Such a message is known if the last record stored under that packet id had the same
// topic and bytes. The limit: a broker may also mark as DUP a message that never reached this
// router; if its topic, bytes and packet id equal those of the last message stored under that id,
// it is taken for a redelivery. A payload with a time or a number never meets it.
#pragma once

#include "base/result.h"
#include "store/stream_store.h"

#include <string_view>
#include <vector>

namespace tilth::pipeline {

class Redeliveries {
  public:
    /// `window`: how many records back a router looks at its start; at least what a broker may have
    /// in flight.
    explicit Redeliveries(size_t window) : window_(window), content_(65'536, 0) {}

    /// Learns the last records of earlier writers of this name.
    Status Load(StreamStore& store, std::string_view name);

    bool Seen(uint16_t packet_id, uint64_t content) const { return content_[packet_id] == content; }
    void Remember(uint16_t packet_id, uint64_t content) { content_[packet_id] = content; }

  private:
    size_t window_;
    std::vector<uint64_t>
        content_;  ///< Hash of topic and payload last stored under each packet id; 0: none.
};

}  // namespace tilth::pipeline
