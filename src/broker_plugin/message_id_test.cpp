#include "broker_plugin/message_id.h"

#include <gtest/gtest.h>

#include <string>

namespace tilth::broker_plugin {
namespace {

TEST(MessageIdTest, HasRunCounterAndTag) {
    const BrokerRun run{0x6b056a94fac36115, {1, 2}};
    const MessageId id(run, 0x123456789a);
    EXPECT_EQ(id.view().substr(0, 28), "6b056a94fac36115-123456789a-");
    EXPECT_EQ(id.view().size(), 36u);
    EXPECT_EQ(
        MessageId(BrokerRun{0xfedcba9876543210, {}}, 0xbcdef).view().substr(0, 28),
        "fedcba9876543210-00000bcdef-"
    );
}

TEST(MessageIdTest, TheTagCannotBeKnownWithoutTheKey) {
    const MessageId one(BrokerRun{7, {1, 2}}, 1);
    const MessageId other(BrokerRun{7, {1, 3}}, 1);
    EXPECT_NE(one.view(), other.view());
    EXPECT_EQ(one.view().substr(0, 28), other.view().substr(0, 28));
}

TEST(MessageIdTest, LargeCountersGetMoreDigits) {
    const MessageId id(BrokerRun{}, uint64_t{1} << 60);
    EXPECT_EQ(id.view().substr(17, 16), "1000000000000000");
}

TEST(MessageIdTest, RunsDifferAndRiseAlsoWhenTheClockDoesNot) {
    const BrokerRun first = NewRun(1000, 0);
    const BrokerRun second = NewRun(1000, first.number);
    const BrokerRun later = NewRun(900, second.number);
    EXPECT_LT(second.number, later.number);
    EXPECT_LT(first.number, second.number);
    EXPECT_NE(first.key, second.key);
    EXPECT_NE(NewRun(1000, 0).number, first.number);
}

// Aumasson and Bernstein's reference vectors (vectors_sip64, github.com/veorq/SipHash): key bytes
// 0, 1, ..., 15; the ninth vector is of the 8 bytes 0, 1, ..., 7.
TEST(SipHashTest, AgreesWithTheReferenceVector) {
    const std::array<uint64_t, 2> key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    EXPECT_EQ(SipHash(key, 0x0706050403020100), 0x93f5f5799a932462u);
}

}  // namespace
}  // namespace tilth::broker_plugin
