// Commands of a running lab on the embedded stores: generations, judgements, notes, imports, dead
// letters.
#include "integration/embedded_stores.h"
#include "pipeline/check.h"
#include "pipeline/import.h"
#include "pipeline/lab_commands.h"
#include "pipeline/route.h"
#include "pipeline/testing/memory_processed_store.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace tilth::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Sure;

constexpr Time kStart = std::chrono::sys_days{std::chrono::year{2025} / 6 / 1};
const Author kPerson{"a person", "a reason"};

/// Site files whose calibration multiplies by ten, or a hundred.
std::string Times(int factor) {
    return fmt::format(
        R"(
site: {{name: times {0}}}
things:
  - name: plot
    device: node
    sensors:
      - {{model: probe, depth: 0.05, channels: [{{channel: raw, property: level, unit: m, calibration: {{polynomial: [0, {0}]}}}}]}}
)",
        factor
    );
}
constexpr const char* kLevel = "plot/level@0.05m";

class GenerationsTest : public ::testing::Test {
  protected:
    void SetUp() override { Start(); }
    void TearDown() override { Stop(); }

    void Start() {
        tasks_ = std::make_unique<Tasks>();
        processing_ = Sure(
            Processing::Start(stores_.stream(), stores_.processed(), clock_, {}, [](auto, auto) {})
        );
        commands_ = MakeLabCommands(
            {stores_.stream(),
             stores_.processed(),
             *processing_,
             *tasks_,
             clock_,
             metrics_,
             health_,
             "test",
             []() -> Result<ScratchStore> {
                 return ScratchStore{nullptr, std::make_unique<testing::MemoryProcessedStore>()};
             },
             {},
             {}}
        );
        router_ = Sure(Router::Start(stores_.stream(), clock_, {}, [this](uint64_t) {
            processing_->Notify();
        }));
    }
    void Stop() {
        router_.reset();
        tasks_.reset();
        commands_.reset();
        processing_.reset();
    }

    template <class Condition>
    void WaitFor(const char* what, Condition condition) {
        const auto end = std::chrono::steady_clock::now() + seconds{120};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error(fmt::format("waited in vain for {}", what));
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }
    void Send(const std::string& payload, std::string_view topic = "t", bool retained = false) {
        IncomingMessage message;
        message.topic = topic;
        message.payload = payload;
        message.retained = retained;
        router_->Offer({&message, 1});
    }
    /// Values 1, 2, 3, ... a minute apart.
    void SendRaw(int from, int to) {
        for (int i = from; i <= to; ++i) {
            Send(fmt::format(
                R"({{"name": "node", "time": "{}", "raw": {}}})",
                FormatRfc3339(kStart + minutes{i}),
                i
            ));
        }
    }
    void Settle() {
        ASSERT_TRUE(router_->Flush(seconds{60}));
        WaitFor("the end of the stream", [&] {
            const ProcessingStatus status = processing_->Describe();
            return !status.building && status.state == "running" && Lag() == 0;
        });
    }
    uint64_t Lag() {
        uint64_t left = 0;
        const Generation active = Active();
        const auto cursors = Sure(stores_.processed().Cursors(active.id));
        for (const WriterInfo& writer : Sure(stores_.stream().Writers())) {
            const auto found = cursors.find(writer.id);
            left += writer.highest -
                    (found == cursors.end() ? 0 : *std::ranges::min_element(found->second));
        }
        return left;
    }
    Generation Active() {
        const std::vector<Generation> generations = Sure(stores_.processed().Generations());
        const auto found =
            std::ranges::find(generations, GenerationState::kActive, &Generation::state);
        return found == generations.end() ? Generation{} : *found;
    }
    void Apply(const std::string& text) {
        const ConfigApplied applied = Sure(commands_->ApplyConfig(text, kPerson));
        WaitFor("the new generation", [&] { return Active().id == applied.generation; });
        Settle();
    }
    std::vector<Observation> Rows(std::string_view name) {
        ObservationRequest request;
        request.datastream = IdOf(name);
        std::vector<Observation> rows;
        Sure(stores_.processed().ReadObservations(request, [&](std::span<const Observation> some) {
            rows.insert(rows.end(), some.begin(), some.end());
            return true;
        }));
        return rows;
    }
    Difference Preview(const std::string& text) {
        const ConfigReport report = Sure(commands_->CheckConfig(text, true));
        EXPECT_THAT(report.problems, IsEmpty());
        WaitForTask(report.preview->id);
        return *Sure(commands_->TaskById(report.preview->id)).difference;
    }
    /// Changes a stored value behind the lab's back.
    void TamperWith(std::string_view name, size_t index) {
        ProcessedStore& store = stores_.processed();
        Observation row = Rows(name)[index];
        row.value += 1000;
        const Lease lease = Sure(store.AcquireLease("tilth", hours{1}));
        const auto transaction = Sure(store.Begin(Active().id, lease));
        const std::vector<DatastreamId> ids{IdOf(name)};
        Sure(transaction->Lock(ids));
        const SeriesChange change{
            IdOf(name), {row.time, row.time + Duration{1}}, false, std::span(&row, 1)};
        Sure(transaction->Write(std::span(&change, 1)));
        Sure(transaction->Commit());
        Sure(store.ReleaseLease(lease));
    }
    void WaitForTask(const std::string& id) {
        WaitFor("a task", [&] { return Sure(commands_->TaskById(id)).state == "done"; });
    }
    Task Import(ImportRequest request, std::string_view bytes) {
        const auto upload = Sure(commands_->BeginImport(request, kPerson));
        Sure(upload->Write(bytes));
        const Task task = Sure(upload->Finish());
        WaitFor("the import", [&] {
            const std::string state = Sure(commands_->TaskById(task.id)).state;
            return state != "running" && state != "waiting";
        });
        return Sure(commands_->TaskById(task.id));
    }
    /// Results are what a replay from the start gives.
    void ExpectLabIsSound() {
        Stop();
        EXPECT_THAT(
            Sure(CheckLab(stores_.stream(), stores_.processed(), [](const std::string&) {})),
            IsEmpty()
        );
        Start();
    }

