#include "app/message_identity.h"

#include <gtest/gtest.h>

namespace tilth::app {
namespace {

pipeline::IncomingMessage Read(const mqtt::PropertyWriter& properties) {
    pipeline::IncomingMessage message;
    ReadIdentity(properties.View(), message);
    return message;
}

TEST(MessageIdentityTest, IdAndArrivalStandInOneProperty) {
    const auto properties =
        mqtt::PropertyWriter().User("mine", "1").User("tilth-id", "6b05-01-94@1795518540000000");
    const auto message = Read(properties);
    EXPECT_EQ(message.broker_id, "6b05-01-94");
    EXPECT_EQ(message.broker_arrival, FromMicros(1'795'518'540'000'000));
}

TEST(MessageIdentityTest, TheFormWithTwoPropertiesIsStillRead) {
    const auto properties = mqtt::PropertyWriter()
                                .User("tilth-id", "6b05-01-94")
                                .User("tilth-arrival", "1795518540000000");
    const auto message = Read(properties);
    EXPECT_EQ(message.broker_id, "6b05-01-94");
    EXPECT_EQ(message.broker_arrival, FromMicros(1'795'518'540'000'000));
}

TEST(MessageIdentityTest, WithoutAnIdThereIsNothing) {
    const auto properties = mqtt::PropertyWriter().User("tilth-arrival", "1795518540000000");
    const auto message = Read(properties);
    EXPECT_EQ(message.broker_id, "");
    EXPECT_EQ(message.broker_arrival, std::nullopt);
}

TEST(MessageIdentityTest, ATimeThatIsNoneIsLeftOut) {
    for (const char* id : {"a@", "a@soon", "a@12x", "a"}) {
        const auto properties = mqtt::PropertyWriter().User("tilth-id", id);
        const auto message = Read(properties);
        EXPECT_EQ(message.broker_id, "a") << id;
        EXPECT_EQ(message.broker_arrival, std::nullopt) << id;
    }
}

}  // namespace
}  // namespace tilth::app
