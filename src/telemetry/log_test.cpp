#include "telemetry/log.h"

#include "telemetry/log_line.h"

#include <gmock/gmock.h>

#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace tilth::telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Time kTime = FromMicros(1'746'079'202'123'456);  // 2025-05-01T06:00:02.123456Z

std::string Text(std::string_view message, std::vector<Field> fields = {}) {
    return TextLine(kTime, Level::kInfo, message, fields).substr(sizeof "2025-05-01T06:00:02.123Z");
}

std::string Json(std::string_view message, std::vector<Field> fields = {}) {
    return JsonLine(kTime, Level::kWarning, message, fields);
}

TEST(LogLine, TextHasTimeLevelMessageAndFields) {
    const std::vector<Field> fields = {
        {"records", 500},
        {"took_ms", 2.5},
        {"topic", "a/b"},
        {"last", true},
        {"big", ~uint64_t{0}}};
    EXPECT_EQ(
        TextLine(kTime, Level::kError, "batch stored", fields),
        "2025-05-01T06:00:02.123Z ERROR batch stored records=500 took_ms=2.5 topic=a/b last=true "
        "big=18446744073709551615"
    );
}

TEST(LogLine, TextQuotesWhatWouldNotReadBackAsOneWord) {
    EXPECT_EQ(Text("m", {{"k", "two words"}}), "INFO  m k=\"two words\"");
    EXPECT_EQ(Text("m", {{"k", ""}}), "INFO  m k=\"\"");
    EXPECT_EQ(Text("m", {{"k", "a=\"b\\"}}), "INFO  m k=\"a=\\\"b\\\\\"");
}

TEST(LogLine, TextStaysOneLineWhateverBytesItGets) {
    EXPECT_EQ(Text("a\nb\r", {{"k", "\x1b[31m\xff"}}), "INFO  a\\nb\\r k=\"\\u001b[31m\\xff\"");
    EXPECT_EQ(Text("Öl", {{"k", "µ"}}), "INFO  Öl k=\"µ\"");
}

TEST(LogLine, JsonIsOneObject) {
    EXPECT_EQ(
        Json("batch stored", {{"records", -5}, {"took_ms", 2.5}, {"last", false}, {"k", "x y"}}),
        R"({"time":"2025-05-01T06:00:02.123Z","level":"warning","message":"batch stored",)"
        R"("records":-5,"took_ms":2.5,"last":false,"k":"x y"})"
    );
}

TEST(LogLine, JsonStaysJsonWhateverBytesItGets) {
    EXPECT_THAT(Json("a\"b\\c\n\x01"), HasSubstr(R"("message":"a\"b\\c\n\u0001"})"));
    EXPECT_THAT(Json("m", {{"k", "x\xffy\xc3"}}), HasSubstr("\"k\":\"x\uFFFDy\uFFFD\"}"));
    EXPECT_THAT(
        Json("m", {{"a", std::numeric_limits<double>::quiet_NaN()}}), HasSubstr(R"("a":"nan"})")
    );
    EXPECT_THAT(
        Json("m", {{"a", -std::numeric_limits<double>::infinity()}}), HasSubstr(R"("a":"-inf"})")
    );
}

TEST(LogNames, AreParsedBackAndOthersAreRefusedWithTheList) {
    for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
        EXPECT_EQ(ParseLevel(Name(level)), level);
    }
    EXPECT_EQ(ParseLogFormat("json"), LogFormat::kJson);
    EXPECT_EQ(ParseLogFormat("text"), LogFormat::kText);
    const auto level = ParseLevel("loud");
    ASSERT_FALSE(level);
    EXPECT_EQ(level.error().fault, Fault::kBadInput);
    EXPECT_THAT(level.error().message, HasSubstr("debug, info, warning, error"));
    EXPECT_FALSE(ParseLogFormat("xml"));
}

class LogTest : public testing::Test {
  protected:
    LogTest() {
        SetLogSink([this](std::string_view line) { lines_.emplace_back(line); });
    }
    ~LogTest() override {
        SetLogSink({});
        SetLogLevel(Level::kInfo);
        SetLogFormat(LogFormat::kText);
    }

    std::vector<std::string> lines_;
};

TEST_F(LogTest, LinesBelowTheLevelAreDropped) {
    Log(Level::kDebug, "too fine");
    SetLogLevel(Level::kWarning);
    EXPECT_FALSE(LogEnabled(Level::kInfo));
    Log(Level::kInfo, "too fine now");
    Log(Level::kWarning, "seen", {{"n", 1}});
    EXPECT_THAT(lines_, ElementsAre(HasSubstr("WARN  seen n=1")));
}

TEST_F(LogTest, TheFormatCanBeChangedWhileItRuns) {
    Log(Level::kInfo, "first");
    SetLogFormat(LogFormat::kJson);
    Log(Level::kInfo, "second");
    EXPECT_THAT(lines_, ElementsAre(HasSubstr("INFO  first"), HasSubstr(R"("message":"second"})")));
}

TEST_F(LogTest, BracesInAMessageAreNotAFormat) {
    Log(Level::kInfo, "{} {0} %v");
    EXPECT_THAT(lines_, ElementsAre(HasSubstr("{} {0} %v")));
}

TEST_F(LogTest, ThreadsDoNotMixTheirLines) {
    const auto write = [] {
        for (int i = 0; i < 500; ++i) Log(Level::kInfo, "from a thread", {{"i", i}});
    };
    std::thread other(write);
    write();
    other.join();
    ASSERT_EQ(lines_.size(), 1000u);
    for (const std::string& line : lines_) EXPECT_THAT(line, HasSubstr(" INFO  from a thread i="));
}

}  // namespace
}  // namespace tilth::telemetry
