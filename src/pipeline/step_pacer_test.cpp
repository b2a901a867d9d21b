#include "pipeline/step_pacer.h"

#include <gtest/gtest.h>

namespace tilth::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr StepLimits kMost{20'000, 100'000};
constexpr Duration kLease = seconds{15};

TEST(StepPacerTest, AStepOnFastStoresTakesOnAllThatItMay) {
    StepPacer pacer(kMost, kLease);
    pacer.Note(milliseconds{300}, true);
    EXPECT_EQ(pacer.limits().records, 20'000);
    EXPECT_EQ(pacer.limits().readings, 100'000);
}

TEST(StepPacerTest, AStepThatOutlastsAThirdOfItsLeaseIsCutDownToWhatFitsIn) {
    StepPacer pacer(kMost, kLease);
    pacer.Note(seconds{50}, true);
    EXPECT_EQ(pacer.limits().records, 2'000);
    EXPECT_EQ(pacer.limits().readings, 10'000);
}

TEST(StepPacerTest, GrowsAgainWhenTheStoresAreFastAndThereIsMore) {
    StepPacer pacer(kMost, kLease);
    pacer.Note(seconds{50}, true);
    pacer.Note(seconds{1}, true);
    EXPECT_EQ(pacer.limits().records, 4'000);
    for (int i = 0; i < 10; ++i) pacer.Note(seconds{1}, true);
    EXPECT_EQ(pacer.limits().records, 20'000);
}

TEST(StepPacerTest, AShortStepThatFoundLittleSaysNothingOfALargeOne) {
    StepPacer pacer(kMost, kLease);
    pacer.Note(seconds{50}, true);
    pacer.Note(milliseconds{10}, false);
    EXPECT_EQ(pacer.limits().records, 2'000);
}

TEST(StepPacerTest, NeverTakesOnNothing) {
    StepPacer pacer(kMost, kLease);
    for (int i = 0; i < 20; ++i) pacer.Note(seconds{3600}, true);
    EXPECT_EQ(pacer.limits().records, 100);
    EXPECT_EQ(StepPacer({10, 10}, kLease).limits().records, 10);
}

}  // namespace
}  // namespace tilth::pipeline
