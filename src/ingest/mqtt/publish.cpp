#include "ingest/mqtt/publish.h"

namespace tilth::mqtt {

Publish ReadPublishHead(uint8_t header, Reader& in) {
    Publish publish;
    publish.retain = (header & 0x01u) != 0;
    publish.dup = (header & kDupFlag) != 0;
    const unsigned qos = header >> 1 & 0x03u;
    if (qos == 3) in.Refuse("has QoS 3");
    publish.qos = static_cast<Qos>(qos);
    if (publish.dup && qos == 0) in.Refuse("has DUP with QoS 0");
    publish.topic = in.Text();
    if (publish.topic.empty()) in.Refuse("has no topic");
    if (qos != 0) {
        publish.packet_id = in.U16();
        if (publish.packet_id == 0) in.Refuse("has packet id 0");
    }
    return publish;
}

Result<Publish> DecodePublish(Version version, Frame frame) {
    Reader in(frame.body);
    Publish publish = ReadPublishHead(frame.header, in);
    if (version == Version::k5) {
        publish.properties = Properties::Read(in, PlaceOf(PacketType::kPublish));
        if (!publish.properties.empty() && publish.properties.Number(PropertyId::kTopicAlias)) {
            in.Refuse("has a topic alias, and none were allowed");
        }
    }
    publish.payload = in.Rest();
    TILTH_CHECK(in.Done("PUBLISH"));
    return publish;
}

size_t EncodePublish(Version version, const Publish& publish, std::string& out) {
    const size_t start = out.size();
    const auto qos = static_cast<unsigned>(publish.qos);
    const size_t body = 2 + publish.topic.size() + (qos != 0 ? 2 : 0) +
                        PropertiesSize(version, publish.properties) + publish.payload.size();
    PutU8(
        out,
        static_cast<uint8_t>(
            static_cast<unsigned>(PacketType::kPublish) << 4 | (publish.dup ? kDupFlag : 0u) |
            qos << 1 | (publish.retain ? 1u : 0u)
        )
    );
    PutVarint(out, body);
    PutText(out, publish.topic);
    const size_t id_offset = out.size() - start;
    if (qos != 0) PutU16(out, publish.packet_id);
    PutProperties(out, version, publish.properties);
    out.append(publish.payload);
    return qos != 0 ? id_offset : 0;
}

}  // namespace tilth::mqtt
