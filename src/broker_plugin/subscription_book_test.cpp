#include "broker_plugin/subscription_book.h"

#include "broker_plugin/testing/journal_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::broker_plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Subscription kPlain{"plain", "a/#"};
const Subscription kOne{"one", "$share/g/a"};
const Subscription kTwo{"two", "$share/g/a"};

Place At(uint64_t run, uint64_t number) {
    return {run, {number, number}};
}

TEST(TopicFilterTest, AShareIsTakenOff) {
    EXPECT_EQ(TopicFilter("$share/group/a/+/#"), "a/+/#");
    EXPECT_EQ(TopicFilter("a/b"), "a/b");
    EXPECT_EQ(TopicFilter("$share/group"), "");
}

TEST(SubscriptionBookTest, WhatTheBrokerRestoredIsOwedNothing) {
    SubscriptionBook book;
    EXPECT_TRUE(book.Subscribe(kPlain, At(1, 5)).is_changed);
    EXPECT_FALSE(book.Subscribe(kPlain, At(1, 9)).is_changed);
    EXPECT_FALSE(book.NoteRestored({kPlain}, At(1, 7), 100));
    EXPECT_EQ(book.CountAbsent(), 0u);
}

TEST(SubscriptionBookTest, AnAbsentOneIsOwedWhatNoSaveHad) {
    SubscriptionBook book;
    book.Subscribe(kPlain, At(1, 5));
    EXPECT_TRUE(book.NoteRestored({}, At(1, 7), 100));
    EXPECT_EQ(book.CountAbsent(), 1u);
    EXPECT_EQ(book.Subscribe(kPlain, At(2, 3)).owed, At(1, 7));
    EXPECT_EQ(book.CountAbsent(), 0u);
}

TEST(SubscriptionBookTest, BeforeItSubscribedItIsOwedNothing) {
    SubscriptionBook book;
    book.Subscribe(kPlain, At(1, 5));
    book.NoteRestored({}, At(1, 2), 100);
    EXPECT_EQ(book.Subscribe(kPlain, At(2, 3)).owed, At(1, 5));
}

TEST(SubscriptionBookTest, AbsenceLastsOverRestarts) {
    SubscriptionBook book;
    book.Subscribe(kOne, At(1, 5));
    book.NoteRestored({}, At(1, 7), 100);
    // Saves of the second run have nothing for a session that was not there.
    EXPECT_FALSE(book.NoteRestored({}, At(2, 50), 200));
    EXPECT_EQ(book.Subscribe(kOne, At(3, 1)).owed, At(1, 7));
}

TEST(SubscriptionBookTest, WhatWasGivenAndNotSavedIsOwedAgain) {
    SubscriptionBook book;
    book.Subscribe(kOne, At(1, 5));
    book.NoteRestored({}, At(1, 7), 100);
    book.Subscribe(kOne, At(2, 30));
    SubscriptionBook saved_too_early = book;
    saved_too_early.NoteRestored({}, At(2, 20), 200);
    EXPECT_EQ(saved_too_early.Subscribe(kOne, At(3, 1)).owed, At(1, 7));
    book.NoteRestored({}, At(2, 31), 200);
    EXPECT_EQ(book.Subscribe(kOne, At(3, 1)).owed, At(2, 31));
}

TEST(SubscriptionBookTest, OneMemberTakesWhatTheGroupIsOwed) {
    SubscriptionBook book;
    book.Subscribe(kOne, At(1, 5));
    book.Subscribe(kTwo, At(1, 6));
    book.NoteRestored({}, At(1, 2), 100);
    EXPECT_EQ(book.Subscribe(kTwo, At(2, 3)).owed, At(1, 5));
    EXPECT_EQ(book.CountAbsent(), 0u);
    EXPECT_FALSE(book.Subscribe(kOne, At(2, 4)).owed);
}

TEST(SubscriptionBookTest, AnUnsubscribedOrNewClientIsForgotten) {
    SubscriptionBook book;
    book.Subscribe(kPlain, At(1, 1));
    book.Subscribe(kOne, At(1, 2));
    EXPECT_TRUE(book.Unsubscribe(kPlain));
    EXPECT_FALSE(book.Unsubscribe(kPlain));
    EXPECT_TRUE(book.Forget("one"));
    EXPECT_FALSE(book.Forget("one"));
    EXPECT_EQ(book.size(), 0u);
}

TEST(SubscriptionBookTest, WhoStaysAwayTooLongIsForgotten) {
    SubscriptionBook book;
    book.Subscribe(kPlain, At(1, 1));
    book.Subscribe(kOne, At(1, 2));
    book.NoteRestored({kPlain}, At(1, 2), 100);
    EXPECT_THAT(book.ForgetAbsent(100), ElementsAre());
    EXPECT_THAT(book.ForgetAbsent(101), ElementsAre(kOne));
    EXPECT_EQ(book.size(), 1u);
}

TEST(SubscriptionBookTest, ItComesBackFromItsFile) {
    const JournalPlace place;
    const std::filesystem::path file = place.folder() / "subscriptions";
    const auto none = SubscriptionBook::Read(file);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->size(), 0u);
    SubscriptionBook book;
    book.Subscribe(kPlain, At(1, 5));
    book.Subscribe(kOne, At(1, 6));
    book.NoteRestored({kPlain}, At(1, 9), 77);
    ASSERT_TRUE(book.Write(file));
    auto read = SubscriptionBook::Read(file);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->Encode(), book.Encode());
    EXPECT_EQ(read->Subscribe(kOne, At(2, 1)).owed, At(1, 9));
}

TEST(SubscriptionBookTest, ADamagedFileIsNamed) {
    SubscriptionBook book;
    book.Subscribe(kPlain, At(1, 5));
    std::string bytes = book.Encode();
    bytes.back() ^= 1;
    const auto damaged = SubscriptionBook::Decode(bytes);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().fault, Fault::kCorrupt);
}

}  // namespace
}  // namespace tilth::broker_plugin
