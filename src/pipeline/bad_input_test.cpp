// What bad input becomes: a dead letter with a reason, or a reading with a flag; never a failure of
// the step, and never a change of another device's data.
#include "pipeline/route.h"
#include "pipeline/sent_units.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gmock/gmock.h>

namespace tilth::pipeline::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Time kNow = std::chrono::sys_days{std::chrono::year{2025} / 6 / 1};

/// A lab with one good device, to which messages come one by one.
class BadInputTest : public ::testing::Test {
  protected:
    void SetUp() override {
        generation_ = Sure(processed_.CreateGeneration(ConfigVersion{1}, "test", Time{}));
        Sure(processed_.ActivateGeneration(generation_));
        Sure(stream_.OpenWriter("test"));
        Open("");
        for (int i = 0; i < 5; ++i) {
            Send(
                "sensors",
                fmt::format(
                    R"({{"device": "good", "seq": {}, "vwc_5cm": 0.2{}, "note": "x"}})", i, i
                )
            );
        }
        good_ = LinesOf("good/");
        ASSERT_EQ(good_.size(), 6U);
    }

    void Open(std::string_view config) {
        const Lease lease = Sure(processed_.AcquireLease("test", {}));
        processor_ = Sure(Processor::Open(
            stream_, processed_, generation_, Sure(ParseConfig(ConfigVersion{1}, config)), lease
        ));
    }

    void Send(
        std::string_view topic,
        std::string_view payload,
        RecordKind kind = RecordKind::kMessage,
        bool retained = false
    ) {
        RawRecord record;
        record.writer = WriterId{1};
        record.sequence = ++sequence_;
        record.id = std::to_string(sequence_);
        record.kind = kind;
        record.retained = retained;
        record.received_at = kNow + std::chrono::seconds{sequence_};
        record.topic = topic;
        record.payload = payload;
        record.device = DeviceHint(topic, payload);
        record.partition = PartitionOf(record.device);
        const RawRecordView view = record.View();
        Sure(stream_.Append({&view, 1}));
        Sure(ProcessAll(*processor_, {}));
    }

    std::vector<std::string> LinesOf(std::string_view start) {
        std::vector<std::string> lines = Results(processed_, generation_);
        std::erase_if(lines, [&](const std::string& line) { return !line.starts_with(start); });
        return lines;
    }
    std::string LastDeadLetter() {
        const std::vector<DeadLetter> letters = Sure(processed_.DeadLetters(1, 0));
        if (letters.empty() || letters[0].raw.sequence != sequence_) return "";
        EXPECT_NE(letters[0].reason, "");
        return letters[0].code;
    }
    size_t Readings() {
        size_t rows = 0;
        for (const std::string& line : Results(processed_, generation_))
            rows += line.find(" rank ") != std::string::npos;
        return rows;
    }

    MemoryStreamStore stream_;
    MemoryProcessedStore processed_;
    GenerationId generation_{};
    std::unique_ptr<Processor> processor_;
    Sequence sequence_ = 0;
    std::vector<std::string> good_;
};

struct DeadCase {
    std::string name;
    std::string topic;
    std::string payload;
    std::string code;
};

