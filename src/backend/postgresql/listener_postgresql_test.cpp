// Commits are heard of at once, and again after the link was lost.
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

namespace tilth::postgresql {
namespace {

using std::chrono::seconds;
using ::testing::IsEmpty;

class ListenerTest : public ::testing::Test {
  protected:
    ListenerTest() : url_(FreshDatabase()), store_(OpenStore(url_)) {
        generation_ = ActiveGeneration(*store_);
        lease_ = ValueOf(store_->AcquireLease("test", kHour));
    }

    void Listen() {
        const int before = calls();
        listening_ = store_->Listen([this] {
            const std::scoped_lock lock(mutex_);
            ++calls_;
            heard_.notify_all();
        });
        ASSERT_NE(listening_, nullptr);
        ASSERT_TRUE(WaitForCall(before));  // it says once that it listens
    }
    int calls() {
        const std::scoped_lock lock(mutex_);
        return calls_;
    }
    bool WaitForCall(int before) {
        std::unique_lock lock(mutex_);
        return heard_.wait_for(lock, seconds{60}, [&] { return calls_ > before; });
    }
    void Commit(int64_t second) {
        ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, second), IsOk());
    }
    void EndAllLinks() {
        test::Postgresql::Shared().Execute(
            NameIn(url_),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
            " current_database() AND pid <> pg_backend_pid()"
        );
    }

    const std::string url_;
    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
    std::mutex mutex_;
    std::condition_variable heard_;
    int calls_ = 0;
    std::unique_ptr<Listening> listening_;
};

TEST_F(ListenerTest, ACommitOfAnotherProcessIsHeardOf) {
    Listen();
    for (int64_t second = 1; second <= 3; ++second) {
        const int before = calls();
        Commit(second);
        EXPECT_TRUE(WaitForCall(before));
    }
}

TEST_F(ListenerTest, ALinkThatWasLostComesBackByItself) {
    Listen();
    const int before = calls();
    EndAllLinks();
    ASSERT_TRUE(WaitForCall(before));  // it listens again: something may have been missed
    const int again = calls();
    Commit(1);
    EXPECT_TRUE(WaitForCall(again));
}

TEST_F(ListenerTest, ItEndsAtOnceAndIsNotCalledAnyMore) {
    Listen();
    const auto start = std::chrono::steady_clock::now();
    listening_.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds{5});
    const int before = calls();
    Commit(1);
    EXPECT_EQ(calls(), before);
}

}  // namespace
}  // namespace tilth::postgresql