    EmbeddedStores stores_;
    SystemClock clock_;
    telemetry::Metrics metrics_;
    telemetry::Health health_;
    std::unique_ptr<Tasks> tasks_;
    std::unique_ptr<Processing> processing_;
    std::unique_ptr<Commands> commands_;
    std::unique_ptr<Router> router_;
};

TEST_F(GenerationsTest, ReadersSeeTheOldOrTheNewAndNeverAMixture) {
    Apply(Times(1));
    SendRaw(1, 3000);
    Settle();
    std::atomic<bool> stop{false};
    std::atomic<int> seen_old{0};
    std::atomic<int> seen_new{0};
    std::string mixture;
    std::thread reader([&] {
        while (!stop) {
            const std::vector<Observation> rows = Rows(kLevel);
            if (rows.empty()) continue;
            const double factor = rows.front().value / rows.front().raw_value;
            for (const Observation& row : rows) {
                if (row.value != factor * row.raw_value)
                    mixture = fmt::format("{} beside factor {}", row.value, factor);
            }
            if (rows.size() < 3000) mixture = fmt::format("only {} rows", rows.size());
            ++(factor == 1 ? seen_old : seen_new);
        }
    });
    WaitFor("a look at the old one", [&] { return seen_old > 0; });
    const ConfigApplied applied = Sure(commands_->ApplyConfig(Times(10), kPerson));
    SendRaw(3001, 3200);  // go into both
    WaitFor("the new one", [&] { return Active().id == applied.generation && seen_new > 0; });
    Settle();
    stop = true;
    reader.join();
    EXPECT_EQ(mixture, "");
    EXPECT_THAT(Rows(kLevel), SizeIs(3200));
    EXPECT_EQ(Rows(kLevel).back().value, 32'000);
    EXPECT_THAT(Sure(stores_.processed().Generations()), SizeIs(1)) << "the old one is gone";
    ExpectLabIsSound();
}

TEST_F(GenerationsTest, TheNewestRequestWinsAndARestartGoesOnBuilding) {
    SendRaw(1, 500);
    Settle();
    Sure(commands_->ApplyConfig(Times(10), kPerson));
    Sure(commands_->ApplyConfig(Times(100), kPerson));
    Stop();  // whatever of the building is done
    Start();
    WaitFor("version 2", [&] { return Active().config == ConfigVersion{2}; });
    Settle();
    EXPECT_EQ(Rows(kLevel).back().value, 50'000);
    EXPECT_THAT(Sure(stores_.processed().Generations()), SizeIs(1));
    EXPECT_EQ(Sure(commands_->Config({})).version, ConfigVersion{2});
    EXPECT_TRUE(Sure(commands_->Config({})).active);
    EXPECT_EQ(Sure(commands_->Config(ConfigVersion{1})).text, Times(10));
    ExpectLabIsSound();
}

TEST_F(GenerationsTest, APreviewSaysWhatWouldChange) {
    Apply(Times(1));
    SendRaw(1, 40);
    Settle();
    EXPECT_EQ(Preview(Times(1)).Readings(), 0U);
    const Difference difference = Preview(Times(10));
    EXPECT_EQ(difference.datastreams, 1U);
    EXPECT_EQ(difference.changed, 40U);
    EXPECT_EQ(difference.added + difference.removed, 0U);
    EXPECT_FALSE(Sure(commands_->CheckConfig(Times(10), false)).preview) << "only where asked for";
    const ConfigReport wrong = Sure(commands_->CheckConfig("thing: []\n", true));
    ASSERT_THAT(wrong.problems, SizeIs(1));
    EXPECT_THAT(wrong.problems[0].message, HasSubstr("things"));
    const auto refused = commands_->ApplyConfig("thing: []\n", kPerson);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().fault, Fault::kBadInput);
}

TEST_F(GenerationsTest, APreviewCountsWhatAProfileAndAMappingChange) {
    SendRaw(1, 40);
    Send(R"({"sensor": {"id": 1}, "v": 2})", "odd/n7");
    Settle();
    // Values 1 to 40: those above 30 are flagged by it.
    const Difference by_profile = Preview(
        "site: {profile: strict}\n"
        "profiles: {strict: {base: soil, rules: [{where: {property: raw}, tests: {gross_range: "
        "{suspect: [0, 30], fail: [0, 35]}}}]}}\n"
    );
    EXPECT_EQ(by_profile.changed, 10U);
    EXPECT_EQ(by_profile.datastreams, 1U);
    const Difference by_mapping =
        Preview("mappings:\n  - {topic: odd/+, format: json, device_level: 1}\n");
    EXPECT_EQ(by_mapping.added, 1U);
    EXPECT_EQ(by_mapping.changed + by_mapping.removed, 0U);
    EXPECT_THAT(Sure(stores_.processed().Generations()), SizeIs(1)) << "nobody sees a preview";
    EXPECT_THAT(Rows("n7/v"), IsEmpty());
}

TEST_F(GenerationsTest, APreviewLeavesOutWhatComesMeanwhile) {
    SendRaw(1, 200);
    Settle();
    const Task begun = *Sure(commands_->CheckConfig("", true)).preview;
    SendRaw(201, 400);
    WaitForTask(begun.id);
    EXPECT_EQ(Sure(commands_->TaskById(begun.id)).difference->Readings(), 0U);
}

TEST_F(GenerationsTest, AReplayOfAThingFindsAndMendsWhatIsNotAsReceived) {
    SendRaw(1, 100);
    Settle();
    const std::vector<Observation> right = Rows("node/raw");
    Stop();
    TamperWith("node/raw", 50);
    Start();
    ASSERT_NE(Rows("node/raw"), right);
    const Task later = Sure(commands_->Replay({"node", kStart + minutes{80}}, kPerson));
    WaitForTask(later.id);
    EXPECT_EQ(Sure(commands_->TaskById(later.id)).difference->Readings(), 0U);
    EXPECT_NE(Rows("node/raw"), right) << "nothing was asked of that time";
    const Task task = Sure(commands_->Replay({"node", {}}, kPerson));
    WaitForTask(task.id);
    EXPECT_EQ(Sure(commands_->TaskById(task.id)).difference->changed, 1U);
    WaitFor("what is right", [&] { return Rows("node/raw") == right; });
    ExpectLabIsSound();
}

TEST_F(GenerationsTest, ANewMappingReadsDeadLettersAgain) {
    Send(R"({"sensor": {"id": 1}, "v": 2})", "odd/n7");
    Settle();
    ASSERT_THAT(Sure(stores_.processed().DeadLetters(10, 0)), SizeIs(1));
    EXPECT_EQ(Sure(commands_->RetryDeadLetters({}, kPerson)).understood, 0U);
    Apply("mappings:\n  - {topic: odd/+, format: json, device_level: 1}\n");
    EXPECT_THAT(Sure(stores_.processed().DeadLetters(10, 0)), IsEmpty());
    EXPECT_THAT(Rows("n7/v"), SizeIs(1));
    ExpectLabIsSound();
}

TEST_F(GenerationsTest, APersonsFlagHoldsUntilItIsWithdrawn) {
    SendRaw(1, 20);
    Settle();
    ManualFlag flag;
    flag.datastream = "node/raw";
    flag.range = {kStart + minutes{5}, kStart + minutes{10}};
    flag.flag = QualityFlag::kFail;
    EXPECT_FALSE(commands_->AddManualFlag(flag, {"a person", ""})) << "a reason is asked for";
    const ManualFlag kept = Sure(commands_->AddManualFlag(flag, kPerson));
    EXPECT_EQ(kept.who, "a person");
    WaitFor("the flag", [&] { return Rows("node/raw")[5].flag == QualityFlag::kFail; });
    EXPECT_NE(Rows("node/raw")[3].flag, QualityFlag::kFail);
    EXPECT_EQ(Rows("node/raw")[5].manual_flag, 1U);
    EXPECT_EQ(Rows("node/raw")[5].value, 6);
    EXPECT_EQ(Sure(commands_->Explain("node/raw", kStart + minutes{6})).manual->why, "a reason");
    flag.withdraw = true;
    Sure(commands_->AddManualFlag(flag, kPerson));
    WaitFor("the withdrawal", [&] { return Rows("node/raw")[5].flag != QualityFlag::kFail; });
    EXPECT_FALSE(Sure(commands_->Explain("node/raw", kStart + minutes{6})).manual);
    flag.datastream = "nobody/raw";
    EXPECT_EQ(commands_->AddManualFlag(flag, kPerson).error().fault, Fault::kNotFound);
    ExpectLabIsSound();
}

TEST_F(GenerationsTest, NotesAreKeptWithWhoAndWhen) {
    Sure(commands_->AddNote({kStart, "plot", "rained: \"hard\"\nall night", "", {}}, kPerson));
    Sure(commands_->AddNote({kStart + hours{1}, "other", "dug", "", {}}, kPerson));
    const std::vector<FieldNote> notes = Sure(commands_->Notes({"plot", {}, 10}));
    ASSERT_THAT(notes, SizeIs(1));
    EXPECT_EQ(notes[0].text, "rained: \"hard\"\nall night");
    EXPECT_EQ(notes[0].who, "a person");
    EXPECT_EQ(notes[0].time, kStart);
    EXPECT_THAT(Sure(commands_->Notes({})), SizeIs(2));
}

TEST_F(GenerationsTest, AReplayGivesTheSameResults) {
    SendRaw(1, 100);
    Settle();
    const std::vector<Observation> before = Rows("node/raw");
    const GenerationId old = Active().id;
    Sure(commands_->Replay({}, kPerson));
    WaitFor("the replay", [&] { return Active().id != old; });
    Settle();
    EXPECT_EQ(Rows("node/raw"), before);
    const Task part = Sure(commands_->Replay({"node", kStart + minutes{50}}, kPerson));
    WaitForTask(part.id);
    EXPECT_EQ(Rows("node/raw"), before);
    EXPECT_EQ(commands_->Replay({"nobody", {}}, kPerson).error().fault, Fault::kNotFound);
}

const char* const kMapping = R"(time_columns: [when]
time_zone: own
columns:
  - {column: level, property: level, depth: 0.05, unit: m}
)";

