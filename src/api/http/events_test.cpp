// Live events over a connection that stays open.
#include "api/http/testing/served_lab.h"
#include "base/guarded.h"

#include <atomic>
#include <thread>

namespace tilth::api {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using testing::RawClient;

/// A stream that a test feeds by hand.
class EventsTest : public testing::ServedLab {
  protected:
    Result<TakeEvents> OpenStream(EventRequest request) override {
        const std::shared_ptr<void> open(nullptr, [this](void*) { --open_; });
        ++open_;
        feed_.With([&](Feed& feed) { feed.request = std::move(request); });
        return [this, open] {
            return feed_.With([](Feed& feed) { return std::exchange(feed.text, {}); });
        };
    }

    void Say(std::string_view text) {
        const auto wake = feed_.With([&](Feed& feed) {
            feed.text += text;
            return feed.request.wake;
        });
        wake();
    }

    void WaitUntilNoneIsOpen() {
        for (int i = 0; i < 2000 && open_ > 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }

    struct Feed {
        std::string text;
        EventRequest request;
    };
    Guarded<Feed> feed_;
    std::atomic<int> open_{0};
};

TEST_F(EventsTest, ArriveAsTheyAreSaid) {
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/api/v1/events", "Last-Event-ID: 42\r\n"));
    ASSERT_TRUE(client.ReadUntil("retry: 1000\n\n"));
    EXPECT_THAT(client.buffer(), HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_EQ(feed_.With([](Feed& feed) { return feed.request.after; }), ChangeToken{42});
    Say("event: a\ndata: 1\n\n");
    ASSERT_TRUE(client.ReadUntil("data: 1\n\n"));
    Say("event: b\ndata: 2\n\n");
    ASSERT_TRUE(client.ReadUntil("data: 2\n\n"));
}

TEST_F(EventsTest, AHeartbeatKeepsAnIdleStream) {
    options_.heartbeat = std::chrono::milliseconds{50};
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/api/v1/events"));
    ASSERT_TRUE(client.ReadUntil(": heartbeat\n\n"));
}

TEST_F(EventsTest, AStreamEndsWhenItsClientLeaves) {
    Start();
    {
        RawClient client(server_->Port());
        client.Send(Text("GET", "/api/v1/events"));
        ASSERT_TRUE(client.ReadUntil("retry"));
        EXPECT_EQ(open_, 1);
    }
    WaitUntilNoneIsOpen();
    EXPECT_EQ(open_, 0);
}

TEST_F(EventsTest, ThereIsALimitOfStreams) {
    options_.max_event_streams = 1;
    Start();
    RawClient first(server_->Port());
    first.Send(Text("GET", "/api/v1/events"));
    ASSERT_TRUE(first.ReadUntil("retry"));
    EXPECT_EQ(Get("/api/v1/events").status, 429);
}

TEST_F(EventsTest, AskForWhatExists) {
    Start();
    EXPECT_EQ(Get("/api/v1/events?datastreams=nothing").status, 404);
    EXPECT_EQ(Get("/api/v1/events?after=x").status, 400);
    RawClient client(server_->Port());
    client.Send(Text(
        "GET", fmt::format("/api/v1/events?datastreams={}&after=7", tilth::Raw(datastream_.id))
    ));
    ASSERT_TRUE(client.ReadUntil("retry"));
    feed_.With([&](Feed& feed) {
        EXPECT_EQ(feed.request.datastreams, std::vector{datastream_.id});
        EXPECT_EQ(feed.request.after, ChangeToken{7});
    });
}

TEST_F(EventsTest, TheServerStopsWithStreamsOpen) {
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/api/v1/events"));
    ASSERT_TRUE(client.ReadUntil("retry"));
    server_.reset();
    EXPECT_EQ(open_, 0);
    EXPECT_TRUE(client.WaitForEnd());
}

}  // namespace
}  // namespace tilth::api
