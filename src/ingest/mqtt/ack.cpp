#include "ingest/mqtt/ack.h"

namespace tilth::mqtt {
namespace {

// PUBREL alone carries the flags 0010 (MQTT5 2.1.3).
constexpr uint8_t FlagsOf(PacketType type) {
    return type == PacketType::kPubrel ? 2 : 0;
}

}  // namespace

Result<Ack> DecodeAck(Version version, Frame frame) {
    Reader in(frame.body);
    Ack ack;
    ack.type = frame.type();
    if (frame.flags() != FlagsOf(ack.type)) in.Refuse("has wrong flags");
    ack.packet_id = in.U16();
    if (ack.packet_id == 0) in.Refuse("has packet id 0");
    // MQTT5 3.4.2.1: without a reason it is success, without a property length there are none.
    if (version == Version::k5 && !in.empty()) {
        ack.reason = static_cast<Reason>(in.U8());
        if (!in.empty()) ack.properties = Properties::Read(in, PlaceOf(ack.type));
    }
    TILTH_CHECK(in.Done(Name(ack.type)));
    return ack;
}

void EncodeAck(Version version, const Ack& ack, std::string& out) {
    PutU8(out, static_cast<uint8_t>(static_cast<unsigned>(ack.type) << 4 | FlagsOf(ack.type)));
    const bool with_properties = version == Version::k5 && !ack.properties.empty();
    const bool with_reason =
        version == Version::k5 && (with_properties || ack.reason != Reason::kSuccess);
    PutVarint(
        out,
        size_t{2} + (with_reason ? 1 : 0) +
            (with_properties ? PropertiesSize(version, ack.properties) : 0)
    );
    PutU16(out, ack.packet_id);
    if (with_reason) PutU8(out, static_cast<uint8_t>(ack.reason));
    if (with_properties) PutProperties(out, version, ack.properties);
}

}  // namespace tilth::mqtt
