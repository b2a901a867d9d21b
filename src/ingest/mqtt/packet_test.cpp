#include "ingest/mqtt/packet.h"

#include "ingest/mqtt/packet_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::mqtt {
namespace {

TEST(PacketTest, EveryPacketIsWrittenAsTheStandardLaysItOut) {
    for (const PacketSample& sample : PacketSamples()) {
        std::string out;
        EncodePacket(sample.version, sample.packet, out);
        EXPECT_EQ(out, sample.bytes) << sample.name;
    }
}

// Writing is tested above and loses no field, so writing what was read tests the reading.
TEST(PacketTest, EveryPacketIsReadAsItIsWritten) {
    for (const PacketSample& sample : PacketSamples()) {
        const auto packet = DecodePacket(sample.version, SmallFrame(sample.bytes));
        ASSERT_TRUE(packet) << sample.name << ": " << packet.error().message;
        EXPECT_EQ(packet->index(), sample.packet.index()) << sample.name;
        std::string out;
        EncodePacket(sample.version, *packet, out);
        EXPECT_EQ(out, sample.bytes) << sample.name;
    }
}

TEST(PacketTest, ShortFormsMeanSuccessWithoutProperties) {
    const auto ack = DecodeAck(Version::k5, SmallFrame(Bytes({0x40, 3, 0, 7, 0x10})));
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->reason, Reason::kNoMatchingSubscribers);
    EXPECT_TRUE(ack->properties.empty());
    const auto bye = DecodeDisconnect(Version::k5, SmallFrame(Bytes({0xe0, 0})));
    ASSERT_TRUE(bye);
    EXPECT_EQ(bye->reason, Reason::kSuccess);
}

TEST(PacketTest, APublishIsReadInPlace) {
    const std::string bytes = Bytes({0x32, 8, 0, 1}) + "t" + Bytes({0, 9, 0}) + "ab";
    const auto publish = DecodePublish(Version::k5, SmallFrame(bytes));
    ASSERT_TRUE(publish);
    EXPECT_EQ(publish->topic.data(), bytes.data() + 4);
    EXPECT_EQ(publish->payload.data(), bytes.data() + 8);
    EXPECT_EQ(publish->packet_id, 9);
}

TEST(PacketTest, UserPropertiesAreFoundByName) {
    const PropertyWriter writer = PropertyWriter()
                                      .User("a", "1")
                                      .Text(PropertyId::kContentType, "json")
                                      .User("b", "2")
                                      .User("a", "3");
    const Properties properties = writer.View();
    EXPECT_EQ(properties.User("a"), "1");
    EXPECT_EQ(properties.User("b"), "2");
    EXPECT_FALSE(properties.User("c"));
    EXPECT_EQ(properties.Text(PropertyId::kContentType), "json");
    EXPECT_FALSE(properties.Number(PropertyId::kMessageExpiry));
    std::string names;
    properties.ForEach([&names](const Property& p) {
        if (p.id == PropertyId::kUser) names += p.text;
    });
    EXPECT_EQ(names, "aba");
}

struct BrokenSample {
    const char* name;
    const char* why;  // part of the message
    Version version;
    std::string bytes;
};

