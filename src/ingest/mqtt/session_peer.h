// The broker's end of a Session, driven packet by packet: for tests only.
#pragma once

#include "ingest/mqtt/packet.h"
#include "ingest/mqtt/session.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace tilth::mqtt {

/// Gives the session bytes as if they were read, and returns what came of them.
inline Status Feed(Session& session, std::string_view bytes, Instant now, Events& events) {
    const std::span<char> room = session.Prepare();
    if (room.size() < bytes.size()) throw std::logic_error("the test sends too much at once");
    std::memcpy(room.data(), bytes.data(), bytes.size());
    return session.Receive(bytes.size(), now, events);
}

/// "PUBACK 5", "PUBLISH 5 dup", "PUBCOMP 5 0x92", "CONNECT": enough to compare sequences of
/// packets.
inline std::string Summary(const Packet& packet) {
    if (const auto* ack = std::get_if<Ack>(&packet)) {
        const std::string text = fmt::format("{} {}", Name(ack->type), ack->packet_id);
        if (ack->reason == Reason::kSuccess) return text;
        return fmt::format("{} {:#x}", text, static_cast<unsigned>(ack->reason));
    }
    if (const auto* publish = std::get_if<Publish>(&packet)) {
        return fmt::format("PUBLISH {}{}", publish->packet_id, publish->dup ? " dup" : "");
    }
    if (std::holds_alternative<Connect>(packet)) return "CONNECT";
    if (std::holds_alternative<Subscribe>(packet)) return "SUBSCRIBE";
    if (std::holds_alternative<Unsubscribe>(packet)) return "UNSUBSCRIBE";
    if (std::holds_alternative<Disconnect>(packet)) return "DISCONNECT";
    if (const auto* ping = std::get_if<Ping>(&packet)) return Name(ping->type);
    return "another packet";
}

/// Cuts a stream into packets and calls f(const Packet&) for each complete one; the rest stays in
/// `bytes`.
template <class F>
void TakePackets(Version version, std::string& bytes, F&& f) {
    size_t done = 0;
    while (true) {
        Reader in(std::string_view(bytes).substr(done));
        const uint8_t header = in.U8();
        const size_t size = in.Varint();
        if (in.failed() || in.size() < size) break;
        const std::string_view body = in.Take(size);
        const auto packet = DecodePacket(version, {header, body});
        ASSERT_TRUE(packet) << packet.error().message;
        f(*packet);
        done = static_cast<size_t>(body.data() + body.size() - bytes.data());
    }
    bytes.erase(0, done);
}

}  // namespace tilth::mqtt
