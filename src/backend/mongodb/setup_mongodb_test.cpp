// What a lab looks like in its database, how its commands ask for durability, and what opening
// says.
#include "backend/mongodb/bson.h"
#include "backend/mongodb/collections.h"
#include "backend/mongodb/stream_store.h"
#include "base/guarded.h"
#include "store/conformance/checks.h"
#include "support/ferretdb.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace tilth {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MongodbSetup : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!test::FerretDb::Available())
            GTEST_SKIP() << "no MongoDB-compatible server: third_party/fetch ferretdb builds one";
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        url_ = test::FerretDb::Shared().Url(test->name());
    }

    static RawRecordView Record(WriterId writer, Sequence sequence, std::string_view id) {
        RawRecordView record;
        record.id = id;
        record.writer = writer;
        record.sequence = sequence;
        record.received_at = FromMicros(1'746'079'200'123'456);
        record.topic = "sensors";
        record.payload = R"({"name": "sensor1", "value": 5.1})";
        record.device = "sensor1";
        return record;
    }
    /// The documents of a collection, as relaxed JSON.
    std::vector<std::string> Documents(const char* collection) {
        const auto connection = ValueOf(mongodb::Connection::Open({.url = url_}));
        std::vector<std::string> documents;
        EXPECT_THAT(
            connection->Find(
                collection,
                mongodb::Document(),
                mongodb::Document(),
                [&](const bson_t& document) {
                    char* json = bson_as_relaxed_extended_json(&document, nullptr);
                    documents.emplace_back(json);
                    bson_free(json);
                    return true;
                }
            ),
            IsOk()
        );
        return documents;
    }
    void Insert(const char* collection, const mongodb::Document& document) {
        const auto connection = ValueOf(mongodb::Connection::Open({.url = url_}));
        const bson_t* only = document.get();
        EXPECT_THAT(connection->InsertInOrder(collection, {&only, 1}).trouble, IsOk());
    }

    std::string url_;
};

TEST_F(MongodbSetup, AMessageIsWhatTheOriginalLabStoredAndMore) {
    const auto store = ValueOf(mongodb::OpenStreamStore({.url = url_}));
    const WriterId writer = ValueOf(store->OpenWriter("route/1"));
    const RawRecordView records[] = {Record(writer, 1, "run/1")};
    ASSERT_THAT(store->Append(records), IsOk());
    EXPECT_THAT(
        Documents("sensors"),
        ::testing::ElementsAre(
            R"({ "_id" : "run/1", "name" : "sensor1", "value" : 5.0999999999999996447, )"
            R"("timestamp" : { "$date" : "2025-05-01T06:00:00.123Z" }, )"
            R"("writer" : 1, "sequence" : 1, "partition" : 0, "kind" : 1, "qos" : 0, )"
            R"("received_at" : 1746079200123456, "topic" : "sensors", )"
            R"("payload" : "{\"name\": \"sensor1\", \"value\": 5.1}" })"
        )
    );
}

TEST_F(MongodbSetup, AsksForTheMajorityAndTheJournalWhateverTheAddressSays) {
    Guarded<std::vector<std::string>> commands;
    const auto store = ValueOf(mongodb::OpenStreamStore({
        .url = url_ + "?w=1&journal=false&readConcernLevel=local",
        .observer = [&](std::string_view command
                    ) { commands.With([&](auto& all) { all.emplace_back(command); }); },
    }));
    const WriterId writer = ValueOf(store->OpenWriter("route/1"));
    const RawRecordView records[] = {Record(writer, 1, "a"), Record(writer, 2, "b")};
    ASSERT_THAT(store->Append(records), IsOk());
    ASSERT_THAT(store->Append({records, 0}), IsOk());
    EXPECT_THAT(store->Get(writer, 2), IsOk());
    EXPECT_THAT(store->Writers(), IsOk());
    EXPECT_THAT(store->EndWriter(writer), IsOk());
    int inserts = 0;
    int reads = 0;
    commands.With([&](const auto& all) {
        for (const std::string& command : all) {
            if (command.starts_with("{ \"insert\"")) {
                ++inserts;
                EXPECT_THAT(
                    command,
                    AllOf(
                        HasSubstr(R"("ordered" : true)"),
                        HasSubstr(R"("w" : "majority")"),
                        HasSubstr(R"("j" : true)")
                    )
                );
            } else if (command.starts_with("{ \"find\"")) {
                ++reads;
                EXPECT_THAT(command, HasSubstr(R"("readConcern" : { "level" : "majority" })"));
            }
        }
    });
    EXPECT_GE(inserts, 3);
    EXPECT_GE(reads, 3);
}

TEST_F(MongodbSetup, HasItsIndexesAndMakesAMissingOneAgain) {
    ASSERT_THAT(mongodb::OpenStreamStore({.url = url_}), IsOk());
    const auto connection = ValueOf(mongodb::Connection::Open({.url = url_}));
    const auto names = [&] {
        mongodb::Document command;
        command.Text("listIndexes", "sensors");
        mongodb::Document reply;
        EXPECT_THAT(connection->Command(command, reply.get()), IsOk());
        char* json = bson_as_relaxed_extended_json(reply.get(), nullptr);
        std::string text = json;
        bson_free(json);
        return text;
    };
    EXPECT_THAT(
        names(),
        AllOf(
            HasSubstr("writer_sequence"),
            HasSubstr("name_received_at"),
            HasSubstr("kind_received_at")
        )
    );
    mongodb::Document drop;
    drop.Text("dropIndexes", "sensors").Text("index", "name_received_at");
    mongodb::Document reply;
    ASSERT_THAT(connection->Command(drop, reply.get()), IsOk());
    EXPECT_THAT(names(), Not(HasSubstr("name_received_at")));
    ASSERT_THAT(mongodb::OpenStreamStore({.url = url_}), IsOk());
    EXPECT_THAT(names(), HasSubstr("name_received_at"));
}

