// Taking in known messages takes nothing from the heap.
#include "pipeline/intake.h"
#include "support/counted_allocations.h"

#include <gtest/gtest.h>

namespace tilth::pipeline {
namespace {

TEST(IntakeAllocationTest, TakingInKnownMessagesDoesNotAllocateInSteadyState) {
    if (!kAllocationsAreCounted) GTEST_SKIP() << "a sanitizer has an allocator of its own";
    SiteConfig config;
    Intake intake = Intake::Make(config).value();
    const std::string payloads[] = {
        R"({"name": "sensor1", "value": 5.1})",
        R"({"device": "a-device-with-a-name-that-fits-in-no-small-string", "seq": 4, "vwc_5cm": 0.2, "soil_temp_5cm": 12.1})",
        R"([{"bn": "urn:dev:plot7:", "n": "vwc_5cm", "u": "%", "v": 21.4}, {"n": "soil_temp_5cm", "u": "Cel", "v": 2}])",
        R"([{"bn": "urn:dev:plot7:", "n": "sap_flow", "u": "kg/h", "v": 21.4}])",
    };
    RawRecordView record;
    record.topic = "field/up";
    uint64_t before = 0;
    for (int round = 0; round < 100; ++round) {
        if (round == 2) before = allocations;
        for (const std::string& payload : payloads) {
            record.payload = payload;
            record.received_at += Duration{1};
            intake.Take(record);
        }
        ASSERT_EQ(intake.readings(), 6U);
        ASSERT_TRUE(intake.dead_letters().empty());
        intake.Clear();
    }
    EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace tilth::pipeline
