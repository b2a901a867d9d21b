// Promise 4: results are a function of the set of records, whatever the order, the writers, the
// batches, the copies and the restarts.
#include "pipeline/check.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"
#include "qc/test_numbers.h"

#include <gmock/gmock.h>

#include <regex>

namespace tilth::pipeline::testing {
namespace {

constexpr uint64_t kFields = 12;       ///< Sets of records.
constexpr uint64_t kOrdersOfOne = 90;  ///< Ways each of them comes.

GenerationId NewGeneration(ProcessedStore& store) {
    return Sure(store.CreateGeneration(ConfigVersion{1}, "test", Time{}));
}

/// What differs first, for a person; empty: nothing.
std::string FirstDifference(
    const std::vector<std::string>& is, const std::vector<std::string>& must_be
) {
    const auto [a, b] = std::ranges::mismatch(is, must_be);
    if (a == is.end() && b == must_be.end()) return {};
    return fmt::format(
        "is      {}\nmust be {}",
        a == is.end() ? "nothing" : *a,
        b == must_be.end() ? "nothing" : *b
    );
}

std::string Describe(const Way& way) {
    return fmt::format(
        "order {}, {} writers, copies {}, batches up to {}, steps of {}/{}, reopened {}, {} rows "
        "known",
        static_cast<int>(way.order),
        way.writers,
        way.copies,
        way.most_batch,
        way.limits.records,
        way.limits.readings,
        way.reopen,
        way.limits.known_rows
    );
}

std::vector<std::string> InOrder(const std::vector<RawRecord>& records) {
    MemoryStreamStore stream;
    MemoryProcessedStore processed;
    const GenerationId generation = NewGeneration(processed);
    Random random(1);
    const Way at_once;
    Sure(Deliver(stream, processed, generation, Arrange(records, at_once, random), at_once, random)
    );
    return Results(processed, generation);
}

bool SomeRowHas(const std::string& lines, qc::TestNumber test) {
    static const std::regex kObjected(" objected ([0-9a-f]+)");
    for (std::sregex_iterator at(lines.begin(), lines.end(), kObjected), end; at != end; ++at) {
        if (TestSet(std::stoull((*at)[1], nullptr, 16)).Has(static_cast<int>(test))) return true;
    }
    return false;
}

TEST(OrderTest, TheMadeLabHasWhatMakesItHard) {
    std::string all;
    for (uint64_t field = 1; field <= kFields; ++field) {
        for (const std::string& line : InOrder(MakeRecords(field))) all += line + '\n';
    }
    for (const char* const test :
         {"clock", "conflict", "sentinel", "spike", "flat_line", "gap", "d01"}) {
        EXPECT_TRUE(SomeRowHas(all, qc::FindTest(test)->number)) << test;
    }
    for (const char* const what :
         {"counts false",
          "provisional true",
          "flag missing",
          "rank 2",
          "1970-01-01T",
          "number 2",
          "manual 2",
          "plot/matric_potential",
          "node-2/flow#g~1h",
          "node-2/volumetric_water_content@0.05m unit m3/m3",
          " day "}) {
        EXPECT_THAT(all, ::testing::HasSubstr(what));
    }
}

TEST(OrderTest, TheSameRecordsGiveTheSameResultsHoweverTheyCome) {
    for (uint64_t field = 1; field <= kFields; ++field) {
        const std::vector<RawRecord> records = MakeRecords(field);
        const std::vector<std::string> expected = InOrder(records);
        ASSERT_GT(expected.size(), 500U);
        for (uint64_t order = 1; order <= kOrdersOfOne; ++order) {
            Random random(field * 7919 + order);
            const Way way = RandomWay(random);
            SCOPED_TRACE(fmt::format("field {}, order {}: {}", field, order, Describe(way)));
            MemoryStreamStore stream;
            MemoryProcessedStore processed;
            const GenerationId live = NewGeneration(processed);
            const Status delivered =
                Deliver(stream, processed, live, Arrange(records, way, random), way, random);
            ASSERT_TRUE(delivered) << delivered.error().message;
            ASSERT_EQ(FirstDifference(Results(processed, live), expected), "");

            const GenerationId again = NewGeneration(processed);
            const Lease lease = Sure(processed.AcquireLease("test", {}));
            const auto replay =
                Sure(Processor::Open(stream, processed, again, MadeConfig(), lease));
            ASSERT_TRUE(ProcessAll(*replay, {20'000, 200'000}));
            ASSERT_THAT(Sure(CompareGenerations(processed, live, again, 5)), ::testing::IsEmpty());
        }
    }
}

}  // namespace
}  // namespace tilth::pipeline::testing
