// links: tilth_mqtt
// What a hostile broker can send: bytes cut at random into reads, to the framer, the decoders and a
// whole session.
//
// The first bytes choose the version, how the rest is cut, and whether the session is connected
// already. Checked besides the sanitizers: a packet that was accepted is written and read back as
// the same packet; acknowledgements never outnumber what was received.

#include "base/random.h"
#include "ingest/mqtt/packet.h"
#include "ingest/mqtt/session.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

using namespace tilth::mqtt;

constexpr size_t kMaxPacket = 2048;

void Require(bool holds) {
    if (!holds) std::abort();
}

void CheckRoundTrip(Version version, Frame frame) {
    const auto packet = DecodePacket(version, frame);
    if (!packet) return;
    std::string written;
    EncodePacket(version, *packet, written);
    Framer framer(version, 1 << 20);
    const std::span<char> room = framer.Prepare();
    Require(written.size() <= room.size());
    std::memcpy(room.data(), written.data(), written.size());
    framer.Commit(written.size());
    const auto item = framer.Next();
    Require(item.has_value() && item->has_value());
    const auto again = DecodePacket(version, (*item)->frame);
    Require(again.has_value() && again->index() == packet->index());
    std::string rewritten;
    EncodePacket(version, *again, rewritten);
    Require(written == rewritten);
}

// Gives all bytes to `take` in reads of random size, each no larger than the room there is.
template <class Prepare, class Take>
void InPieces(std::string_view bytes, uint64_t seed, Prepare&& prepare, Take&& take) {
    tilth::Random random(seed);
    while (!bytes.empty()) {
        const std::span<char> room = prepare();
        const size_t most = std::min(room.size(), bytes.size());
        const size_t n = 1 + random.Below(random.Below(2) == 0 ? most : std::min<size_t>(most, 8));
        std::memcpy(room.data(), bytes.data(), n);
        bytes.remove_prefix(n);
        if (!take(n)) return;
    }
}

void FuzzFramer(Version version, std::string_view bytes, uint64_t seed) {
    Framer framer(version, kMaxPacket);
    InPieces(
        bytes,
        seed,
        [&framer] { return framer.Prepare(); },
        [&](size_t n) {
            framer.Commit(n);
            while (true) {
                const auto item = framer.Next();
                if (!item) return false;
                if (!*item) return true;
                if ((*item)->oversized == nullptr) CheckRoundTrip(version, (*item)->frame);
            }
        }
    );
}

void FuzzSession(Version version, std::string_view bytes, uint64_t seed, bool connected) {
    SessionOptions options;
    options.version = version;
    options.client_id = "fuzz";
    options.max_packet = kMaxPacket;
    options.subscriptions = {{"t/#", Qos::kAtLeastOnce}};
    Session session(std::move(options));
    session.Open({});
    std::string stream;
    if (connected) EncodeConnack(version, {false, Reason::kSuccess, {}}, stream);
    stream += bytes;
    tilth::Random owner(~seed);
    Events events;
    size_t touched = 0;
    InPieces(
        stream,
        seed,
        [&session] { return session.Prepare(); },
        [&](size_t n) {
            do {
                const auto status = session.Receive(n, {}, events);
                for (const Message& message : events.messages) {
                    touched += message.topic.size() + message.payload.size();
                    touched += message.properties.User("id").value_or("").size();
                }
                session.Acknowledge(owner.Below(session.inbound().last_token() + 2));
                if (!status) return false;
                n = 0;
            } while (events.more);
            return true;
        }
    );
    Require(session.inbound().held_messages() <= session.inbound().last_token());
    session.Close(owner.Below(2) == 0);
    Require(touched < (size_t{1} << 40));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const Version version = (data[0] & 1u) != 0 ? Version::k5 : Version::k311;
    const bool connected = (data[0] & 2u) != 0;
    const uint64_t seed = tilth::Mix64(data[1]);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    FuzzFramer(version, bytes, seed);
    FuzzSession(version, bytes, seed, connected);
    return 0;
}
