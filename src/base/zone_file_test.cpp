#include "base/zone_file.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

TEST(ZoneFile, AZoneOfTheSystemIsFound) {
    const auto bytes = LoadZoneFile("America/New_York");
    if (!bytes) GTEST_SKIP() << bytes.error().message;
    EXPECT_TRUE(bytes->starts_with("TZif"));
}

TEST(ZoneFile, NamesThatAreNoZonesAreRefused) {
    for (const char* name :
         {"",
          "Mars/Base",
          "../../../etc/passwd",
          "/etc/passwd",
          "America",
          "a//b",
          "America/",
          "zone.tab"}) {
        EXPECT_FALSE(LoadZoneFile(name)) << name;
    }
}

}  // namespace
}  // namespace tilth
