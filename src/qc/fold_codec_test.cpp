#include "qc/fold_codec.h"

#include <gtest/gtest.h>

#include <limits>

namespace tilth::qc {
namespace {

TEST(FoldCodecTest, WordsComeBack) {
    const FoldState state{{0, -1, 1, std::numeric_limits<int64_t>::min(), 0x0102030405060708}};
    EXPECT_EQ(DecodeFold(EncodeFold(state)).value(), state);
    EXPECT_EQ(EncodeFold({{1}}), std::string("\1\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(DecodeFold("").value(), FoldState{});
}

TEST(FoldCodecTest, HalfAWordIsCorrupt) {
    ASSERT_FALSE(DecodeFold("abc"));
    EXPECT_EQ(DecodeFold("abc").error().fault, Fault::kCorrupt);
}

}  // namespace
}  // namespace tilth::qc
