// Decoding in steady state takes nothing from the heap.
#include "codec/decoder.h"
#include "support/counted_allocations.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

TEST(MessageDecoderAllocation, DecodingDoesNotAllocateInSteadyState) {
    if (!kAllocationsAreCounted) GTEST_SKIP() << "a sanitizer has an allocator of its own";
    const std::string payloads[] = {
        R"({"name": "sensor1", "value": 5.1})",
        R"({"device":"a-device-with-a-name-that-fits-in-no-small-string","time":"2025-05-01T06:00:00Z",)"
        R"("seq":4,"c0":1,"c1":2.5,"c2":"3.5","c3":null,"c4":5,"c5":6,"c6":7,"c7":8,"c8":9,"c9":-0.0})",
        R"([{"bn":"urn:dev:plot7:","bt":1746079200,"n":"vwc","v":21.4},{"n":"t","v":2}])",
        R"({"name": "sensor1", "value": NaN, "timestamp": 1746079200})",
        R"({"id": 17, "value": 1})",
    };
    MessageDecoder decoder;
    const MessageMapping mapping;
    std::vector<DecodedReading> out;
    uint64_t before = 0;
    for (int round = 0; round < 100; ++round) {
        if (round == 1) before = allocations;
        for (const std::string& payload : payloads) {
            if (!decoder.Decode("sensors", payload, Time{}, mapping, out)) FAIL() << payload;
        }
    }
    EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace tilth::codec
