// Things, datastreams, dead letters, manual flags; a person's SQL.
#include "store/conformance/processed_store_suite.h"

#include <chrono>

namespace tilth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Datastream SoilMoisture() {
    Datastream datastream;
    datastream.id = kMoisture;
    datastream.name = "node-1/volumetric_water_content@0.05m";
    datastream.thing = "node-1";
    datastream.property = "volumetric_water_content";
    datastream.depth = 0.05;
    datastream.label = "a";
    datastream.unit = "m3/m3";
    datastream.sensor = "TEROS 12";
    datastream.resolution = 0.001;
    datastream.cadence = std::chrono::minutes{15};
    datastream.profile = "soil";
    datastream.registered_itself = true;
    return datastream;
}

DeadLetter Letter(Sequence sequence, std::string code) {
    DeadLetter letter;
    letter.raw = {kWriter, sequence, 1};
    letter.partition = PartitionId{5};
    letter.received_at = FromMicros(static_cast<int64_t>(sequence) * 1000);
    letter.topic = "field/node";
    letter.device = "node-1";
    letter.reason = "the payload is not JSON";
    letter.code = std::move(code);
    return letter;
}

TEST_P(ProcessedStoreSuite, RegistersThingsByNameAndDatastreamsById) {
    Thing thing;
    thing.name = "it's \"node\" \xC3\xA4; DROP TABLE thing; --";
    thing.description = "two\nlines";
    thing.device = "key";
    thing.location = {.latitude = 51.5, .longitude = -0.0, .elevation = std::nan("")};
    thing.registered_itself = true;
    Datastream bare;
    bare.id = kWarmth;
    bare.name = "node-1/x";
    const Datastream full = SoilMoisture();
    const auto put = [&](const Thing& t, const Datastream& d) {
        auto transaction = Begin();
        const Datastream both[] = {d, bare};
        ASSERT_THAT(transaction->Register(std::span(&t, 1), both), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
    };
    put(thing, full);
    Reopen();
    auto things = ValueOf(store_->Things());
    ASSERT_EQ(things.size(), 1U);
    EXPECT_EQ(things[0].name, thing.name);
    EXPECT_EQ(things[0].description, thing.description);
    EXPECT_EQ(things[0].location.latitude, 51.5);
    EXPECT_TRUE(std::isnan(things[0].location.elevation));
    EXPECT_TRUE(things[0].registered_itself);
    EXPECT_FALSE(things[0].emulated);
    auto datastreams = ValueOf(store_->Datastreams());
    ASSERT_EQ(datastreams.size(), 2U);
    EXPECT_EQ(datastreams[0].id, kMoisture);
    EXPECT_EQ(datastreams[0].depth, 0.05);
    EXPECT_EQ(datastreams[0].cadence, full.cadence);
    EXPECT_EQ(datastreams[0].sensor, full.sensor);
    EXPECT_EQ(datastreams[0].resolution, 0.001);
    EXPECT_EQ(datastreams[1].depth, std::nullopt);
    thing.description = "named by the site file";
    thing.registered_itself = false;
    Datastream renamed = full;
    renamed.unit = "%";
    put(thing, renamed);
    things = ValueOf(store_->Things());
    ASSERT_EQ(things.size(), 1U);
    EXPECT_EQ(things[0].description, "named by the site file");
    datastreams = ValueOf(store_->Datastreams());
    ASSERT_EQ(datastreams.size(), 2U);
    EXPECT_EQ(datastreams[0].unit, "%");
}

TEST_P(ProcessedStoreSuite, TakesTheLastOfThingsThatShareAName) {
    Thing first;
    first.name = "node";
    first.description = "first";
    Thing last = first;
    last.description = "last";
    auto transaction = Begin();
    const Thing both[] = {first, last};
    ASSERT_THAT(transaction->Register(both, {}), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    const auto things = ValueOf(store_->Things());
    ASSERT_EQ(things.size(), 1U);
    EXPECT_EQ(things[0].description, "last");
}

TEST_P(ProcessedStoreSuite, RefusesNamesNoStoreCanKeepAndMendsFreeText) {
    auto transaction = Begin();
    Thing thing;
    for (const std::string& name : {std::string(), std::string("a\0b", 3), std::string("a\xFF")}) {
        thing.name = name;
        EXPECT_THAT(transaction->Register(std::span(&thing, 1), {}), FailsWith(Fault::kBadInput));
    }
    DeadLetter letter = Letter(1, "not_json");
    letter.reason = std::string("a\0b\xFF\xC3\xA4", 6);
    ASSERT_THAT(transaction->AddDeadLetters(std::span(&letter, 1)), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    const auto letters = ValueOf(store_->DeadLetters(10, 0));
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(
        letters[0].reason,
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD\xC3\xA4"
    );
}

TEST_P(ProcessedStoreSuite, ListsDeadLettersNewestFirstAndCountsThem) {
    auto transaction = Begin();
    std::vector<DeadLetter> letters;
    for (Sequence s = 1; s <= 9; ++s)
        letters.push_back(Letter(s, s % 3 == 0 ? "no_value" : "not_json"));
    ASSERT_THAT(transaction->AddDeadLetters(letters), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    transaction.reset();
    Reopen();
    const auto page = ValueOf(store_->DeadLetters(3, 2));
    ASSERT_EQ(page.size(), 3U);
    EXPECT_EQ(page[0].raw, (RawPosition{kWriter, 7, 1}));
    EXPECT_EQ(page[2].raw.sequence, 5U);
    EXPECT_EQ(page[0].partition, PartitionId{5});
    EXPECT_EQ(page[0].received_at, FromMicros(7000));
    EXPECT_EQ(page[0].topic, "field/node");
    EXPECT_EQ(page[0].reason, "the payload is not JSON");
    EXPECT_EQ(ValueOf(store_->DeadLetters(SIZE_MAX, 0)).size(), 9U);
    EXPECT_THAT(ValueOf(store_->DeadLetters(10, 100)), IsEmpty());
    const std::map<std::string, uint64_t> counts = {{"no_value", 3}, {"not_json", 6}};
    EXPECT_EQ(ValueOf(store_->DeadLetterCounts()), counts);
    EXPECT_EQ(ValueOf(store_->Statistics()).dead_letters, 9U);
}

TEST_P(ProcessedStoreSuite, KeepsManualFlagsInTheOrderTheyWereGiven) {
    for (int i = 0; i < 3; ++i) {
        ManualFlag flag;
        flag.datastream = SoilMoisture().name;
        flag.range = i == 0 ? TimeRange{} : Seconds(i, i + 1);
        flag.flag = QualityFlag::kSuspect;
        flag.withdraw = i == 2;
        flag.who = "alice";
        flag.why = fmt::format("reason {}", i);
        flag.when = FromMicros(1000 - i);
        auto transaction = Begin();
        ASSERT_THAT(transaction->AddManualFlags(std::span(&flag, 1)), IsOk());
        ASSERT_THAT(transaction->Commit(), IsOk());
        transaction.reset();
        Reopen();
    }
    const auto flags = ValueOf(store_->ManualFlags());
    ASSERT_EQ(flags.size(), 3U);
    EXPECT_EQ(flags[0].range, TimeRange{});
    EXPECT_EQ(flags[0].flag, QualityFlag::kSuspect);
    EXPECT_EQ(flags[1].range, Seconds(1, 2));
    EXPECT_FALSE(flags[1].withdraw);
    EXPECT_TRUE(flags[2].withdraw);
    EXPECT_EQ(flags[2].why, "reason 2");
    EXPECT_EQ(flags[2].when, FromMicros(998));
    EXPECT_EQ(flags[2].who, "alice");
}

TEST_P(ProcessedStoreSuite, AnswersSqlOverTheViews) {
    auto transaction = Begin();
    const Datastream datastream = SoilMoisture();
    ASSERT_THAT(transaction->Register({}, std::span(&datastream, 1)), IsOk());
    Observations rows = {Row(0, 0.25), Row(1, std::nan("")), Row(2, 0.5), Row(2, 9)};
    rows[1].flag = QualityFlag::kMissing;
    rows[2].flag = QualityFlag::kFail;
    rows[3].counts = false;
    rows[3].reading_id += 1;
    ASSERT_THAT(Write(*transaction, kMoisture, TimeRange{}, rows), IsOk());
    ASSERT_THAT(transaction->Commit(), IsOk());
    transaction.reset();
    const auto table = ValueOf(store_->Sql(
        "SELECT phenomenon_time, thing, property, depth, unit, value, raw_value, flag"
        " FROM observation ORDER BY phenomenon_time;",
        {}
    ));
    EXPECT_THAT(
        table.columns,
        ElementsAre(
            "phenomenon_time", "thing", "property", "depth", "unit", "value", "raw_value", "flag"
        )
    );
    EXPECT_EQ(table.types.size(), 8U);
    ASSERT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(table.rows[0][1], "node-1");
    EXPECT_EQ(table.rows[0][5], "0.25");
    EXPECT_EQ(table.rows[1][5], std::nullopt);
    EXPECT_EQ(table.rows[2][7], "4");
    EXPECT_FALSE(table.cut);
    EXPECT_EQ(ValueOf(store_->Sql("SELECT * FROM observation_good", {})).rows.size(), 1U);
    for (const char* view : {"hourly", "daily", "thing", "dead_letter"}) {
        EXPECT_THAT(
            ValueOf(store_->Sql(fmt::format("SELECT * FROM {}", view), {})).rows, IsEmpty()
        );
    }
    EXPECT_EQ(ValueOf(store_->Sql("SELECT name FROM datastream", {})).rows.size(), 1U);
    EXPECT_EQ(ValueOf(store_->Statistics()).observations, 4U);
}

TEST_P(ProcessedStoreSuite, KeepsSqlInsideItsLimits) {
    const auto cut =
        ValueOf(store_->Sql("SELECT * FROM generate_series(1, 1000)", {.max_rows = 10}));
    EXPECT_EQ(cut.rows.size(), 10U);
    EXPECT_TRUE(cut.cut);
    const auto whole =
        ValueOf(store_->Sql("SELECT * FROM generate_series(1, 10)", {.max_rows = 10}));
    EXPECT_FALSE(whole.cut);
    const auto slow = store_->Sql(
        "SELECT count(*) FROM generate_series(1, 3000000) AS a, generate_series(1, 3000000) AS b"
        " WHERE a <> b",
        {.max_rows = 1, .max_time = std::chrono::milliseconds{200}}
    );
    EXPECT_THAT(slow, FailsWith(Fault::kRefused));
    EXPECT_THAT(store_->Sql("SELECT 1", {}), IsOk());
}

TEST_P(ProcessedStoreSuite, RefusesSqlThatIsNotAReadingSelect) {
    Replace(kMoisture, TimeRange{}, Rows(0, 3));
    const std::string file = (place_ / "out").string();
    const std::vector<std::string> refused = {
        "DELETE FROM observation",
        "INSERT INTO observation VALUES (1)",
        "UPDATE observation SET value = 1",
        "DROP TABLE observation",
        "CREATE TABLE mine (a INTEGER)",
        "CREATE VIEW mine AS SELECT 1",
        "COPY (SELECT 1) TO '" + file + "'",
        "COPY observation FROM '" + file + "'",
        "SET memory_limit = '1TB'",
        "ATTACH '" + file + "' AS mine",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "CHECKPOINT",
        "BEGIN",
        "SELECT 1; DROP TABLE observation",
        "SELECT 1) TO '" + file + "'; SELECT (1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM force_checkpoint()",
        "EXPORT DATABASE '" + file + "'",
        "VACUUM",
        "EXPLAIN ANALYZE DELETE FROM observation",
        "WITH gone AS (DELETE FROM observation RETURNING *) SELECT * FROM gone",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT $1",
        "SELECT no_such_column FROM observation",
        "SELECT FROM WHERE",
        "",
        ";",
        std::string("SELECT 1\0; DROP", 15),
    };
    for (const std::string& statement : refused) {
        const auto result = store_->Sql(statement, {.max_rows = 10});
        ASSERT_FALSE(result) << statement;
        const Fault fault = result.error().fault;
        EXPECT_TRUE(fault == Fault::kRefused || fault == Fault::kBadInput)
            << statement << ": " << result.error().message;
        EXPECT_FALSE(result.error().message.empty());
    }
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(All(kMoisture).size(), 4U);
    Replace(kMoisture, Seconds(9, 10), Rows(9, 9));
}

TEST_P(ProcessedStoreSuite, SaysThatAStatementThatWritesIsRefused) {
    for (const char* statement :
         {"DELETE FROM observation",
          " insert into observation VALUES (1)",
          "UPDATE observation SET value = 1",
          "CREATE TABLE mine (a INTEGER)"}) {
        EXPECT_THAT(store_->Sql(statement, {}), FailsWith(Fault::kRefused)) << statement;
    }
}

TEST_P(ProcessedStoreSuite, FindsNothingWrongWithASoundStore) {
    Replace(kMoisture, TimeRange{}, Rows(0, 100));
    EXPECT_THAT(ValueOf(store_->CheckIntegrity()), IsEmpty());
}

}  // namespace
}  // namespace tilth
