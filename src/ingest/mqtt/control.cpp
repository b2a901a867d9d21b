#include "ingest/mqtt/control.h"

namespace tilth::mqtt {

Result<Ping> DecodePing(Frame frame) {
    Reader in(frame.body);
    if (frame.flags() != 0) in.Refuse("has wrong flags");
    TILTH_CHECK(in.Done(Name(frame.type())));
    return Ping{frame.type()};
}

void EncodePing(const Ping& ping, std::string& out) {
    PutU8(out, static_cast<uint8_t>(static_cast<unsigned>(ping.type) << 4));
    PutU8(out, 0);
}

Result<Disconnect> DecodeDisconnect(Version version, Frame frame) {
    Reader in(frame.body);
    Disconnect disconnect;
    if (frame.flags() != 0) in.Refuse("has wrong flags");
    // MQTT5 3.14.2.1: without a reason it is 0x00, without a property length there are none.
    if (version == Version::k5 && !in.empty()) {
        disconnect.reason = static_cast<Reason>(in.U8());
        if (!in.empty()) disconnect.properties = Properties::Read(in, PlaceOf(frame.type()));
    }
    TILTH_CHECK(in.Done("DISCONNECT"));
    return disconnect;
}

void EncodeDisconnect(Version version, const Disconnect& disconnect, std::string& out) {
    const bool with_properties = version == Version::k5 && !disconnect.properties.empty();
    const bool with_reason =
        version == Version::k5 && (with_properties || disconnect.reason != Reason::kSuccess);
    PutU8(out, 0xe0);
    PutVarint(
        out,
        (with_reason ? size_t{1} : size_t{0}) +
            (with_properties ? PropertiesSize(version, disconnect.properties) : 0)
    );
    if (with_reason) PutU8(out, static_cast<uint8_t>(disconnect.reason));
    if (with_properties) PutProperties(out, version, disconnect.properties);
}

}  // namespace tilth::mqtt
