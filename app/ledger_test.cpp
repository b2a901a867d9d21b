#include "app/ledger.h"

#include "app/json.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tilth::app {
namespace {

class LedgerTest : public ::testing::Test {
  protected:
    ~LedgerTest() override { std::filesystem::remove(file_); }

    std::vector<Json> Lines() {
        EXPECT_TRUE(ledger_->Flush());
        std::vector<Json> lines;
        std::ifstream in(file_);
        for (std::string line; std::getline(in, line);) lines.push_back(Json::Parse(line).value());
        return lines;
    }

    const std::string file_ =
        (std::filesystem::temp_directory_path() / fmt::format("tilth-ledger-{}", getpid()))
            .string();
    ManualClock clock_{ParseRfc3339("2026-05-01T06:00:00Z").value()};
    std::unique_ptr<Ledger> ledger_ = Ledger::Open(file_, clock_).value();
};

TEST_F(LedgerTest, HoldsWhatWasAcknowledgedAndNothingElse) {
    ledger_->Sent(0, "tilth/demo/n1", R"({"value": 1})");
    ledger_->Sent(1, "tilth/demo/n1", R"({"value": 2})");
    ledger_->Sent(2, "tilth/demo/n1", R"({"value": 3})");
    EXPECT_TRUE(Lines().empty());
    ledger_->Acknowledged(2);
    ledger_->Refused(1);
    ledger_->Acknowledged(1);
    const std::vector<Json> lines = Lines();
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0].Text("number"), "2");
    EXPECT_EQ(lines[0].Text("topic"), "tilth/demo/n1");
    EXPECT_EQ(lines[0].Text("payload"), R"({"value": 3})");
    EXPECT_EQ(lines[0].Text("acknowledged_at"), "2026-05-01T06:00:00Z");
}

TEST_F(LedgerTest, GoesOnInAFileThatIsThere) {
    ledger_->Sent(0, "t", "a");
    ledger_->Acknowledged(0);
    ledger_ = Ledger::Open(file_, clock_).value();
    ledger_->Sent(0, "t", "b");
    ledger_->Acknowledged(0);
    EXPECT_EQ(Lines().size(), 2u);
}

TEST_F(LedgerTest, SaysWhenItCannotBeWritten) {
    EXPECT_EQ(Ledger::Open("/nowhere/ledger", clock_).error().fault, Fault::kBadInput);
}

}  // namespace
}  // namespace tilth::app
