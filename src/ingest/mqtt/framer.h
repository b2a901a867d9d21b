// The receive buffer: takes bytes as they come and cuts them into packets, in place.
#pragma once

#include "ingest/mqtt/frame.h"
#include "ingest/mqtt/oversized.h"

#include <memory>
#include <optional>
#include <span>

namespace tilth::mqtt {

/// Use: Prepare(), read into it, Commit(n), then Next() until it gives nothing. Frames and the
/// views made from them are valid until the next Prepare() or Reset().
class Framer {
  public:
    /// Bytes the buffer has room for while no larger packet is on its way.
    static constexpr size_t kBufferSize = 256 * 1024;

    /// A packet of more than `max_packet` bytes behind its length field streams by as an
    /// OversizedPublish.
    Framer(Version version, size_t max_packet);

    /// Forgets everything: a new connection begins.
    void Reset();

    /// Room for the next read: kBufferSize less the beginning of a packet that stands there
    /// already.
    std::span<char> Prepare();
    void Commit(size_t n) { end_ += n; }

    /// What Next() found: a frame, or (frame.body empty) a PUBLISH over the limit that has streamed
    /// by.
    struct Item {
        Frame frame;
        const OversizedPublish* oversized = nullptr;
    };
    /// The next complete packet, or nothing. kBadInput: a length field of more than four bytes, or
    /// a packet over the limit that is no PUBLISH. After an oversized one the caller uses it before
    /// it calls Next() again.
    Result<std::optional<Item>> Next();

    /// Bytes allocated now.
    size_t capacity() const { return capacity_; }

  private:
    std::string_view Unread() const { return {buffer_.get() + begin_, end_ - begin_}; }
    void Reallocate(size_t capacity);
    Result<std::optional<Item>> NextOversized();

    Version version_;
    size_t max_packet_;
    std::unique_ptr<char[]> buffer_;
    size_t capacity_ = 0;
    size_t begin_ = 0;
    size_t end_ = 0;
    size_t awaited_ = 0;  // bytes of the packet of which only a part is here, with its header; or 0
    bool streaming_ = false;
    OversizedPublish oversized_;
};

}  // namespace tilth::mqtt
