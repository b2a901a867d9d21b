// Commands of a running lab: generations, previews, replays, judgements, notes, dead letters.
#include "integration/commanded_lab.h"

#include <atomic>
#include <thread>

namespace tilth::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Sure;

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

class GenerationsTest : public CommandedLab {};

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
