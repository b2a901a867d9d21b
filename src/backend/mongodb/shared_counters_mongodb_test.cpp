#include "backend/mongodb/shared_counters.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <mongoc/mongoc.h>
#include <unistd.h>

#include <filesystem>

namespace tilth::mongodb {
namespace {

TEST(SharedCounters, LeaveNoFileBehind) {
    mongoc_init();
    UnlinkSharedCounters();
    EXPECT_FALSE(std::filesystem::exists(fmt::format("/dev/shm/mongoc-{}", getpid())));
}

}  // namespace
}  // namespace tilth::mongodb
