#include "store/archive/range_list.h"

#include <gtest/gtest.h>

namespace tilth::archive {
namespace {

ArchivedRange Range(
    int64_t writer, Sequence first, Sequence last, std::string low, std::string high
) {
    ArchivedRange range;
    range.file = fmt::format("{}-{}", writer, first);
    range.writer = WriterId{writer};
    range.first = first;
    range.last = last;
    range.lowest_id = std::move(low);
    range.highest_id = std::move(high);
    range.state = ArchiveState::kMoved;
    return range;
}

std::vector<std::string> MayHave(const RangeList& list, std::string_view id) {
    std::vector<std::string> files;
    for (const ArchivedRange* range : list.MayHaveId(id)) files.push_back(range->file);
    std::ranges::sort(files);
    return files;
}

TEST(RangeListTest, FindsTheRangeOfAPlace) {
    const RangeList list(
        {Range(1, 1, 10, "a", "b"), Range(1, 15, 20, "c", "d"), Range(3, 4, 5, "e", "f")}
    );
    EXPECT_EQ(list.Containing(WriterId{1}, 10)->first, 1U);
    EXPECT_EQ(list.Containing(WriterId{1}, 11), nullptr);
    EXPECT_EQ(list.Containing(WriterId{1}, 15)->first, 15U);
    EXPECT_EQ(list.Containing(WriterId{1}, 21), nullptr);
    EXPECT_EQ(list.Containing(WriterId{2}, 1), nullptr);
    EXPECT_EQ(list.Containing(WriterId{3}, 3), nullptr);
    EXPECT_EQ(list.Containing(WriterId{3}, 0), nullptr);
    EXPECT_EQ(list.EndingBehind(WriterId{1}, 10)->first, 15U);
    EXPECT_EQ(list.EndingBehind(WriterId{2}, 0), nullptr);
    EXPECT_EQ(list.EndingBehind(WriterId{3}, 0)->first, 4U);
    EXPECT_EQ(list.EndingBehind(WriterId{3}, 5), nullptr);
}

TEST(RangeListTest, NamesTheRangesThatMayHaveAnId) {
    ArchivedRange deleted = Range(4, 1, 2, "a", "z");
    deleted.state = ArchiveState::kDeleted;
    const RangeList list(
        {Range(1, 1, 9, "b", "d"), Range(1, 10, 19, "c", "m"), Range(2, 1, 9, "e", "f"), deleted}
    );
    using Files = std::vector<std::string>;
    EXPECT_EQ(MayHave(list, "a"), Files{});
    EXPECT_EQ(MayHave(list, "b"), Files{"1-1"});
    EXPECT_EQ(MayHave(list, "c"), (Files{"1-1", "1-10"}));
    EXPECT_EQ(MayHave(list, "ee"), (Files{"1-10", "2-1"}));
    EXPECT_EQ(MayHave(list, "g"), Files{"1-10"});
    EXPECT_EQ(MayHave(list, "n"), Files{});
}

}  // namespace
}  // namespace tilth::archive
