#include "ingest/mqtt/connect.h"

namespace tilth::mqtt {
namespace {

// The flags of CONNECT (MQTT5 3.1.2.3).
constexpr unsigned kCleanStart = 0x02;
constexpr unsigned kWill = 0x04;
constexpr unsigned kWillQosShift = 3;
constexpr unsigned kWillRetain = 0x20;
constexpr unsigned kPassword = 0x40;
constexpr unsigned kUser = 0x80;

Will ReadWill(Reader& in, Version version, unsigned flags) {
    Will will;
    const unsigned qos = flags >> kWillQosShift & 3u;
    if (qos == 3) in.Refuse("has a will with QoS 3");
    will.qos = static_cast<Qos>(qos);
    will.retain = (flags & kWillRetain) != 0;
    if (version == Version::k5) will.properties = Properties::Read(in, PropertyPlace::kWill);
    will.topic = in.Text();
    will.payload = in.Text();
    return will;
}

unsigned FlagsOf(const Connect& connect) {
    unsigned flags = connect.clean_start ? kCleanStart : 0u;
    if (connect.will) {
        flags |= kWill | static_cast<unsigned>(connect.will->qos) << kWillQosShift |
                 (connect.will->retain ? kWillRetain : 0u);
    }
    return flags | (connect.user ? kUser : 0u) | (connect.password ? kPassword : 0u);
}

}  // namespace

Result<Connect> DecodeConnect(Frame frame) {
    Reader in(frame.body);
    Connect connect;
    if (frame.header != 0x10) in.Refuse("has wrong flags");
    if (in.Text() != "MQTT") in.Refuse("is not for MQTT");
    connect.version = static_cast<Version>(in.U8());
    if (connect.version != Version::k311 && connect.version != Version::k5) {
        in.Refuse("asks for a protocol version other than 4 and 5");
    }
    const unsigned flags = in.U8();
    if ((flags & 1u) != 0) in.Refuse("has its reserved flag set");
    if ((flags & kWill) == 0 && (flags & (kWillRetain | 3u << kWillQosShift)) != 0) {
        in.Refuse("has flags of a will and no will");
    }
    connect.clean_start = (flags & kCleanStart) != 0;
    connect.keep_alive = in.U16();
    if (connect.version == Version::k5) {
        connect.properties = Properties::Read(in, PlaceOf(PacketType::kConnect));
    }
    connect.client_id = in.Text();
    if ((flags & kWill) != 0) connect.will = ReadWill(in, connect.version, flags);
    if ((flags & kUser) != 0) connect.user = in.Text();
    if ((flags & kPassword) != 0) connect.password = in.Text();
    TILTH_CHECK(in.Done("CONNECT"));
    return connect;
}

void EncodeConnect(const Connect& connect, std::string& out) {
    std::string body;
    PutText(body, "MQTT");
    PutU8(body, static_cast<uint8_t>(connect.version));
    PutU8(body, static_cast<uint8_t>(FlagsOf(connect)));
    PutU16(body, connect.keep_alive);
    PutProperties(body, connect.version, connect.properties);
    PutText(body, connect.client_id);
    if (connect.will) {
        PutProperties(body, connect.version, connect.will->properties);
        PutText(body, connect.will->topic);
        PutText(body, connect.will->payload);
    }
    if (connect.user) PutText(body, *connect.user);
    if (connect.password) PutText(body, *connect.password);
    PutU8(out, 0x10);
    PutVarint(out, body.size());
    out += body;
}

Result<Connack> DecodeConnack(Version version, Frame frame) {
    Reader in(frame.body);
    Connack connack;
    if (frame.flags() != 0) in.Refuse("has wrong flags");
    const uint8_t flags = in.U8();
    if (flags > 1) in.Refuse("has reserved flags set");
    connack.session_present = flags == 1;
    connack.reason = static_cast<Reason>(in.U8());
    // A broker that does not know MQTT 5 answers in the shape of 3.1.1, without properties.
    if (version == Version::k5 && !in.empty()) {
        connack.properties = Properties::Read(in, PlaceOf(PacketType::kConnack));
    }
    if (connack.session_present && connack.reason != Reason::kSuccess) {
        in.Refuse("refuses and claims a session");
    }
    TILTH_CHECK(in.Done("CONNACK"));
    return connack;
}

void EncodeConnack(Version version, const Connack& connack, std::string& out) {
    PutU8(out, 0x20);
    PutVarint(out, 2 + PropertiesSize(version, connack.properties));
    PutU8(out, connack.session_present ? 1 : 0);
    PutU8(out, static_cast<uint8_t>(connack.reason));
    PutProperties(out, version, connack.properties);
}

}  // namespace tilth::mqtt
