#include "api/live/hub.h"

#include "api/live/subscriber.h"
#include "base/guarded.h"
#include "query/testing/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace tilth::live {
namespace {

using query::testing::Row;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::Not;

/// A client: takes when woken.
class Client {
  public:
    std::function<void()> Wake() {
        return [this] {
            const std::scoped_lock lock(mutex_);
            woken_ = true;
            changed_.notify_all();
        };
    }
    void Start(Take take) { take_ = std::move(take); }
    void Stop() { take_ = nullptr; }

    /// Everything received so far, once it holds `text` or twenty seconds have passed.
    const std::string& Until(std::string_view text) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (text_.find(text) == std::string::npos && std::chrono::steady_clock::now() < end) {
            Glance();
        }
        return text_;
    }
    /// Takes what comes within twenty milliseconds.
    void Glance() {
        text_ += take_();
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::milliseconds{20}, [this] { return woken_; });
        woken_ = false;
    }
    size_t Count(std::string_view text) const {
        size_t count = 0;
        for (size_t at = text_.find(text); at != std::string::npos; at = text_.find(text, at + 1))
            ++count;
        return count;
    }

  private:
    Take take_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    std::string text_;
};

class HubTest : public ::testing::Test {
  protected:
    HubTest() {
        Datastream datastream;
        datastream.thing = "node";
        datastream.property = "a";
        datastream.cadence = minutes{1};
        a_ = store_.AddDatastream(datastream);
        datastream.property = "b";
        b_ = store_.AddDatastream(datastream);
    }

    void Open(HubOptions options = {}) {
        hub_.emplace(
            store_, clock_, [](int test) { return fmt::format("test_{}", test); }, options
        );
    }
    void Join(
        Client& client,
        std::vector<DatastreamId> datastreams = {},
        std::optional<ChangeToken> after = {}
    ) {
        client.Start(hub_->Subscribe(std::move(datastreams), after, client.Wake()).value());
    }
    void Add(const Datastream& datastream, double value) {
        now_ += minutes{1};
        store_.AddRows(datastream.id, {Row(now_, value)});
        hub_->Notify();
    }

    Time now_ = ParseRfc3339("2025-05-01T06:00:00Z").value();
    query::testing::MemoryStore store_;
    ManualClock clock_{now_};
    Datastream a_;
    Datastream b_;
    Client client_;
    Client other_;
    std::optional<Hub> hub_;
};

TEST_F(HubTest, TellsWhatChangedAndThenItsToken) {
    Open();
    Join(client_);
    Add(a_, 1.5);
    EXPECT_EQ(
        client_.Until("id: 1\n\n"),
        fmt::format(
            "event: observations\ndata: {{\"datastream\":\"{}\",\"from\":\"2025-05-01T06:01:00Z\","
            "\"to\":\"2025-05-01T06:01:00.000001Z\",\"rows\":[[\"2025-05-01T06:01:00Z\",1.5,"
            "\"good\",[],15]]}}\n\nid: 1\n\n",
            Raw(a_.id)
        )
    );
}

TEST_F(HubTest, TellsOnlyWhatWasAskedFor) {
    Open();
    Join(client_, {a_.id});
    Join(other_, {b_.id});
    Add(a_, 1.25);
    Add(b_, 2.25);
    EXPECT_THAT(other_.Until(",2.25,"), Not(HasSubstr(",1.25,")));
    EXPECT_THAT(client_.Until(",1.25,"), Not(HasSubstr(",2.25,")));
}

TEST_F(HubTest, AResumedStreamMissesNothing) {
    Open();
    Join(client_);
    Add(a_, 1.25);
    client_.Until("id: 1\n\n");
    client_.Stop();
    Add(a_, 2.25);
    Add(b_, 3.25);
    Join(other_, {}, ChangeToken{1});
    EXPECT_THAT(other_.Until(",3.25,"), HasSubstr(",2.25,"));
    EXPECT_THAT(other_.Until(",3.25,"), Not(HasSubstr(",1.25,")));
}

TEST_F(HubTest, TooOldATokenIsAReset) {
    Open();
    for (int i = 0; i < 5; ++i) store_.AddRows(a_.id, {Row(now_ + minutes{i}, i)});
    store_.ForgetChangesBefore(ChangeToken{4});
    Join(client_, {}, ChangeToken{2});
    EXPECT_THAT(client_.Until("event: reset"), HasSubstr("the token is too old"));
    Add(a_, 7.25);
    client_.Until(",7.25,");  // And it goes on
}