std::vector<BrokenSample> BrokenPackets() {
    const auto k5 = Version::k5;
    const auto k311 = Version::k311;
    return {
        {"packet type 0", "not supported", k5, Bytes({0x00, 0})},
        {"AUTH", "not supported", k5, Bytes({0xf0, 0})},
        {"QoS 3", "QoS 3", k5, Bytes({0x36, 6, 0, 1, 't', 0, 1, 0})},
        {"DUP with QoS 0", "DUP with QoS 0", k5, Bytes({0x38, 4, 0, 1, 't', 0})},
        {"packet id 0", "packet id 0", k5, Bytes({0x32, 6, 0, 1, 't', 0, 0, 0})},
        {"no topic", "no topic", k311, Bytes({0x30, 2, 0, 0})},
        {"topic past the end", "ends too early", k311, Bytes({0x30, 3, 0, 2, 't'})},
        {"topic alias", "topic alias", k5, Bytes({0x30, 7, 0, 1, 't', 3, 35, 0, 1})},
        {"property length past the end", "ends too early", k5, Bytes({0x30, 4, 0, 1, 't', 1})},
        {"property length of five bytes",
         "more than four bytes",
         k5,
         Bytes({0x30, 8, 0, 1, 't', 0x80, 0x80, 0x80, 0x80, 1})},
        {"unknown property", "unknown or broken", k5, Bytes({0x30, 6, 0, 1, 't', 2, 127, 0})},
        {"property of another packet",
         "may not stand",
         k5,
         Bytes({0x30, 7, 0, 1, 't', 3, 33, 0, 1})},
        {"property twice", "repeats", k5, Bytes({0x30, 8, 0, 1, 't', 4, 1, 0, 1, 0})},
        {"user property past the end",
         "unknown or broken",
         k5,
         Bytes({0x30, 8, 0, 1, 't', 4, 38, 0, 9, 'a'})},
        {"PUBACK with flags", "wrong flags", k5, Bytes({0x41, 2, 0, 1})},
        {"PUBREL without its flags", "wrong flags", k5, Bytes({0x60, 2, 0, 1})},
        {"PUBACK for id 0", "packet id 0", k311, Bytes({0x40, 2, 0, 0})},
        {"PUBACK of 3.1.1 with a reason", "bytes after its end", k311, Bytes({0x40, 3, 0, 1, 0})},
        {"CONNACK with reserved flags", "reserved flags", k5, Bytes({0x20, 3, 2, 0, 0})},
        {"CONNACK that refuses a present session",
         "claims a session",
         k311,
         Bytes({0x20, 2, 1, 5})},
        {"CONNACK too short", "ends too early", k311, Bytes({0x20, 1, 0})},
        {"SUBACK without reasons", "no reason code", k5, Bytes({0x90, 3, 0, 1, 0})},
        {"SUBSCRIBE without filters", "no topic filter", k311, Bytes({0x82, 2, 0, 1})},
        {"SUBSCRIBE with QoS 3", "impossible", k311, Bytes({0x82, 6, 0, 1, 0, 1, 'a', 3})},
        {"SUBSCRIBE with retain handling 3",
         "impossible",
         k5,
         Bytes({0x82, 7, 0, 1, 0, 0, 1, 'a', 0x30})},
        {"UNSUBSCRIBE with an empty filter",
         "empty topic filter",
         k311,
         Bytes({0xa2, 4, 0, 1, 0, 0})},
        {"UNSUBACK of 3.1.1 with a reason", "bytes after its end", k311, Bytes({0xb0, 3, 0, 1, 0})},
        {"PINGRESP with a body", "bytes after its end", k311, Bytes({0xd0, 1, 0})},
        {"DISCONNECT of 3.1.1 with a reason", "bytes after its end", k311, Bytes({0xe0, 1, 0})},
        {"CONNECT of another protocol", "not for MQTT", k311, Bytes({0x10, 6, 0, 4}) + "HTTP"},
        {"CONNECT level 3",
         "other than 4 and 5",
         k311,
         Bytes({0x10, 12, 0, 4}) + "MQTT" + Bytes({3, 2, 0, 0, 0, 0})},
        {"CONNECT reserved flag",
         "reserved flag",
         k311,
         Bytes({0x10, 12, 0, 4}) + "MQTT" + Bytes({4, 3, 0, 0, 0, 0})},
        {"CONNECT will QoS, no will",
         "no will",
         k311,
         Bytes({0x10, 12, 0, 4}) + "MQTT" + Bytes({4, 0x0a, 0, 0, 0, 0})},
    };
}

TEST(PacketTest, BrokenPacketsAreRefusedWithAReason) {
    for (const BrokenSample& sample : BrokenPackets()) {
        const auto packet = DecodePacket(sample.version, SmallFrame(sample.bytes));
        ASSERT_FALSE(packet) << sample.name;
        EXPECT_EQ(packet.error().fault, Fault::kBadInput) << sample.name;
        EXPECT_THAT(packet.error().message, testing::HasSubstr(sample.why)) << sample.name;
    }
}

// Cut short at any byte, a packet is refused, or is one of the short forms and is written back as
// such.
TEST(PacketTest, NoPacketIsReadPastItsEnd) {
    for (const PacketSample& sample : PacketSamples()) {
        for (size_t size = 0; size + 2 < sample.bytes.size(); ++size) {
            // An exact copy on the heap: a sanitizer sees one byte too many.
            const std::vector<char> body(
                sample.bytes.begin() + 2, sample.bytes.begin() + 2 + static_cast<ptrdiff_t>(size)
            );
            const Frame frame{static_cast<uint8_t>(sample.bytes[0]), {body.data(), body.size()}};
            const auto packet = DecodePacket(sample.version, frame);
            if (!packet) continue;
            std::string out;
            EncodePacket(sample.version, *packet, out);
            EXPECT_LE(out.size(), sample.bytes.size()) << sample.name << " cut to " << size;
        }
    }
}

TEST(PacketTest, LengthsHaveOneToFourBytes) {
    // The bounds of MQTT5 table 1-1.
    for (const auto& [value, size] : std::vector<std::pair<uint32_t, size_t>>{
             {0, 1},
             {127, 1},
             {128, 2},
             {16'383, 2},
             {16'384, 3},
             {2'097'151, 3},
             {2'097'152, 4},
             {268'435'455, 4}}) {
        std::string out;
        PutVarint(out, value);
        EXPECT_EQ(out.size(), size);
        EXPECT_EQ(VarintSize(value), size);
        Reader in(out);
        EXPECT_EQ(in.Varint(), value);
        EXPECT_TRUE(in.Done("length"));
    }
    std::string out;
    EXPECT_THROW(PutVarint(out, 268'435'456), std::length_error);
    EXPECT_THROW(PutText(out, std::string(65'536, 'a')), std::length_error);
}

}  // namespace
}  // namespace tilth::mqtt
