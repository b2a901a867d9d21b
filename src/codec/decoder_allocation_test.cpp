// Counts what the decoder allocates. The operators replace the program's, so nothing else is tested
// here.
#include "codec/decoder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<uint64_t> allocations{0};

void* Counted(size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(size_t size) {
    return Counted(size);
}
void* operator new[](size_t size) {
    return Counted(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
    std::free(memory);
}

namespace tilth::codec {
namespace {

TEST(MessageDecoderAllocation, DecodingDoesNotAllocateInSteadyState) {
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
        if (round == 1) before = allocations.load();
        for (const std::string& payload : payloads) {
            if (!decoder.Decode("sensors", payload, Time{}, mapping, out)) FAIL() << payload;
        }
    }
    EXPECT_EQ(allocations.load() - before, 0u);
}

}  // namespace
}  // namespace tilth::codec
