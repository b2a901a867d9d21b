#include "broker_plugin/saved_database.h"

#include "broker_plugin/testing/journal_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::broker_plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SavedDatabaseTest, SubscriptionsAndTheMannerOfTheEndAreRead) {
    DatabaseBytes made(true);
    made.Chunk(2, std::string(100, 'm'));
    made.AddSubscription("client", "a/#");
    made.AddSubscription("client", "b");
    const auto saved = ParseSavedDatabase(made.bytes());
    ASSERT_TRUE(saved) << saved.error().message;
    EXPECT_TRUE(saved->at_shutdown);
    EXPECT_THAT(
        saved->subscriptions,
        ElementsAre(Subscription{"client", "a/#"}, Subscription{"client", "b"})
    );
}

TEST(SavedDatabaseTest, EveryCutIsNoticed) {
    DatabaseBytes made(false);
    made.Chunk(2, std::string(20, 'm'));
    made.AddSubscription("client", "a/#");
    const std::string whole = made.bytes();
    ASSERT_TRUE(ParseSavedDatabase(whole));
    int good = 0;
    for (size_t size = 0; size < whole.size(); ++size)
        good += ParseSavedDatabase(whole.substr(0, size)) ? 1 : 0;
    // Only between two chunks, of which there are three.
    EXPECT_EQ(good, 3);
}

TEST(SavedDatabaseTest, OtherVersionsAndOtherFilesAreRefused) {
    const auto newer = ParseSavedDatabase(DatabaseBytes(false, 7).bytes());
    ASSERT_FALSE(newer);
    EXPECT_THAT(newer.error().message, HasSubstr("version 7"));
    EXPECT_FALSE(ParseSavedDatabase("something else entirely, and long enough"));
}

TEST(SavedDatabaseTest, ASubscriptionThatClaimsMoreThanItHasIsPassedOver) {
    DatabaseBytes made(false);
    std::string body(12, '\0');
    body[4] = body[5] = body[6] = body[7] = '\xff';
    made.Chunk(5, body);
    const auto saved = ParseSavedDatabase(made.bytes());
    ASSERT_TRUE(saved);
    EXPECT_TRUE(saved->subscriptions.empty());
}

TEST(DatabaseStampTest, ANewFileHasAnotherStamp) {
    const JournalPlace place;
    const std::string path = place.database().string();
    const DatabaseStamp none = DatabaseStamp::Of(path.c_str());
    EXPECT_EQ(none.size, -1);
    place.Save(false);
    const DatabaseStamp first = DatabaseStamp::Of(path.c_str());
    place.Save(false);
    EXPECT_NE(first, none);
    EXPECT_NE(DatabaseStamp::Of(path.c_str()), first);
}

}  // namespace
}  // namespace tilth::broker_plugin
