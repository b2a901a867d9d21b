// Reading and formatting in steady state take nothing from the heap.
#include "field/field.h"
#include "field/payload.h"
#include "support/counted_allocations.h"

#include <gtest/gtest.h>

namespace tilth::field {
namespace {

TEST(AllocationTest, ReadingAndFormattingTakeNothingFromTheHeap) {
    if (!kAllocationsAreCounted) GTEST_SKIP() << "a sanitizer has an allocator of its own";
    Field field = Field::Make({.interval = std::chrono::seconds{10}}).value();
    std::array<Reading, kMostReadings> readings{};
    std::string name;
    std::string topic;
    std::string payload;
    const int64_t start =
        ParseRfc3339("2025-05-01T06:00:00Z").value().time_since_epoch() / std::chrono::seconds{10};
    const auto publish = [&](int64_t count) {
        for (uint64_t node = 0; node < field.NodeCount(); ++node) {
            const Transmission sent = field.Transmit(node, count);
            const size_t n = field.Read(node, sent.measured, readings);
            name.clear();
            topic.clear();
            payload.clear();
            field.AppendName(node, name);
            AppendTopic("tilth", "demo", name, topic);
            AppendJson(name, sent, std::span(readings).first(n), payload);
            AppendSenml(name, sent, std::span(readings).first(n), payload);
        }
    };
    for (int64_t i = 0; i < 10; ++i) publish(start + i);
    const size_t before = allocations;
    for (int64_t i = 10; i < 200; ++i) publish(start + i);
    EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace tilth::field
