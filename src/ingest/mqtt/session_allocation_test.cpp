// Receiving and acknowledging allocates nothing once the buffers have their size.

#include "ingest/mqtt/session_peer.h"
#include "support/counted_allocations.h"

#include <gtest/gtest.h>

namespace tilth::mqtt {
namespace {

TEST(SessionAllocationTest, ReceivingInSteadyStateAllocatesNothing) {
    if (!kAllocationsAreCounted) GTEST_SKIP() << "a sanitizer has an allocator of its own";
    SessionOptions options;
    options.client_id = "lab";
    Session session(options);
    session.Open({});
    Events events;
    std::string bytes;
    EncodeConnack(Version::k5, {}, bytes);
    ASSERT_TRUE(Feed(session, bytes, {}, events));

    const PropertyWriter user = PropertyWriter().User("id", "0123456789abcdef-0000000000000001");
    bytes.clear();
    for (uint16_t id = 1; id <= 300; ++id) {
        const Qos qos = static_cast<Qos>(id % 3);
        EncodePublish(
            Version::k5, {"field/7/vwc", "{\"v\": 0.31}", user.View(), id, qos, false, false}, bytes
        );
    }
    size_t found = 0;
    const auto round = [&] {
        ASSERT_TRUE(Feed(session, bytes, {}, events));
        ASSERT_EQ(events.messages.size(), 300u);
        for (const Message& m : events.messages) found += m.properties.User("id")->size();
        session.Acknowledge(session.inbound().last_token());
        session.output().clear();
    };
    for (int i = 0; i < 3; ++i) round();
    const size_t before = allocations;
    for (int i = 0; i < 100; ++i) round();
    EXPECT_EQ(allocations - before, 0u);
    EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace tilth::mqtt
