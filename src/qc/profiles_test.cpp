#include "qc/profiles.h"

#include "qc/profile.h"
#include "qc/profile_yaml.h"
#include "qc/rule_yaml.h"
#include "qc/testing/series_test_kit.h"

namespace tilth::qc {
namespace {

std::string Complaint(std::string_view yaml) {
    const auto parsed = ParseProfiles(yaml);
    return parsed ? "" : parsed.error().message;
}

TEST(ProfilesTest, TheBuiltInOnesAreThereAndFitEveryProperty) {
    for (const char* name : {"qartod", "ismn", "soil"}) {
        ASSERT_TRUE(ProfileSet::BuiltIn().Has(name));
        EXPECT_FALSE(BuiltInProfileText(name).empty());
        for (const ObservedProperty& property : KnownProperties()) {
            const auto checker =
                ProfileSet::BuiltIn().Compile(HourlyStream(std::string(property.name), name), {});
            ASSERT_TRUE(checker) << checker.error().message;
            EXPECT_EQ(checker->profile(), fmt::format("{} 1", name));
        }
    }
}

TEST(ProfilesTest, ALaterRuleChangesWhatItNames) {
    const auto profiles = ParseProfiles(R"(
profiles:
  orchard:
    version: 3
    base: soil
    rules:
      - where: {property: vwc, depth: [0, 0.1]}
        tests:
          gross_range: {suspect: [0.1, 0.4]}
          spike: off
)");
    ASSERT_TRUE(profiles) << profiles.error().message;
    Datastream shallow = HourlyStream("volumetric_water_content", "orchard");
    Datastream deep = shallow;
    deep.depth = 0.5;
    FedSeries near_top(shallow, *profiles);
    FedSeries below(deep, *profiles);
    EXPECT_EQ(near_top.checker.profile(), "orchard 3");
    near_top.Feed({Reading(0, 0.45), Reading(1, 1.5)});
    below.Feed({Reading(0, 0.45)});
    EXPECT_EQ(near_top.At(0).flag, QualityFlag::kSuspect);
    EXPECT_EQ(near_top.At(1).flag, QualityFlag::kFail) << "the base's fail span stays";
    EXPECT_EQ(below.At(0).flag, QualityFlag::kGood);
    EXPECT_FALSE(near_top.checker.tests().Has(static_cast<int>(TestNumber::kSpike)));
    EXPECT_TRUE(below.checker.tests().Has(static_cast<int>(TestNumber::kSpike)));
}

TEST(ProfilesTest, SensorDatastreamAndCadenceNarrowARule) {
    const Where where{
        .property = {},
        .depth = {},
        .cadence = std::pair(Duration{std::chrono::minutes{5}}, Duration{std::chrono::hours{2}}),
        .sensor = "TEROS*",
        .datastream = "*water*"};
    Datastream stream = HourlyStream("volumetric_water_content", "soil");
    stream.sensor = "TEROS 12";
    EXPECT_TRUE(where.Holds(stream, std::chrono::hours{1}));
    EXPECT_FALSE(where.Holds(stream, std::chrono::hours{2}));
    EXPECT_FALSE(where.Holds(stream, std::nullopt));
    stream.sensor = "5TM";
    EXPECT_FALSE(where.Holds(stream, std::chrono::hours{1}));
}

TEST(ProfilesTest, PatternsMatchAsTheyRead) {
    EXPECT_TRUE(MatchesPattern("a*c", "abbc"));
    EXPECT_TRUE(MatchesPattern("*", ""));
    EXPECT_TRUE(MatchesPattern("**b", "aab"));
    EXPECT_FALSE(MatchesPattern("a*c", "abcd"));
    EXPECT_FALSE(MatchesPattern("", "a"));
}

TEST(ProfilesTest, TheCadenceIsTheNamedStatisticBeforeTheDeclaredOne) {
    const std::vector<NamedStatistic> statistics{
        {"cadence", "", 60}, {"cadence", "node/thickness@0.05m", 600}, {"cadence", "other", 1}};
    const auto profiles =
        ParseProfiles("profiles: {p: {rules: [{tests: {gap: {max: 2 cadences}}}]}}").value();
    const Checker checker = profiles.Compile(HourlyStream("thickness", "p"), statistics).value();
    MemorySeries stored;
    Engine engine;
    SeriesState state;
    SeriesOutput out;
    const std::vector<Arrival> readings{Reading(0, 1), Reading(0.33, 1), Reading(0.7, 1)};
    ASSERT_TRUE(engine.Apply(checker, readings, {stored}, state, out));
    EXPECT_EQ(out.rows[1].flag, QualityFlag::kGood);
    EXPECT_EQ(out.rows[2].flag, QualityFlag::kSuspect);
}

TEST(ProfilesTest, LengthsOfTime) {
    EXPECT_EQ(ParseLength("2h")->fixed, std::chrono::hours{2});
    EXPECT_EQ(ParseLength("3 cadences")->cadences, 3);
    EXPECT_EQ(ParseLength("1.5 cadences or 20m")->fixed, std::chrono::minutes{20});
    for (const char* bad :
         {"", "3", "-1h", "0 cadences", "x cadences", "2h or", "nan cadences", "cadences"}) {
        EXPECT_FALSE(ParseLength(bad)) << bad;
    }
}

struct Mistake {
    const char* yaml;
    const char* says;
};

TEST(ProfilesTest, AMistakeIsNamedWithItsLineAndAHint) {
    const Mistake mistakes[] = {
        {"profiles:\n  a:\n    rules:\n      - tests: {spkie: {suspect: 1}}",
         "line 4: \"spkie\" is not a test; did you mean \"spike\"?"},
        {"profiles:\n  a:\n    rules:\n      - tests:\n          spike: {suspct: 1}",
         "line 5: \"suspct\" is not a parameter of spike; did you mean \"suspect\"?"},
        {"profiles: {a: {base: siol}}",
         "\"siol\" is not a profile defined before; did you mean \"soil\"?"},
        {"profiles: {a: {rulez: []}}",
         "\"rulez\" is not a key of a profile; did you mean \"rules\"?"},
        {"profiles: {a: {rules: [{where: {dept: [0, 1]}}]}}",
         "\"dept\" is not a key of where; did you mean \"depth\"?"},
        {"profiles: {a: {rules: [{where: {property: volumetric_water_contnet}}]}}",
         "did you mean \"volumetric_water_content\"?"},
        {"profiles: {a: {rules: [{tests: {gross_range: {fail: [0, 1], suspect: [0, 2]}}}]}}",
         "suspect [0, 2] must lie inside fail [0, 1]"},
        {"profiles: {a: {rules: [{tests: {gross_range: {fail: [2, 1]}}}]}}",
         "fail: the first number must not be above"},
        {"profiles: {a: {rules: [{tests: {spike: {method: average}}}]}}", "spike: needs suspect"},
        {"profiles: {a: {rules: [{tests: {spike: {suspect: 1, method: averge}}}]}}",
         "did you mean \"average\"?"},
        {"profiles: {a: {rules: [{tests: {spike: {suspect: .nan}}}]}}",
         "suspect: expected a number"},
        {"profiles: {a: {rules: [{tests: {flat_line: {tolerance: 0, suspect: 1h}}}]}}",
         "tolerance: expected a number above 0"},
        {"profiles: {a: {rules: [{tests: {gap: {max: soon}}}]}}",
         "\"soon\" is not a length of time"},
        {"profiles: {a: {version: 1.5}}", "version: expected a whole number"},
        {"profiles: {soil: {rules: []}}", "soil is defined already"},
        {"profiles: {a: {rules: []}, a: {rules: []}}", "a is defined already"},
        {"profiles: [a]", "expected {NAME: ...}"},
        {"profiles: {a: [", "line 1"},
        {"just text", "expected a document with a profiles: section"},
    };
    for (const Mistake& mistake : mistakes) {
        EXPECT_NE(Complaint(mistake.yaml).find(mistake.says), std::string::npos)
            << mistake.yaml << "\nsays: " << Complaint(mistake.yaml);
    }
}

TEST(ProfilesTest, ADocumentWithoutProfilesHasTheBuiltInOnes) {
    EXPECT_TRUE(ParseProfiles("").value().Has("soil"));
    EXPECT_TRUE(ParseProfiles("site: {name: x}").value().Has("soil"));
}

TEST(ProfilesTest, AnUnknownProfileOrUnitIsRefused) {
    const auto unknown = ProfileSet::BuiltIn().Compile(HourlyStream("soil_temperature", "sol"), {});
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("did you mean \"soil\"?"), std::string::npos);
    Datastream stream = HourlyStream("soil_temperature", "soil");
    stream.unit = "kPa";
    EXPECT_FALSE(ProfileSet::BuiltIn().Compile(stream, {}));
}

TEST(TestNumbersTest, NamesAndNumbersAreOneToOneAndFitTheBitSets) {
    for (const TestInfo& test : Tests()) {
        EXPECT_EQ(FindTest(test.name), &test);
        EXPECT_EQ(FindTest(static_cast<int>(test.number)), &test);
        EXPECT_LT(static_cast<int>(test.number), 64);
        EXPECT_FALSE(test.title.empty());
    }
    EXPECT_EQ(FindTest(63), nullptr);
}

}  // namespace
}  // namespace tilth::qc