TEST_F(MongodbSetup, ProgramsThatStartAtOnceAgreeOnOneLab) {
    constexpr int kPrograms = 6;
    Guarded<std::set<std::string>> labs;
    Guarded<std::set<WriterId>> writers;
    std::vector<std::jthread> programs;
    for (int i = 0; i < kPrograms; ++i) {
        programs.emplace_back([&] {
            const auto store = ValueOf(mongodb::OpenStreamStore({.url = url_}));
            labs.With([&](auto& all) { all.insert(store->LabId()); });
            const WriterId writer = ValueOf(store->OpenWriter("route"));
            writers.With([&](auto& all) { all.insert(writer); });
        });
    }
    programs.clear();
    labs.With([](const auto& all) { EXPECT_EQ(all.size(), 1U); });
    writers.With([](const auto& all) { EXPECT_EQ(all.size(), size_t{kPrograms}); });
}

TEST_F(MongodbSetup, LeavesTheOriginalLabsDocumentsAlone) {
    mongodb::Document original;
    original.Text("_id", "old").Text("name", "sensor1").Double("value", 5.1).Date("timestamp", 0);
    Insert("sensors", original);
    const auto store = ValueOf(mongodb::OpenStreamStore({.url = url_}));
    const WriterId writer = ValueOf(store->OpenWriter("route/1"));
    const RawRecordView records[] = {Record(writer, 1, "new")};
    ASSERT_THAT(store->Append(records), IsOk());
    EXPECT_EQ(ValueOf(store->Find({.kind = {}, .device = "sensor1", .received = {}})).size(), 1U);
    EXPECT_THAT(ValueOf(store->CheckIntegrity()), ::testing::IsEmpty());
    EXPECT_EQ(Documents("sensors").size(), 2U);
}

TEST_F(MongodbSetup, RefusesARecordThatNoDocumentHoldsAndTakesTheOthers) {
    const auto store = ValueOf(mongodb::OpenStreamStore({.url = url_}));
    const WriterId writer = ValueOf(store->OpenWriter("route/1"));
    const std::string huge(size_t{16} << 20, 'x');
    RawRecordView records[] = {
        Record(writer, 1, "a"), Record(writer, 2, "b"), Record(writer, 3, "c")};
    records[1].payload = huge;
    const auto refused = store->Append(records);
    ASSERT_THAT(refused, FailsWith(Fault::kBadInput));
    EXPECT_THAT(refused.error().message, HasSubstr("record 1"));
    EXPECT_EQ(ValueOf(store->Writers())[0].highest, 0U);
    ASSERT_THAT(store->Append({&records[0], 1}), IsOk());
    ASSERT_THAT(store->Append({&records[2], 1}), IsOk());
}

TEST_F(MongodbSetup, RefusesALabOfANewerFormatAndADatabaseOfSomebodyElse) {
    mongodb::Document newer;
    newer.Text("_id", "lab").Text("id", "x").Int64("format", 99);
    Insert("lab", newer);
    const auto opened = mongodb::OpenStreamStore({.url = url_});
    ASSERT_THAT(opened, FailsWith(Fault::kRefused));
    EXPECT_THAT(opened.error().message, HasSubstr("newer Tilth"));

    url_ = test::FerretDb::Shared().Url("OfSomebodyElse");
    mongodb::Document theirs;
    theirs.Text("_id", "lab").Text("address", "Lindenallee 1");
    Insert("lab", theirs);
    EXPECT_THAT(mongodb::OpenStreamStore({.url = url_}), FailsWith(Fault::kCorrupt));
}

TEST_F(MongodbSetup, SaysWhatIsWrongWithAnAddressAndKeepsThePasswordToItself) {
    EXPECT_THAT(mongodb::OpenStreamStore({.url = "http://localhost"}), FailsWith(Fault::kBadInput));
    const auto wrong = mongodb::OpenStreamStore({
        .url = fmt::format(
            "mongodb://somebody:hush@127.0.0.1:{}/x?serverSelectionTimeoutMS=1000",
            test::FerretDb::Shared().port()
        ),
    });
    ASSERT_THAT(wrong, FailsWith(Fault::kRefused));
    EXPECT_THAT(wrong.error().message, Not(HasSubstr("hush")));
}

TEST_F(MongodbSetup, SpeaksTlsToAServerItCanTrustOnly) {
    const test::FerretDb server({.tls = true});
    const std::string url = server.Url("tls") + "?serverSelectionTimeoutMS=1500";
    EXPECT_THAT(
        mongodb::OpenStreamStore({.url = url + "&tls=true"}), FailsWith(Fault::kUnavailable)
    );
    const auto store = ValueOf(mongodb::OpenStreamStore({.url = url, .ca_file = server.ca_file()}));
    ASSERT_NE(store, nullptr);
    EXPECT_THAT(store->OpenWriter("route/1"), IsOk());
}

}  // namespace
}  // namespace tilth
