// Many processes that start at once, programs of different age beside each other, and databases
// that are not Tilth's.
#include "backend/postgresql/schema.h"
#include "backend/postgresql/testing/rig.h"

#include <gmock/gmock.h>

#include <array>
#include <thread>

namespace tilth::postgresql {
namespace {

using ::testing::HasSubstr;

/// What the release after this one might add: a column with a default, shown to people, and a
/// table.
constexpr std::string_view kNext = R"sql(
DO $body$
DECLARE
    g text;
BEGIN
    FOR g IN SELECT 'g' || id FROM tilth.generation LOOP
        EXECUTE format('ALTER TABLE %I.thing ADD COLUMN colour text NOT NULL DEFAULT ''grey''', g);
    END LOOP;
END $body$;
ALTER FUNCTION tilth.make_generation(int) RENAME TO make_generation_1;
CREATE FUNCTION tilth.make_generation(id int) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM tilth.make_generation_1(id);
    EXECUTE format('ALTER TABLE %I.thing ADD COLUMN colour text NOT NULL DEFAULT ''grey''',
        'g' || id);
END $body$;
)sql";

std::vector<Migration> WithNext(int lowest) {
    std::vector<Migration> steps(Migrations().begin(), Migrations().end());
    steps.push_back({.number = steps.back().number + 1, .lowest = lowest, .sql = kNext});
    return steps;
}

TEST(SchemaTest, ManyProcessesThatStartAtOnceMakeItOnce) {
    const std::string url = FreshDatabase();
    std::vector<std::jthread> starting;
    for (int i = 0; i < 8; ++i) {
        starting.emplace_back([&] {
            const auto store = OpenStore(url);
            ASSERT_NE(store, nullptr);
            EXPECT_THAT(store->BindLab("lab"), IsOk());
        });
    }
    starting.clear();
    EXPECT_EQ(
        test::Postgresql::Shared().Execute(
            NameIn(url), "SELECT count(*) FROM tilth.schema_version"
        ),
        std::to_string(Migrations().size())
    );
}

TEST(SchemaTest, AnOldProgramGoesOnBesideANewOneAndStartsAgainAfterIt) {
    const std::string url = FreshDatabase();
    const auto old_program = OpenStore(url);
    const GenerationId first = ActiveGeneration(*old_program);
    const Lease lease = ValueOf(old_program->AcquireLease("old", kHour));
    ASSERT_THAT(PutOne(*old_program, first, lease, kMoisture, 1), IsOk());

    Connection link = Link(url);
    ASSERT_THAT(Migrate(link, WithNext(1)), IsOk());

    // What was open goes on, and what starts now, by a rollback, does too.
    ASSERT_THAT(PutOne(*old_program, first, lease, kMoisture, 2), IsOk());
    const auto rolled_back = OpenStore(url);
    ASSERT_NE(rolled_back, nullptr);
    Thing thing;
    thing.name = "node";
    auto transaction = ValueOf(rolled_back->Begin(first, lease));
    ASSERT_THAT(transaction->Register(std::span(&thing, 1), {}), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    EXPECT_EQ(ValuesIn(*rolled_back, kMoisture).size(), 2U);

    // A generation that the old program makes and shows has the new shape.
    const GenerationId second =
        ValueOf(rolled_back->CreateGeneration(ConfigVersion{2}, "", FromMicros(0)));
    ASSERT_THAT(rolled_back->ActivateGeneration(second), IsOk());
    EXPECT_THAT(link.Execute(fmt::format("SELECT colour FROM {}.thing", SchemaOf(second))), IsOk());
    EXPECT_THAT(rolled_back->Sql("SELECT * FROM thing", {}), IsOk());
}

TEST(SchemaTest, RefusesASchemaThatOnlyNewerProgramsCanUse) {
    const std::string url = FreshDatabase();
    ASSERT_NE(OpenStore(url), nullptr);
    Connection link = Link(url);
    ASSERT_THAT(Migrate(link, WithNext(2)), IsOk());
    ProcessedOptions options;
    options.url = url;
    const auto opened = OpenProcessedStore(options);
    ASSERT_THAT(opened, FailsWith(Fault::kRefused));
    EXPECT_THAT(opened.error().message, HasSubstr("use a newer Tilth"));
    EXPECT_THAT(Migrate(link, WithNext(2)), IsOk());
}

TEST(SchemaTest, ALateStepThatFailsLeavesNothingBehind) {
    const std::string url = FreshDatabase();
    Connection link = Link(url);
    const std::array steps = {
        Migrations().front(),
        Migration{.number = 2, .lowest = 1, .sql = "CREATE TABLE tilth.half (a int); SELECT 1/0"}};
    EXPECT_THAT(Migrate(link, steps), FailsWith(Fault::kBadInput));
    EXPECT_EQ(
        test::Postgresql::Shared().Execute(NameIn(url), "SELECT to_regnamespace('tilth') IS NULL"),
        "t"
    );
    EXPECT_NE(OpenStore(url), nullptr);
}

TEST(SchemaTest, SaysWhenADatabaseIsNotTilths) {
    const std::string url = FreshDatabase();
    test::Postgresql::Shared().Execute(
        NameIn(url), "CREATE SCHEMA tilth; CREATE TABLE tilth.mine ()"
    );
    ProcessedOptions options;
    options.url = url;
    EXPECT_THAT(OpenProcessedStore(options), FailsWith(Fault::kCorrupt));
}

TEST(SchemaTest, SaysWhenADatabaseHasAnotherEncoding) {
    test::Postgresql& cluster = test::Postgresql::Shared();
    cluster.Execute(
        "postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    );
    ProcessedOptions options;
    options.url = cluster.Url("latin");
    const auto opened = OpenProcessedStore(options);
    ASSERT_THAT(opened, FailsWith(Fault::kRefused));
    EXPECT_THAT(opened.error().message, HasSubstr("UTF8"));
}

TEST(SchemaTest, DropsWhatAKilledDropLeftBehindAndNothingElse) {
    const std::string url = FreshDatabase();
    {
        const auto store = OpenStore(url);
        ActiveGeneration(*store);
        ValueOf(store->CreateGeneration(ConfigVersion{2}, "", FromMicros(0)));
    }
    test::Postgresql& cluster = test::Postgresql::Shared();
    cluster.Execute(NameIn(url), "DELETE FROM tilth.generation WHERE id = 2; CREATE SCHEMA g77");
    const auto store = OpenStore(url);
    EXPECT_EQ(
        cluster.Execute(
            NameIn(url),
            "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace"
            " WHERE nspname ~ '^g[0-9]'"
        ),
        "g1 g77"
    );
}

TEST(SchemaTest, DropsAGenerationOfManyPartitions) {
    const std::string url = FreshDatabase();
    const auto store = OpenStore(url);
    ActiveGeneration(*store);
    const GenerationId large =
        ValueOf(store->CreateGeneration(ConfigVersion{2}, "", FromMicros(0)));
    const Lease lease = ValueOf(store->AcquireLease("a", kHour));
    auto transaction = ValueOf(store->Begin(large, lease));
    for (int month = 0; month < 130; ++month) {
        const Observation row = RowAt(700'000'000 + int64_t{month} * 2'700'000, month);
        ASSERT_THAT(Put(*transaction, kMoisture, row), IsOk());
    }
    ASSERT_THAT(transaction->Commit(), IsOk());
    transaction.reset();
    EXPECT_EQ(ValuesIn(*store, kMoisture, large).size(), 130U);
    ASSERT_THAT(store->DropGeneration(large), IsOk());
    EXPECT_EQ(
        test::Postgresql::Shared().Execute(NameIn(url), "SELECT to_regnamespace('g2') IS NULL"), "t"
    );
}

}  // namespace
}  // namespace tilth::postgresql