std::string LoggerFile(int rows) {
    std::string text = "when,level\n";
    for (int i = 0; i < rows; ++i)
        text += fmt::format("{},{}\n", FormatRfc3339(kStart - hours{rows - i}), i % 7);
    return text;
}

TEST_F(GenerationsTest, AFileTwiceChangesNothing) {
    const ImportRequest request{"logger.csv", "", "", "plot", kMapping, false};
    EXPECT_EQ(Import(request, LoggerFile(10'000)).state, "done");
    Settle();
    const uint64_t records = Sure(stores_.stream().Statistics()).records;
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(10'000));
    EXPECT_THAT(
        Import(request, LoggerFile(10'000)).message, HasSubstr("known from an earlier import")
    );
    Settle();
    EXPECT_EQ(Sure(stores_.stream().Statistics()).records, records);
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(10'000));
    ExpectLabIsSound();
}

TEST_F(GenerationsTest, HistoryOfAnotherCadenceIsNotAGap) {
    Import({"logger.csv", "", "", "plot", kMapping, false}, LoggerFile(100));
    Send(R"([{"bn": "plot", "bt": 1748736000, "n": "x", "u": "m", "v": 1}])");
    for (int i = 1; i < 100; ++i) {
        Send(fmt::format(
            R"({{"name": "plot", "time": "{}", "soil_temp_5cm": {}}})",
            FormatRfc3339(kStart + seconds{10 * i}),
            10 + i % 3
        ));
    }
    Settle();
    for (const Observation& row : Rows("plot/level@0.05m#m")) EXPECT_FALSE(row.objected.Has(5));
    for (const Observation& row : Rows("plot/soil_temperature@0.05m"))
        EXPECT_FALSE(row.objected.Has(5));
}

TEST_F(GenerationsTest, AStrictImportTakesAllOrNothing) {
    std::string file = LoggerFile(20);
    file += "yesterday,1\n";
    const ImportRequest strict{"logger.csv", "", "", "plot", kMapping, true};
    const Task refused = Import(strict, file);
    EXPECT_EQ(refused.state, "failed");
    EXPECT_THAT(refused.message, HasSubstr("line 22"));
    EXPECT_EQ(Sure(stores_.stream().Statistics()).records, 0U);
    ImportRequest lenient = strict;
    lenient.strict = false;
    EXPECT_EQ(Import(lenient, file).state, "done");
    Settle();
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(20));
    EXPECT_THAT(
        Sure(stores_.processed().DeadLetterCounts()), ElementsAre(std::pair("bad_cell", 1))
    );
}

TEST_F(GenerationsTest, ACancelledImportGoesOnWhereItWas) {
    ImportOptions options;
    options.thing = "plot";
    options.mapping = kMapping;
    const std::string file = LoggerFile(20'000);
    const auto part = Sure(ImportFile(
        stores_.stream(),
        clock_,
        "logger.csv",
        file,
        options,
        [](const ImportReport& report) { return report.blocks < 2; }
    ));
    EXPECT_TRUE(part.cancelled);
    EXPECT_THAT(Summary(part), HasSubstr("the same import goes on from here"));
    EXPECT_EQ(part.blocks, 2U);
    const auto rest = Sure(ImportFile(stores_.stream(), clock_, "logger.csv", file, options, {}));
    EXPECT_EQ(rest.blocks_known, 2U);
    EXPECT_THAT(Summary(rest), HasSubstr("going on after 2 of its blocks"));
    EXPECT_FALSE(rest.cancelled);
    processing_->Notify();
    Settle();
    EXPECT_THAT(Rows("plot/level@0.05m#m"), SizeIs(20'000));
}

TEST_F(GenerationsTest, AMissingZoneIsAskedForBeforeAnythingIsKept) {
    const auto upload = Sure(commands_->BeginImport(
        {"logger.csv",
         "",
         "",
         "plot",
         "time_columns: [when]\ncolumns:\n  - {column: level, property: level, unit: m}\n",
         false},
        kPerson
    ));
    Sure(upload->Write("when,level\n2025-05-01 06:00,1\n"));
    const auto task = upload->Finish();
    ASSERT_FALSE(task);
    EXPECT_EQ(task.error().fault, Fault::kBadInput);
    EXPECT_THAT(task.error().message, HasSubstr("zone"));
    EXPECT_EQ(Sure(stores_.stream().Statistics()).records, 0U);
}

TEST_F(GenerationsTest, AUnitThatComesLaterIsJudgedByForAllReadings) {
    Send(R"({"name": "n", "time": "2025-06-01T00:00:00Z", "vwc_5cm": 1.5})");
    Settle();
    EXPECT_EQ(Rows("n/volumetric_water_content@0.05m")[0].flag, QualityFlag::kGood)
        << "no test of its range can look";
    Send(R"([{"bn": "n", "bt": 1748739600, "n": "vwc_5cm", "u": "%", "v": 25}])");
    Settle();
    const std::vector<Observation> rows = Rows("n/volumetric_water_content@0.05m");
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].flag, QualityFlag::kFail) << "1.5 m3/m3";
    EXPECT_DOUBLE_EQ(rows[1].value, 0.25);
    const Explanation why =
        Sure(commands_->Explain("n/volumetric_water_content@0.05m", rows[0].time));
    ASSERT_THAT(why.reasons, SizeIs(1));
    EXPECT_EQ(why.reasons[0].test, "gross_range");
    EXPECT_EQ(
        why.reasons[0].text,
        "Outside the range of the sensor or of the site: 1.5 (outside 0 to 1 fails)"
    );
    ExpectLabIsSound();
}

}  // namespace
}  // namespace tilth::pipeline
