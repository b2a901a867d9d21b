#include "backend/postgresql/wire.h"

#include "backend/postgresql/errors.h"
#include "backend/postgresql/partitions.h"
#include "store/conformance/processed_store_suite.h"

#include <gtest/gtest.h>

namespace tilth {
// It is run against a server, in the other program of this folder.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ProcessedStoreSuite);
}  // namespace tilth

namespace tilth::postgresql {
namespace {

TEST(WireTest, TimesKeepTheirMomentWherePostgresqlHasIt) {
    for (const Time time :
         {Time::min(),
          kEarliest,
          FromMicros(-1),
          FromMicros(0),
          FromMicros(kEpochMicros),
          Time::max() - Duration{1},
          Time::max()}) {
        EXPECT_EQ(FromWire(ToWire(time)), time) << ToMicros(time);
        EXPECT_TRUE(IsStorable(time));
    }
    EXPECT_EQ(ToWire(FromMicros(kEpochMicros)), 0);
    EXPECT_EQ(FromWire(INT64_MAX), Time::max());  // infinity
}

TEST(WireTest, ATimeBeforeTheFirstIsABoundButNoPlace) {
    const Time before = kEarliest - Duration{1};
    EXPECT_FALSE(IsStorable(before));
    EXPECT_EQ(ToWire(before), ToWire(kEarliest));
}

TEST(WireTest, OrderedIdsSortAsUnsigned) {
    const uint64_t ids[] = {0, 1, uint64_t{1} << 63, UINT64_MAX};
    for (size_t i = 1; i < std::size(ids); ++i) {
        EXPECT_LT(ToOrdered(ids[i - 1]), ToOrdered(ids[i]));
        EXPECT_EQ(FromOrdered(ToOrdered(ids[i])), ids[i]);
    }
}

TEST(WireTest, ArraysComeBack) {
    const std::vector<int64_t> numbers = {1, -2, INT64_MAX};
    const auto put = [](std::string& out, int64_t n) { PutNumber(out, n); };
    const std::span<const int64_t> span(numbers);
    EXPECT_EQ(TakeArray(ArrayOf(TypeId::kInt64, span, put)), numbers);
    EXPECT_TRUE(TakeArray(ArrayOf(TypeId::kInt64, span.first(0), put)).empty());
    EXPECT_TRUE(TakeArray("").empty());
}

TEST(PartitionsTest, MonthsCountFrom1970AndEndWhereOnlyABrokenClockGoes) {
    EXPECT_EQ(MonthOf(std::chrono::sys_days{std::chrono::year{1990} / 1 / 1}), 240);
    EXPECT_EQ(MonthOf(std::chrono::sys_days{std::chrono::year{1990} / 2 / 1} - Duration{1}), 240);
    EXPECT_EQ(MonthOf(std::chrono::sys_days{std::chrono::year{2099} / 12 / 31}), 1559);
    EXPECT_EQ(MonthOf(std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}), std::nullopt);
    EXPECT_EQ(MonthOf(FromMicros(0)), std::nullopt);
    EXPECT_EQ(MonthOf(Time::min()), std::nullopt);
    EXPECT_EQ(MonthOf(Time::max()), std::nullopt);
    EXPECT_EQ(StartOfMonth(241), Time{std::chrono::sys_days{std::chrono::year{1990} / 2 / 1}});
}

TEST(FaultTest, AnSqlstateSaysWhatACallerCanDo) {
    EXPECT_EQ(FaultOf("TL001"), Fault::kConflict);
    EXPECT_EQ(FaultOf("08006"), Fault::kUnavailable);
    EXPECT_EQ(FaultOf("40P01"), Fault::kUnavailable);
    EXPECT_EQ(FaultOf("53100"), Fault::kUnavailable);  // disk full
    EXPECT_EQ(FaultOf("25006"), Fault::kUnavailable);  // read-only
    EXPECT_EQ(FaultOf("28P01"), Fault::kRefused);
    EXPECT_EQ(FaultOf("42501"), Fault::kRefused);
    EXPECT_EQ(FaultOf("22021"), Fault::kBadInput);
    EXPECT_EQ(FaultOf("42P01"), Fault::kNotFound);
    EXPECT_EQ(FaultOf("XX001"), Fault::kCorrupt);
}

}  // namespace
}  // namespace tilth::postgresql