TEST_F(HubTest, AClientThatDoesNotTakeGetsAResetAndBoundedMemory) {
    Open({.max_queue_bytes = 2000});
    Join(client_);
    Join(other_);
    for (int i = 0; i < 100; ++i) {
        Add(a_, 1000 + i);
        other_.Until(fmt::format(",{},", 1000 + i));
    }
    const std::string& text = client_.Until("id: 100\n\n");
    EXPECT_TRUE(
        text.starts_with("event: reset\ndata: {\"reason\":\"the stream could not keep up\"}\n\n")
    );
    EXPECT_LT(text.size(), 4000u);
    EXPECT_EQ(other_.Count("event: reset"), 0u);
}

TEST_F(HubTest, ALongChangeIsToldByItsRange) {
    Open({.max_rows = 10});
    Join(client_);
    std::vector<Observation> rows;
    for (int i = 0; i < 50; ++i) rows.push_back(Row(now_ + minutes{i}, i));
    store_.AddRows(a_.id, rows);
    hub_->Notify();
    EXPECT_THAT(
        client_.Until("event: changed"),
        HasSubstr(R"("from":"2025-05-01T06:00:00Z","to":"2025-05-01T06:49:00.000001Z"})")
    );
}

TEST_F(HubTest, RowsThatWereOfferedAreNotReadBack) {
    Open();
    Join(client_);
    Add(a_, 1.25);
    client_.Until("id: 1\n\n");
    const size_t read = store_.RowsRead();
    const std::vector rows{Row(now_ + minutes{1}, 2.25)};
    store_.AddRows(a_.id, rows);
    const SeriesChange change{a_.id, {now_ + minutes{1}, now_ + minutes{2}}, true, rows};
    hub_->Offer(ChangeToken{2}, std::span(&change, 1));
    EXPECT_THAT(client_.Until("id: 2\n\n"), HasSubstr(",2.25,"));
    EXPECT_EQ(store_.RowsRead(), read);
    EXPECT_EQ(client_.Count(",2.25,"), 1u);
}

TEST_F(HubTest, AHoleInWhatWasOfferedIsReadFromTheFeed) {
    Open();
    Join(client_);
    Add(a_, 1.25);
    client_.Until("id: 1\n\n");
    now_ += minutes{1};
    store_.AddRows(b_.id, {Row(now_, 2.25)});  // Not offered
    const std::vector rows{Row(now_, 3.25)};
    store_.AddRows(a_.id, rows);
    const SeriesChange change{a_.id, {now_, now_ + minutes{1}}, true, rows};
    hub_->Offer(ChangeToken{3}, std::span(&change, 1));
    client_.Until("id: 3\n\n");
    EXPECT_EQ(client_.Count(",2.25,"), 1u);
    EXPECT_EQ(client_.Count(",3.25,"), 1u);
}

TEST_F(HubTest, AStateThatChangesIsTold) {
    Open({.states = std::chrono::milliseconds{20}});
    store_.AddRows(a_.id, {Row(now_, 1)});
    Join(client_);
    Add(b_, 1);
    // The first look only learns the states; a later one finds that they changed.
    for (int i = 0; i < 1000 && client_.Count("event: state") == 0; ++i) {
        clock_.Set(now_ + minutes{i % 2 == 0 ? 60 : 8});
        client_.Glance();
    }
    EXPECT_GE(client_.Count(R"("thing":"node","state":")"), 1u);
}

TEST_F(HubTest, AStoreThatComesBackIsReadOn) {
    Open({.poll = std::chrono::milliseconds{10}});
    Join(client_);
    Add(a_, 1.25);
    client_.Until("id: 1\n\n");
    store_.FailWith({Fault::kUnavailable, "away"});
    EXPECT_FALSE(hub_->Subscribe({}, {}, [] {}));
    store_.Recover();
    Add(a_, 2.25);
    client_.Until(",2.25,");
    EXPECT_EQ(client_.Count(",2.25,"), 1u);
}

TEST_F(HubTest, NobodyIsWokenAfterLeaving) {
    Open();
    Join(client_);
    EXPECT_EQ(hub_->Subscribers(), 1u);
    client_.Stop();
    EXPECT_EQ(hub_->Subscribers(), 0u);
    Join(other_);
    Add(a_, 1.25);
    other_.Until(",1.25,");
}

TEST_F(HubTest, ASubscriptionMayOutliveTheHub) {
    Open();
    Join(client_);
    hub_.reset();
    client_.Stop();
}

TEST(SubscriberTest, ATokenFollowsAllItStandsFor) {
    Subscriber subscriber({}, 1000, nullptr);
    const Event event = std::make_shared<const std::string>("0123456789");
    for (int i = 0; i < 3; ++i) subscriber.Push(event, event);
    subscriber.PushToken(ChangeToken{7});
    EXPECT_EQ(subscriber.Take(15), "01234567890123456789");
    EXPECT_EQ(subscriber.Take(15), "0123456789id: 7\n\n");
    EXPECT_EQ(subscriber.Take(15), "");
}

}  // namespace
}  // namespace tilth::live
