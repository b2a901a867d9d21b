#include "base/append.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

TEST(Append, KeepsWhatWasThere) {
    std::string line = "depth";
    Append(line, "={:.2f}", 0.05);
    Append(line, " {}{}", "m", '!');
    EXPECT_EQ(line, "depth=0.05 m!");
}

}  // namespace
}  // namespace tilth