std::vector<DeadCase> DeadCases() {
    const std::string deep =
        R"({"name": "d", "value": )" + std::string(200, '[') + std::string(200, ']') + "}";
    const std::string zero("\0", 1);
    return {
        {"no bytes, no topic", "", "", "empty"},
        {"cut off", "t", R"({"name": "d", "value": 5.)", "not_json"},
        {"not UTF-8", "t", "{\"name\": \"d\xff\", \"value\": 1}", "not_utf8"},
        {"zero byte", "t", R"({"name": "d")" + zero + R"(, "value": 1})", "not_json"},
        {"infinite", "t", R"({"name": "d", "value": 1e999})", "bad_number"},
        {"infinity as text", "t", R"({"name": "d", "v": "-Infinity"})", "bad_number"},
        {"wrong type", "t", R"({"name": "d", "value": true})", "bad_value"},
        {"a key twice", "t", R"({"name": "d", "value": 1, "value": 2})", "duplicate_key"},
        {"deep", "t", deep, "too_deep"},
        {"10 MB",
         "t",
         R"({"name": "d", "value": 1, "x": ")" + std::string(10'000'000, 'x') + "\"}",
         "too_large"},
        {"a list", "t", R"([1, 2])", "bad_senml"},
        {"no device", "t", R"({"value": 1})", "no_device"},
        {"empty name", "t", R"({"name": "", "value": 1})", "bad_key"},
        {"name of 64 KB",
         "t",
         R"({"name": ")" + std::string(65'536, 'n') + R"(", "value": 1})",
         "bad_key"},
        {"name with a zero", "t", R"({"name": "a\u0000b", "value": 1})", "bad_key"},
        {"name with a line end", "t", R"({"name": "a\nb", "value": 1})", "bad_key"},
        {"channel of 64 KB",
         "t",
         R"({"name": "d", ")" + std::string(65'536, 'c') + R"(": 1})",
         "bad_key"},
        {"no time zone",
         "t",
         R"({"name": "d", "value": 1, "time": "2025-05-01 06:00"})",
         "bad_time"},
        {"year 99999", "t", R"({"name": "d", "value": 1, "time": 3e12})", "bad_time"},
        {"unit of another kind",
         "t",
         R"([{"bn": "d", "n": "vwc_5cm", "u": "V", "v": 1}])",
         "bad_input"},
        {"unit that is none",
         "t",
         R"([{"bn": "d", "n": "vwc_5cm", "u": "((", "v": 1}])",
         "bad_input"},
        {"unit of 64 KB",
         "t",
         R"([{"bn": "d", "n": "flow", "u": ")" + std::string(65'536, 'u') + R"(", "v": 1}])",
         "bad_input"},
        {"unit with a zero",
         "t",
         R"([{"bn": "d", "n": "flow", "u": "\u0000", "v": 1}])",
         "bad_input"},
    };
}

TEST_F(BadInputTest, WhatCannotBeUnderstoodIsADeadLetter) {
    for (const DeadCase& c : DeadCases()) {
        SCOPED_TRACE(c.name);
        const size_t before = Readings();
        Send(c.topic, c.payload);
        EXPECT_EQ(LastDeadLetter(), c.code);
        EXPECT_EQ(Readings(), before);
        EXPECT_EQ(LinesOf("good/"), good_);
    }
    EXPECT_EQ(Sure(stream_.Statistics()).records, sequence_) << "every message is kept";
}

struct ReadingCase {
    std::string name;
    std::string payload;
    std::string start;  ///< Of the line that it gives ...
    std::string part;   ///< ... and what stands in it.
};

TEST_F(BadInputTest, WhatCanBeUnderstoodIsAReadingWithAFlag) {
    const std::vector<ReadingCase> cases = {
        {"null",
         R"({"name": "a", "vwc_5cm": null})",
         "a/volumetric_water_content@0.05m 2025",
         "flag missing"},
        {"NaN",
         R"({"name": "b", "vwc_5cm": "NaN"})",
         "b/volumetric_water_content@0.05m 2025",
         "flag missing"},
        {"negative zero", R"({"name": "c", "value": -0.0})", "c/value 2025", "value 0 raw 0 "},
        {"from 1970",
         R"({"name": "d", "value": 1, "time": 0})",
         "d/value 1970-01-01T00:00:00Z",
         "flag"},
        {"from the future",
         R"({"name": "e", "value": 1, "time": "2031-01-01T00:00:00Z"})",
         "e/value 2031",
         "flag fail objected 80"},
        {"an error code",
         R"({"name": "f", "value": -9999})",
         "f/value 2025",
         "flag fail objected 100"},
        {"a path",
         R"({"name": "../../etc/passwd", "value": 1})",
         "../../etc/passwd/value 2025",
         "flag"},
        {"SQL",
         R"({"name": "'; DROP TABLE x; --", "value": 1})",
         "'; DROP TABLE x; --/value 2025",
         "flag"},
        {"quotes",
         R"({"name": "\"quoted\" <b>", "value": 1})",
         "\"quoted\" <b>/value 2025",
         "flag"},
    };
    for (const ReadingCase& c : cases) {
        SCOPED_TRACE(c.name);
        Send("t", c.payload);
        EXPECT_EQ(LastDeadLetter(), "");
        const std::vector<std::string> lines = LinesOf(c.start);
        ASSERT_EQ(lines.size(), 1U);
        EXPECT_THAT(lines[0], HasSubstr(c.part));
        EXPECT_EQ(LinesOf("good/"), good_);
    }
}

