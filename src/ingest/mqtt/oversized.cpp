#include "ingest/mqtt/oversized.h"

#include <algorithm>

namespace tilth::mqtt {

void OversizedPublish::Begin(Version version, uint8_t header, size_t size) {
    version_ = version;
    header_ = header;
    wanted_ = size;
    payload_offset_ = 0;
    seen_ = 0;
    head_.clear();
    digest_ = DigestStream();
    publish_ = {};
    report_ = {};
    report_.packet_size = size;
}

Status OversizedPublish::Feed(std::string_view bytes) {
    const bool head_was_open = head_.size() < kKept;
    const size_t kept = std::min(bytes.size(), kKept - head_.size());
    head_.append(bytes.substr(0, kept));
    wanted_ -= bytes.size();
    const bool head_complete = head_.size() == kKept || wanted_ == 0;
    if (!head_complete) return {};
    if (head_was_open) {
        TILTH_CHECK(ParseHead());
        AddToDigest(head_);
    }
    AddToDigest(bytes.substr(kept));
    if (wanted_ == 0) report_.digest = digest_.Hex();
    return {};
}

Status OversizedPublish::ParseHead() {
    Reader in(head_);
    publish_ = ReadPublishHead(header_, in);
    size_t properties_size = 0;
    size_t before_properties = in.size();
    if (version_ == Version::k5) {
        Reader length = in;
        properties_size = length.Varint();
        before_properties = length.size();
        if (length.failed()) in.Refuse("has a broken property length");
    }
    payload_offset_ = head_.size() - before_properties + properties_size;
    if (payload_offset_ > report_.packet_size) in.Refuse("has properties past its end");
    if (!in.failed() && payload_offset_ <= head_.size()) {
        if (version_ == Version::k5) {
            publish_.properties = Properties::Read(in, PlaceOf(PacketType::kPublish));
        }
        publish_.payload = in.Rest().substr(0, kKeptPayload);
    } else {
        in.Take(in.size());
    }
    TILTH_CHECK(in.Done("PUBLISH"));
    report_.payload_size = report_.packet_size - payload_offset_;
    return {};
}

void OversizedPublish::AddToDigest(std::string_view bytes) {
    const size_t skipped =
        seen_ < payload_offset_ ? std::min(bytes.size(), payload_offset_ - seen_) : 0;
    seen_ += bytes.size();
    digest_.Add(bytes.substr(skipped));
}

}  // namespace tilth::mqtt
