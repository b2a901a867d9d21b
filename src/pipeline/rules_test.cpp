#include "pipeline/rules.h"

#include <gtest/gtest.h>

namespace tilth::pipeline {
namespace {

TEST(RulesTest, AGenerationSaysByWhichRulesItWasMade) {
    Generation generation;
    generation.reason = WithRules("config 3");
    EXPECT_TRUE(generation.reason.starts_with("config 3, rules "));
    EXPECT_TRUE(MadeByTheseRules(generation));
}

TEST(RulesTest, ResultsOfAnOlderProgramAreRecognised) {
    Generation generation;
    for (const char* reason : {"config 3", "config 3, rules 0-00000000", ""}) {
        generation.reason = reason;
        EXPECT_FALSE(MadeByTheseRules(generation)) << reason;
    }
}

}  // namespace
}  // namespace tilth::pipeline