TEST_F(BadInputTest, NoNameReachesAnotherDevicesData) {
    const std::vector<std::string> payloads = {
        R"({"name": "good/volumetric_water_content@0.05m", "value": 1})",
        R"({"name": "goo", "d/volumetric_water_content@0.05m": 1})",
        R"({"name": "x", "../good/volumetric_water_content@0.05m": 1})",
        R"({"name": "good ", "vwc_5cm": 1})",
        R"({"name": "GOOD", "vwc_5cm": 1})",
    };
    for (const std::string& payload : payloads) {
        SCOPED_TRACE(payload);
        Send("t", payload);
        EXPECT_EQ(LastDeadLetter(), "");
        EXPECT_EQ(LinesOf("good/volumetric_water_content@0.05m "), good_);
    }
}

TEST_F(BadInputTest, ARetainedMessageCountsOnlyWithATimeOfItsOwn) {
    const size_t before = Readings();
    Send("t", R"({"name": "r", "value": 1})", RecordKind::kMessage, true);
    EXPECT_EQ(Readings(), before);
    Send(
        "t",
        R"({"name": "r", "value": 1, "time": "2025-05-31T12:00:00Z"})",
        RecordKind::kMessage,
        true
    );
    EXPECT_EQ(Readings(), before + 1);
}

TEST_F(BadInputTest, OtherRecordsMayBeDamagedToo) {
    const std::vector<std::pair<RecordKind, std::string>> cases = {
        {RecordKind::kOversized, "oversized"},
        {RecordKind::kFileBlock, "bad_block"},
        {RecordKind::kManualFlag, "bad_flag"},
        {static_cast<RecordKind>(200), "unknown_kind"},
    };
    for (const auto& [kind, code] : cases) {
        Send("t", "\0\1nothing of the kind", kind);
        EXPECT_EQ(LastDeadLetter(), code);
    }
    Send("t", "datastream: \"a\\0b\"\nflag: fail\n", RecordKind::kManualFlag);
    EXPECT_EQ(LastDeadLetter(), "bad_flag");
    for (const RecordKind kind : {RecordKind::kConfig, RecordKind::kFieldNote}) {
        Send("t", "anything", kind);
        EXPECT_EQ(LastDeadLetter(), "");
    }
    EXPECT_EQ(LinesOf("good/"), good_);
}

TEST_F(BadInputTest, DevicesThatRegisterThemselvesHaveALimit) {
    Open("limits: {devices: 3}\n");
    Send("t", R"({"name": "second", "value": 1})");
    Send("t", R"({"name": "third", "value": 1})");
    EXPECT_EQ(LastDeadLetter(), "");
    Send("t", R"({"name": "fourth", "value": 1})");
    EXPECT_EQ(LastDeadLetter(), "refused");
    Send("t", R"({"name": "good", "value": 1})");
    EXPECT_EQ(LastDeadLetter(), "") << "those that are known go on";
}

TEST_F(BadInputTest, AProfileThatDoesNotFitAUnitStopsNothing) {
    Open(R"(
site: {profile: strange}
profiles:
  strange:
    rules:
      - tests: {gross_range: {fail: [0, 1]}}
)");
    Send("t", R"([{"bn": "d", "n": "flow", "u": "no unit at all", "v": 1}])");
    EXPECT_EQ(LastDeadLetter(), "");
    EXPECT_EQ(LinesOf("d/flow#no unit at all 2025").size(), 1U);
}

TEST_F(BadInputTest, AChannelCannotWriteIntoADerivedDatastream) {
    Open(R"(
things:
  - name: good
    sensors:
      - {model: probe, depth: 0.05, channels: [{channel: vwc_5cm, unit: m3/m3}]}
derivations:
  - {kind: matric_potential, source: good/volumetric_water_content@0.05m, texture: silt loam, label: a}
)");
    Send("t", R"({"device": "good", "matric_potential_5acm": -5})");
    EXPECT_EQ(LastDeadLetter(), "bad_input");
}

TEST_F(BadInputTest, UnitsAreAskedForOnce) {
    SentUnits units;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(units.Convert("((", "m3/m3"));
        EXPECT_TRUE(units.Convert("%", "m3/m3"));
    }
    EXPECT_EQ(units.asked(), 2U);
    for (size_t i = 0; i < SentUnits::kMaxPairs + 10; ++i)
        (void)units.Convert(fmt::format("{}", i + 2), "m");
    EXPECT_EQ(units.asked(), SentUnits::kMaxPairs);
    EXPECT_DOUBLE_EQ(units.Convert("%", "m3/m3").value().Apply(20), 0.2);
}

}  // namespace
}  // namespace tilth::pipeline::testing
