#include "api/http/map_tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Refusal(const std::string& url) {
    const Status status = CheckTiles({url, ""});
    return status ? "" : status.error().message;
}

TEST(MapTilesTest, NoneIsFineAndAsksNobody) {
    EXPECT_TRUE(CheckTiles({}).has_value());
    EXPECT_THAT(ContentPolicy({}), Not(HasSubstr("http")));
    EXPECT_THAT(ContentPolicy({}), Not(HasSubstr("unsafe")));
}

TEST(MapTilesTest, ThePolicyAllowsExactlyTheHostOfTheTiles) {
    const MapTiles tiles{"https://tiles.example:8443/osm/{z}/{x}/{y}.png?k=1", ""};
    ASSERT_TRUE(CheckTiles(tiles).has_value());
    EXPECT_THAT(
        ContentPolicy(tiles), HasSubstr("img-src 'self' data: https://tiles.example:8443;")
    );
}

TEST(MapTilesTest, SaysWhatIsWrongWithATemplate) {
    EXPECT_THAT(Refusal("ftp://tiles.example/{z}/{x}/{y}"), HasSubstr("expected https://HOST"));
    EXPECT_THAT(Refusal("https:///{z}/{x}/{y}"), HasSubstr("expected https://HOST"));
    EXPECT_THAT(
        Refusal("https://{s}.tiles.example/{z}/{x}/{y}"), HasSubstr("expected https://HOST")
    );
    EXPECT_THAT(Refusal("https://tiles.example/{z}/{x}.png"), HasSubstr("has no {y}"));
    EXPECT_THAT(Refusal("https://tiles.example/{z}/{x}/{y}{r}.png"), HasSubstr("has {r}"));
}

TEST(MapTilesTest, AHostCannotAddToThePolicy) {
    EXPECT_THAT(Refusal("https://a; script-src */{z}/{x}/{y}"), HasSubstr("expected https://HOST"));
    EXPECT_THAT(Refusal("https://user@host/{z}/{x}/{y}"), HasSubstr("expected https://HOST"));
}

}  // namespace
}  // namespace tilth::api
