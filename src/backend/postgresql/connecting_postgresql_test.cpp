// Servers that are away, come back, crash or hang; wrong passwords, missing rights, TLS.
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

namespace tilth::postgresql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

/// A server of its own, which can be stopped.
class ServerTest : public ::testing::Test {
  protected:
    void Begin() {
        url_ = server_.Database("lab");
        store_ = OpenStore(url_);
        generation_ = ActiveGeneration(*store_);
        lease_ = ValueOf(store_->AcquireLease("tester", kHour));
        ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, 1), IsOk());
    }
    /// Asks until it is answered, as every role does.
    bool ComesBackWithin(Duration limit) {
        const auto start = steady_clock::now();
        while (steady_clock::now() - start < limit) {
            if (store_->LatestToken()) return true;
            std::this_thread::sleep_for(milliseconds{20});
        }
        return false;
    }

    test::Postgresql server_;
    std::string url_;
    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
};

TEST_F(ServerTest, AServerThatIsAwayIsUnavailableAndIsFoundAgain) {
    Begin();
    auto open_transaction = ValueOf(store_->Begin(generation_, lease_));
    server_.Stop();
    EXPECT_THAT(store_->LatestToken(), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(store_->Things(), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(store_->Begin(generation_, lease_), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(store_->AcquireLease("tester", kHour), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(store_->Sql("SELECT 1", {}), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(open_transaction->Commit(), FailsWith(Fault::kUnavailable));
    // Nobody spins: most calls in between do not even try.
    const auto start = steady_clock::now();
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(store_->LatestToken());
    EXPECT_LT(steady_clock::now() - start, seconds{5});
    server_.Start();
    EXPECT_TRUE(ComesBackWithin(seconds{20}));
    EXPECT_THAT(PutOne(*store_, generation_, lease_, kMoisture, 2), IsOk());
    EXPECT_EQ(ValuesIn(*store_, kMoisture).size(), 2U);
}

TEST_F(ServerTest, AConnectionThatBrokeWhileItLayIdleIsReplacedUnnoticed) {
    Begin();
    server_.Stop();
    server_.Start();
    EXPECT_THAT(store_->LatestToken(), IsOk());
    server_.Stop();
    server_.Start();
    EXPECT_THAT(PutOne(*store_, generation_, lease_, kMoisture, 2), IsOk());
}

TEST_F(ServerTest, WhatWasCommittedIsThereAfterACrash) {
    Begin();
    for (int64_t second = 2; second <= 30; ++second) {
        ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, second), IsOk());
        if (second % 10 != 0) continue;
        auto half = ValueOf(store_->Begin(generation_, lease_));
        ASSERT_THAT(Put(*half, kMoisture, RowAt(1000 + second, -1)), IsOk());
        server_.Crash();
        EXPECT_FALSE(half->Commit());
        half.reset();
        server_.Start();
        ASSERT_TRUE(ComesBackWithin(seconds{20}));
        EXPECT_EQ(ValuesIn(*store_, kMoisture).size(), static_cast<size_t>(second));
    }
    EXPECT_THAT(ValueOf(store_->CheckIntegrity()), ::testing::IsEmpty());
}

TEST_F(ServerTest, AServerThatHangsIsGivenUpAndIsFoundAgain) {
    Begin();
    store_ = OpenStore(url_, seconds{3});  // a statement may take 2 s, and 5 s of grace
    auto asked = ValueOf(store_->Begin(generation_, lease_));
    server_.Freeze();
    const auto start = steady_clock::now();
    EXPECT_THAT(asked->Lock(std::span(&kMoisture, 1)), FailsWith(Fault::kUnavailable));
    EXPECT_LT(steady_clock::now() - start, seconds{25});
    server_.Thaw();
    asked.reset();
    EXPECT_TRUE(ComesBackWithin(seconds{20}));
}

TEST_F(ServerTest, AServerThatIsReadOnlyIsUnavailable) {
    Begin();
    server_.Execute("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
    server_.Execute("postgres", "SELECT pg_reload_conf()");
    Result<ChangeToken> put;
    for (int i = 0; i < 200 && (put = PutOne(*store_, generation_, lease_, kMoisture, 2)); ++i)
        std::this_thread::sleep_for(milliseconds{20});
    EXPECT_THAT(put, FailsWith(Fault::kUnavailable));
    EXPECT_THAT(put.error().message, HasSubstr("read-only"));
    EXPECT_EQ(ValuesIn(*store_, kMoisture).front(), 1);
}

TEST(ConnectingTest, SaysWhatIsWrongWithoutThePassword) {
    test::Postgresql server({.config = {}, .tcp = true});
    server.Execute("postgres", "CREATE DATABASE lab");
    const auto opened = [&](const std::string& place) {
        ProcessedOptions options;
        options.url = "postgresql://" + place;
        return OpenProcessedStore(options);
    };
    const std::string at = fmt::format("127.0.0.1:{}/lab", server.port());
    EXPECT_THAT(opened("postgres:secret@" + at), IsOk());
    struct Wrong {
        std::string place;
        const char* says;
    };
    const Wrong wrongs[] = {
        {"postgres:guess@" + at, "password authentication failed"},
        {"postgres@" + at, "no password"},
        {"nobody:guess@" + at, "nobody"},
        {fmt::format("postgres:secret@127.0.0.1:{}/other", server.port()),
         "\"other\" does not exist"},
    };
    for (const Wrong& wrong : wrongs) {
        const auto store = opened(wrong.place);
        ASSERT_THAT(store, FailsWith(Fault::kRefused)) << wrong.place;
        EXPECT_THAT(store.error().message, HasSubstr(wrong.says));
        EXPECT_THAT(store.error().message, Not(HasSubstr("guess")));
    }
    EXPECT_THAT(opened("postgres:secret@127.0.0.1:1/lab"), FailsWith(Fault::kUnavailable));
    EXPECT_THAT(opened("postgres:secret@no.such.host.invalid/lab"), FailsWith(Fault::kUnavailable));
}

TEST(ConnectingTest, TakesThePasswordFromAFile) {
    test::Postgresql server({.config = {}, .tcp = true});
    ProcessedOptions options;
    options.url = fmt::format("postgresql://postgres@127.0.0.1:{}/postgres", server.port());
    options.password_file = server.dir() / "password";
    EXPECT_THAT(OpenProcessedStore(options), FailsWith(Fault::kRefused));
    std::ofstream(options.password_file) << "secret\n";
    EXPECT_THAT(OpenProcessedStore(options), IsOk());
}

TEST(ConnectingTest, SpeaksTlsAndChecksWhoAnswers) {
    test::Postgresql server({.config = {}, .tls = true});
    const auto opened = [&](const std::string& ca, const char* mode) {
        ProcessedOptions options;
        options.url = fmt::format(
            "postgresql://postgres:secret@localhost:{}/postgres?hostaddr=127.0.0.1&sslmode={}"
            "&sslrootcert={}",
            server.port(),
            mode,
            ca
        );
        return OpenProcessedStore(options);
    };
    EXPECT_THAT(opened(server.ca_file(), "verify-full"), IsOk());
    EXPECT_THAT(
        opened("/etc/ssl/certs/ca-certificates.crt", "verify-full"), FailsWith(Fault::kRefused)
    );
    EXPECT_THAT(opened(server.ca_file(), "disable"), FailsWith(Fault::kRefused));
}

TEST(ConnectingTest, AUserWithoutRightsIsToldWhichItNeeds) {
    test::Postgresql& server = test::Postgresql::Shared();
    const std::string url = FreshDatabase();
    server.Execute("postgres", "DROP ROLE IF EXISTS visitor");
    server.Execute("postgres", "CREATE ROLE visitor LOGIN");
    ProcessedOptions options;
    options.url = url + "&user=visitor";
    options.url.erase(options.url.find("&user=postgres"), std::string("&user=postgres").size());
    const auto opened = OpenProcessedStore(options);
    ASSERT_THAT(opened, FailsWith(Fault::kRefused));
    EXPECT_THAT(opened.error().message, HasSubstr("permission denied"));
}

}  // namespace
}  // namespace tilth::postgresql
