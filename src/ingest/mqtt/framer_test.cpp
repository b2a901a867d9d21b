#include "ingest/mqtt/framer.h"

#include "base/random.h"
#include "ingest/mqtt/packet_samples.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tilth::mqtt {
namespace {

// What a framer found, as text: "type:size" of a frame, "over:payload:digest" of one too large.
struct Found {
    std::vector<std::string> items;
    std::string error;
};

std::string Describe(const Framer::Item& item) {
    if (item.oversized == nullptr) {
        return fmt::format("{}:{}", Name(item.frame.type()), item.frame.body.size());
    }
    const Oversized& report = item.oversized->report();
    return fmt::format("over:{}:{}", report.payload_size, report.digest);
}

// Feeds the bytes in chunks of 1 to max_chunk and collects what comes out.
Found Feed(Framer& framer, std::string_view bytes, size_t max_chunk, uint64_t seed) {
    Random random(seed);
    Found found;
    while (!bytes.empty()) {
        const std::span<char> room = framer.Prepare();
        const size_t n = std::min({1 + random.Below(max_chunk), room.size(), bytes.size()});
        std::memcpy(room.data(), bytes.data(), n);
        bytes.remove_prefix(n);
        framer.Commit(n);
        while (true) {
            const auto item = framer.Next();
            if (!item) return found.error = item.error().message, found;
            if (!*item) break;
            found.items.push_back(Describe(**item));
        }
    }
    return found;
}

std::string PublishOf(size_t payload_size, char fill = 'p') {
    const std::string payload(payload_size, fill);
    std::string out;
    EncodePublish(Version::k5, {"t", payload, {}, 5, Qos::kAtLeastOnce, false, false}, out);
    return out;
}

TEST(FramerTest, FindsTheSamePacketsHoweverTheBytesAreCut) {
    std::string bytes;
    std::vector<std::string> expected;
    for (const PacketSample& sample : PacketSamples()) {
        bytes += sample.bytes;
        const Frame frame = SmallFrame(sample.bytes);
        expected.push_back(fmt::format("{}:{}", Name(frame.type()), frame.body.size()));
    }
    for (const size_t max_chunk : {1u, 2u, 7u, 50u, 1000u}) {
        Framer framer(Version::k5, 1 << 20);
        EXPECT_EQ(Feed(framer, bytes, max_chunk, max_chunk).items, expected);
    }
}

TEST(FramerTest, GrowsForALargePacketAndShrinksAfterIt) {
    Framer framer(Version::k5, 12 << 20);
    const std::string bytes = PublishOf(3 << 20) + PublishOf(10) + PublishOf(10);
    const Found found = Feed(framer, bytes, 100'000, 1);
    EXPECT_EQ(
        found.items, (std::vector<std::string>{"PUBLISH:3145734", "PUBLISH:16", "PUBLISH:16"})
    );
    framer.Prepare();
    EXPECT_EQ(framer.capacity(), Framer::kBufferSize);
}

TEST(FramerTest, ALengthAloneDoesNotMakeItAllocate) {
    Framer framer(Version::k5, 12 << 20);
    Feed(framer, PublishOf(12'000'000).substr(0, 1000), 1000, 1);
    framer.Prepare();
    EXPECT_EQ(framer.capacity(), Framer::kBufferSize);
}

TEST(FramerTest, APacketOverTheLimitStreamsByWithLengthAndDigest) {
    const std::string payload(300'000, 'x');
    const std::string bytes = PublishOf(10) + PublishOf(300'000, 'x') + PublishOf(20);
    const std::vector<std::string> expected{
        "PUBLISH:16", "over:300000:" + HexDigest(payload), "PUBLISH:26"};
    for (const size_t max_chunk : {100u, 70'000u, 262'144u}) {
        Framer framer(Version::k5, 100'000);
        EXPECT_EQ(Feed(framer, bytes, max_chunk, max_chunk).items, expected);
        EXPECT_EQ(framer.capacity(), Framer::kBufferSize);
    }
}

TEST(FramerTest, OfAPacketOverTheLimitTheBeginningIsKept) {
    const PropertyWriter properties = PropertyWriter().User("id", "7");
    std::string payload(200'000, 'x');
    payload[65'535] = 'e';
    const Publish sent{"a/b", payload, properties.View(), 9, Qos::kExactlyOnce, true, true};
    std::string bytes;
    EncodePublish(Version::k5, sent, bytes);
    OversizedPublish oversized;
    oversized.Begin(Version::k5, static_cast<uint8_t>(bytes[0]), bytes.size() - 4);
    ASSERT_TRUE(oversized.Feed(std::string_view(bytes).substr(4)));
    const Publish& kept = oversized.publish();
    EXPECT_EQ(kept.topic, "a/b");
    EXPECT_EQ(kept.packet_id, 9);
    EXPECT_EQ(kept.properties.User("id"), "7");
    EXPECT_TRUE(kept.retain && kept.dup && kept.qos == Qos::kExactlyOnce);
    EXPECT_EQ(kept.payload, payload.substr(0, 65'536));
    EXPECT_EQ(oversized.report().digest, HexDigest(payload));
}

TEST(FramerTest, PropertiesLongerThanWhatIsKeptAreStillSkippedRightly) {
    PropertyWriter properties;
    for (int i = 0; i < 4; ++i) properties.User("key", std::string(60'000, 'v'));
    std::string bytes;
    const Publish sent{"t", "payload", properties.View(), 9, Qos::kAtLeastOnce, false, false};
    EncodePublish(Version::k5, sent, bytes);
    Framer framer(Version::k5, 1024);
    EXPECT_EQ(
        Feed(framer, bytes, 5000, 3).items,
        (std::vector<std::string>{"over:7:" + HexDigest("payload")})
    );
}

TEST(FramerTest, RefusesLengthsThatNobodyMaySend) {
    Framer framer(Version::k5, 1024);
    EXPECT_NE(Feed(framer, Bytes({0x30, 0x80, 0x80, 0x80, 0x80, 1}), 9, 1).error, "");
    framer.Reset();
    const Found large = Feed(framer, Bytes({0x90, 0xff, 0x7f}), 9, 1);
    EXPECT_EQ(large.error, "the broker sent a SUBACK of 16383 bytes");
    framer.Reset();
    // Over the limit, and its topic passes its end: broken as soon as that is seen.
    const std::string broken = Bytes({0x30, 0x81, 0x08, 0xff, 0xff}) + std::string(1023, 'a');
    EXPECT_NE(Feed(framer, broken, 9, 1).error, "");
}

}  // namespace
}  // namespace tilth::mqtt
