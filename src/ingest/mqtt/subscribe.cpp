#include "ingest/mqtt/subscribe.h"

namespace tilth::mqtt {
namespace {

// What the four packets begin with.
struct Opening {
    uint16_t packet_id = 0;
    Properties properties;
};

Opening ReadOpening(Reader& in, Version version, Frame frame, uint8_t flags) {
    Opening opening;
    if (frame.flags() != flags) in.Refuse("has wrong flags");
    opening.packet_id = in.U16();
    if (opening.packet_id == 0) in.Refuse("has packet id 0");
    if (version == Version::k5) opening.properties = Properties::Read(in, PlaceOf(frame.type()));
    return opening;
}

void PutPacket(uint8_t header, const std::string& body, std::string& out) {
    PutU8(out, header);
    PutVarint(out, body.size());
    out += body;
}

TopicFilter ReadFilter(Reader& in, Version version) {
    TopicFilter filter;
    filter.filter = in.Text();
    if (filter.filter.empty()) in.Refuse("has an empty topic filter");
    const unsigned options = in.U8();
    const unsigned qos = options & 3u;
    const unsigned retain_handling = options >> 4 & 3u;
    const unsigned reserved = version == Version::k5 ? 0xc0u : 0xfcu;
    if (qos == 3 || retain_handling == 3 || (options & reserved) != 0) {
        in.Refuse("has impossible subscription options");
    }
    filter.qos = static_cast<Qos>(qos);
    filter.no_local = (options & 4u) != 0;
    filter.retain_as_published = (options & 8u) != 0;
    filter.retain_handling = static_cast<RetainHandling>(retain_handling);
    return filter;
}

uint8_t OptionsOf(Version version, const TopicFilter& filter) {
    const auto qos = static_cast<unsigned>(filter.qos);
    if (version == Version::k311) return static_cast<uint8_t>(qos);
    return static_cast<uint8_t>(
        qos | (filter.no_local ? 4u : 0u) | (filter.retain_as_published ? 8u : 0u) |
        static_cast<unsigned>(filter.retain_handling) << 4
    );
}

}  // namespace

Result<Subscribe> DecodeSubscribe(Version version, Frame frame) {
    Reader in(frame.body);
    const Opening opening = ReadOpening(in, version, frame, 2);
    Subscribe subscribe{opening.packet_id, opening.properties, {}};
    if (in.empty()) in.Refuse("has no topic filter");
    while (!in.empty()) subscribe.filters.push_back(ReadFilter(in, version));
    TILTH_CHECK(in.Done("SUBSCRIBE"));
    return subscribe;
}

void EncodeSubscribe(Version version, const Subscribe& subscribe, std::string& out) {
    std::string body;
    PutU16(body, subscribe.packet_id);
    PutProperties(body, version, subscribe.properties);
    for (const TopicFilter& filter : subscribe.filters) {
        PutText(body, filter.filter);
        PutU8(body, OptionsOf(version, filter));
    }
    PutPacket(0x82, body, out);
}

Result<Unsubscribe> DecodeUnsubscribe(Version version, Frame frame) {
    Reader in(frame.body);
    const Opening opening = ReadOpening(in, version, frame, 2);
    Unsubscribe unsubscribe{opening.packet_id, opening.properties, {}};
    if (in.empty()) in.Refuse("has no topic filter");
    while (!in.empty()) {
        unsubscribe.filters.push_back(in.Text());
        if (unsubscribe.filters.back().empty()) in.Refuse("has an empty topic filter");
    }
    TILTH_CHECK(in.Done("UNSUBSCRIBE"));
    return unsubscribe;
}

void EncodeUnsubscribe(Version version, const Unsubscribe& unsubscribe, std::string& out) {
    std::string body;
    PutU16(body, unsubscribe.packet_id);
    PutProperties(body, version, unsubscribe.properties);
    for (const std::string_view filter : unsubscribe.filters) PutText(body, filter);
    PutPacket(0xa2, body, out);
}

Result<SubscribeAnswer> DecodeSubscribeAnswer(Version version, Frame frame) {
    Reader in(frame.body);
    const Opening opening = ReadOpening(in, version, frame, 0);
    SubscribeAnswer answer{frame.type(), opening.packet_id, opening.properties, {}};
    const bool has_reasons = version == Version::k5 || answer.type == PacketType::kSuback;
    if (has_reasons && in.empty()) in.Refuse("has no reason code");
    while (has_reasons && !in.empty()) answer.reasons.push_back(static_cast<Reason>(in.U8()));
    TILTH_CHECK(in.Done(Name(answer.type)));
    return answer;
}

void EncodeSubscribeAnswer(Version version, const SubscribeAnswer& answer, std::string& out) {
    std::string body;
    PutU16(body, answer.packet_id);
    PutProperties(body, version, answer.properties);
    for (const Reason reason : answer.reasons) PutU8(body, static_cast<uint8_t>(reason));
    PutPacket(static_cast<uint8_t>(static_cast<unsigned>(answer.type) << 4), body, out);
}

}  // namespace tilth::mqtt
