#include "ingest/mqtt/framer.h"

#include <algorithm>
#include <cstring>

namespace tilth::mqtt {

Framer::Framer(Version version, size_t max_packet) : version_(version), max_packet_(max_packet) {
    Reallocate(kBufferSize);
}

void Framer::Reset() {
    begin_ = end_ = awaited_ = 0;
    streaming_ = false;
}

void Framer::Reallocate(size_t capacity) {
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (end_ > begin_) std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    buffer_ = std::move(larger);
    capacity_ = capacity;
}

std::span<char> Framer::Prepare() {
    const size_t unread = end_ - begin_;
    if (awaited_ > capacity_ && capacity_ - unread < kBufferSize / 2) {
        // Doubling, so that a length alone makes nobody allocate what is never sent.
        Reallocate(std::min(std::max(awaited_, kBufferSize), 2 * capacity_));
    } else if (awaited_ <= kBufferSize && capacity_ > kBufferSize && unread <= kBufferSize) {
        Reallocate(kBufferSize);
    } else if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, unread);
        begin_ = 0;
        end_ = unread;
    }
    return {buffer_.get() + end_, capacity_ - end_};
}

Result<std::optional<Framer::Item>> Framer::Next() {
    if (streaming_) return NextOversized();
    const std::string_view unread = Unread();
    if (unread.size() < 2) return std::nullopt;
    size_t body = 0;
    size_t at = 1;
    for (unsigned shift = 0;; shift += 7, ++at) {
        if (at > 4)
            return Fail(Fault::kBadInput, "the broker sent a length of more than four bytes");
        if (at == unread.size()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(unread[at]);
        body |= static_cast<size_t>(byte & 0x7fu) << shift;
        if ((byte & 0x80u) == 0) break;
    }
    ++at;
    const Frame frame{static_cast<uint8_t>(unread[0]), {}};
    if (body > max_packet_) {
        if (frame.type() != PacketType::kPublish) {
            return Fail(
                Fault::kBadInput, "the broker sent a {} of {} bytes", Name(frame.type()), body
            );
        }
        oversized_.Begin(version_, frame.header, body);
        begin_ += at;
        streaming_ = true;
        return NextOversized();
    }
    if (unread.size() < at + body) {
        awaited_ = at + body;
        return std::nullopt;
    }
    awaited_ = 0;
    begin_ += at + body;
    return Item{{frame.header, unread.substr(at, body)}, nullptr};
}

Result<std::optional<Framer::Item>> Framer::NextOversized() {
    const std::string_view bytes = Unread().substr(0, oversized_.wanted());
    TILTH_CHECK(oversized_.Feed(bytes));
    begin_ += bytes.size();
    if (oversized_.wanted() > 0) return std::nullopt;
    streaming_ = false;
    return Item{{}, &oversized_};
}

}  // namespace tilth::mqtt
