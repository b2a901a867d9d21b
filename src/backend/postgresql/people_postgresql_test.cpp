// What people see: the views, the rights of their SQL, and the history of what they registered.
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>

#include <thread>

namespace tilth::postgresql {
namespace {

using ::testing::ElementsAre;

class PeopleTest : public ::testing::Test {
  protected:
    void SetUp() override {
        url_ = FreshDatabase();
        store_ = OpenStore(url_);
        generation_ = ActiveGeneration(*store_);
        lease_ = ValueOf(store_->AcquireLease("tester", kHour));
    }
    std::string url_;
    std::unique_ptr<ProcessedStore> store_;
    GenerationId generation_{};
    Lease lease_;
};

TEST_F(PeopleTest, SqlCannotGetOutOfItsRole) {
    const char* const attempts[] = {
        "SELECT * FROM tilth.lab",
        "SELECT * FROM g1.observation",
        "SELECT * FROM pg_authid",
        "SELECT set_config('role', 'none', true)",
        "SELECT \"set_config\"('role', 'none', true)",
        "SELECT U&\"\\0073et_config\"('role', 'none', true)",
        "SELECT query_to_xml('DELETE FROM g1.thing', true, true, '')",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT pg_advisory_lock(1)",
        "SELECT lo_create(0)",
        "SELECT pg_current_xact_id()",
        "SELECT nextval('tilth.lease_epoch')",
        "SELECT tilth.make_generation(99)",
        "SELECT * FROM thing FOR UPDATE",
        "SELECT 1 INTO mine",
    };
    for (const char* attempt : attempts) {
        const auto result = store_->Sql(attempt, {});
        ASSERT_FALSE(result) << attempt;
        EXPECT_TRUE(
            result.error().fault == Fault::kRefused || result.error().fault == Fault::kBadInput
        ) << attempt
          << ": " << result.error().message;
    }
    EXPECT_THAT(
        ValueOf(store_->Sql("SELECT current_user::text", {})).rows[0], ElementsAre("tilth_reader")
    );
}

TEST_F(PeopleTest, SqlAnswersInTheWordsOfTheEmbeddedStore) {
    const auto table = ValueOf(store_->Sql(
        "SELECT 1.0::float8, 0.1::float8, 1e16::float8, 'NaN'::float8, '-Infinity'::float8, true,"
        " timestamp '2025-05-01 06:00:02', NULL",
        {}
    ));
    EXPECT_THAT(
        table.rows[0],
        ElementsAre(
            "1.0", "0.1", "1e+16", "nan", "-inf", "true", "2025-05-01 06:00:02", std::nullopt
        )
    );
    EXPECT_EQ(table.types[0], "double precision");
}

TEST_F(PeopleTest, ARoleThatCannotBeUsedIsSaid) {
    // Another lab's server, where nobody made it: here its membership is what is missing.
    test::Postgresql& server = test::Postgresql::Shared();
    server.Execute("postgres", "DROP ROLE IF EXISTS lab_user");
    server.Execute("postgres", "CREATE ROLE lab_user LOGIN");
    server.Execute("postgres", "DROP DATABASE IF EXISTS small");
    server.Execute("postgres", "CREATE DATABASE small OWNER lab_user");
    ProcessedOptions options;
    options.url = server.Url("small");
    const size_t at = options.url.find("user=postgres");
    options.url.replace(at, std::string("user=postgres").size(), "user=lab_user");
    const auto store = ValueOf(OpenProcessedStore(options));
    ASSERT_NE(store, nullptr);
    ActiveGeneration(*store);
    const auto answer = store->Sql("SELECT 1", {});
    ASSERT_THAT(answer, FailsWith(Fault::kRefused));
    EXPECT_THAT(answer.error().message, ::testing::HasSubstr("GRANT tilth_reader"));
    server.Execute("postgres", "GRANT tilth_reader TO lab_user");
    EXPECT_THAT(store->Sql("SELECT 1", {}), IsOk());
    EXPECT_THAT(store->Sql("SELECT * FROM observation", {}), IsOk());
}

TEST_F(PeopleTest, WhatThingsAndDatastreamsSaidBeforeIsKept) {
    const auto put = [&](const std::string& description) {
        Thing thing;
        thing.name = "node";
        thing.description = description;
        auto transaction = ValueOf(store_->Begin(generation_, lease_));
        ASSERT_THAT(transaction->Register(std::span(&thing, 1), {}), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    };
    put("first");
    put("first");
    put("second");
    EXPECT_EQ(
        test::Postgresql::Shared().Execute(
            NameIn(url_),
            "SELECT string_agg(kind || ' ' || (was->>'description'), ',') FROM tilth.history"
        ),
        "thing first"
    );
}

TEST_F(PeopleTest, ATimeThatPostgresqlHasNoPlaceForIsRefused) {
    auto transaction = ValueOf(store_->Begin(generation_, lease_));
    Observation row = RowAt(1, 1);
    row.time = Time::min() + Duration{1};
    EXPECT_THAT(Put(*transaction, kMoisture, row), FailsWith(Fault::kBadInput));
}

TEST_F(PeopleTest, WritersThatNeedTheSameMonthAtOnceMakeItOnce) {
    constexpr int kWriters = 6;
    std::vector<std::unique_ptr<ProcessedStore>> stores;
    for (int i = 0; i < kWriters; ++i) stores.push_back(OpenStore(url_));
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
        writers.emplace_back([&, i] {
            for (int64_t month = 0; month < 6; ++month) {
                EXPECT_THAT(
                    PutOne(
                        *stores[static_cast<size_t>(i)],
                        generation_,
                        lease_,
                        DatastreamId{i + 1},
                        1'700'000'000 + month * 2'700'000
                    ),
                    IsOk()
                );
            }
        });
    }
    writers.clear();
    EXPECT_EQ(ValueOf(store_->Statistics()).observations, 36U);
}

TEST_F(PeopleTest, RowsStandInTheirMonthsPartition) {
    for (const int64_t second : {-1'000'000'000L, 1'700'000'000L, 1'700'000'001L, 9'000'000'000L})
        ASSERT_THAT(PutOne(*store_, generation_, lease_, kMoisture, second), IsOk());
    EXPECT_EQ(
        test::Postgresql::Shared().Execute(
            NameIn(url_),
            "SELECT string_agg(part || ' ' || n, ', ' ORDER BY part) FROM (SELECT "
            "tableoid::regclass"
            "::text AS part, count(*) AS n FROM g1.observation GROUP BY 1) AS parts"
        ),
        "g1.observation_2023_11 2, g1.observation_early 1, g1.observation_late 1"
    );
}

}  // namespace
}  // namespace tilth::postgresql
