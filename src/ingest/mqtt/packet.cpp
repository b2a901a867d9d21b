#include "ingest/mqtt/packet.h"

namespace tilth::mqtt {
namespace {

template <class T>
Result<Packet> Wrap(Result<T> decoded) {
    TILTH_TRY(T packet, std::move(decoded));
    return Packet(std::move(packet));
}

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};

}  // namespace

Result<Packet> DecodePacket(Version version, Frame frame) {
    switch (frame.type()) {
        case PacketType::kConnect:
            return Wrap(DecodeConnect(frame));
        case PacketType::kConnack:
            return Wrap(DecodeConnack(version, frame));
        case PacketType::kPublish:
            return Wrap(DecodePublish(version, frame));
        case PacketType::kPuback:
        case PacketType::kPubrec:
        case PacketType::kPubrel:
        case PacketType::kPubcomp:
            return Wrap(DecodeAck(version, frame));
        case PacketType::kSubscribe:
            return Wrap(DecodeSubscribe(version, frame));
        case PacketType::kUnsubscribe:
            return Wrap(DecodeUnsubscribe(version, frame));
        case PacketType::kSuback:
        case PacketType::kUnsuback:
            return Wrap(DecodeSubscribeAnswer(version, frame));
        case PacketType::kPingreq:
        case PacketType::kPingresp:
            return Wrap(DecodePing(frame));
        case PacketType::kDisconnect:
            return Wrap(DecodeDisconnect(version, frame));
        case PacketType::kAuth:
            break;
    }
    return Fail(Fault::kBadInput, "{} is not supported", Name(frame.type()));
}

void EncodePacket(Version version, const Packet& packet, std::string& out) {
    std::visit(
        Overloaded{
            [&](const Connect& p) { EncodeConnect(p, out); },
            [&](const Connack& p) { EncodeConnack(version, p, out); },
            [&](const Publish& p) { EncodePublish(version, p, out); },
            [&](const Ack& p) { EncodeAck(version, p, out); },
            [&](const Subscribe& p) { EncodeSubscribe(version, p, out); },
            [&](const Unsubscribe& p) { EncodeUnsubscribe(version, p, out); },
            [&](const SubscribeAnswer& p) { EncodeSubscribeAnswer(version, p, out); },
            [&](const Ping& p) { EncodePing(p, out); },
            [&](const Disconnect& p) { EncodeDisconnect(version, p, out); },
        },
        packet
    );
}

}  // namespace tilth::mqtt
