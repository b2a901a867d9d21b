#include "pipeline/seen_versions.h"

#include <gtest/gtest.h>

#include <array>

namespace tilth::pipeline {
namespace {

constexpr DatastreamId kOne{1};
constexpr DatastreamId kTwo{2};

bool Same(SeenVersions& seen, DatastreamId id, uint64_t version) {
    return seen.Check(std::span(&id, 1), std::span(&version, 1)).has_value();
}

TEST(SeenVersions, WhatStandsAsItDidWhenTheListWasReadIsKnown) {
    SeenVersions seen({{kOne, 4}});
    EXPECT_TRUE(Same(seen, kOne, 4));
    EXPECT_TRUE(Same(seen, kTwo, 0));
}

TEST(SeenVersions, WhatWasChangedOrMadeSinceIsNot) {
    SeenVersions seen({{kOne, 4}});
    EXPECT_FALSE(Same(seen, kOne, 5));
    EXPECT_FALSE(Same(seen, kTwo, 1));
}

TEST(SeenVersions, OnesOwnChangesAndTouchesRaiseAVersionByOne) {
    SeenVersions seen({{kOne, 4}, {kTwo, 7}});
    ASSERT_TRUE(Same(seen, kOne, 4));
    SeriesChange change;
    change.datastream = kOne;
    seen.Committed(std::span(&change, 1), {});
    ASSERT_TRUE(Same(seen, kOne, 5));
    seen.Committed({}, std::array{kOne});
    EXPECT_FALSE(Same(seen, kOne, 7));
    EXPECT_TRUE(Same(seen, kOne, 6));
    EXPECT_FALSE(Same(seen, kTwo, 8));
}

}  // namespace
}  // namespace tilth::pipeline
