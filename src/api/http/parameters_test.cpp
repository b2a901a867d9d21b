#include "api/http/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::api {
namespace {

using ::testing::ElementsAre;

const Time kNow = ParseRfc3339("2025-05-08T12:00:00Z").value();

TEST(ParametersTest, DecodesNamesAndValues) {
    Parameters parameters = Parameters::Parse("a=1%202&b%3D=x+y&c&&d=").value();
    EXPECT_EQ(parameters.Text("a"), "1 2");
    EXPECT_EQ(parameters.Text("b="), "x y");
    EXPECT_FALSE(parameters.Text("c"));
    EXPECT_FALSE(parameters.Text("d"));
    EXPECT_TRUE(parameters.CheckAllKnown());
}

TEST(ParametersTest, AListTakesCommasAndRepetition) {
    Parameters parameters = Parameters::Parse("x=a,b&x=c,,d%2Ce").value();
    EXPECT_THAT(parameters.List("x"), ElementsAre("a", "b", "c", "d", "e"));
    EXPECT_TRUE(parameters.List("y").empty());
}

TEST(ParametersTest, RefusesBrokenEscapesAndBytes) {
    for (const char* query : {"a=%", "a=%4", "a=%zz", "a=%ff", "a=%00", "%=a"})
        EXPECT_FALSE(Parameters::Parse(query)) << query;
    EXPECT_EQ(Parameters::Parse("a=%41").value().Text("a"), "A");
}

TEST(ParametersTest, RefusesAFlood) {
    std::string query;
    for (int i = 0; i < 1001; ++i) query += "a=1&";
    EXPECT_FALSE(Parameters::Parse(query));
}

TEST(ParametersTest, NumbersAreInRangeOrRefused) {
    Parameters parameters = Parameters::Parse("a=7&b=-1&c=7x&d=99&e=1.5&f=nan&g=inf").value();
    EXPECT_EQ(parameters.Integer("a", 1, 10).value(), 7u);
    EXPECT_EQ(parameters.Integer("none", 1, 10).value(), std::nullopt);
    for (const char* name : {"b", "c", "d", "e"})
        EXPECT_FALSE(parameters.Integer(name, 1, 10)) << name;
    EXPECT_EQ(parameters.Number("e").value(), 1.5);
    for (const char* name : {"c", "f", "g"}) EXPECT_FALSE(parameters.Number(name)) << name;
}

TEST(ParametersTest, ARangeIsInOrder) {
    EXPECT_EQ(
        Parameters::Parse("from=-1d").value().Range(kNow).value().from, kNow - std::chrono::days{1}
    );
    EXPECT_EQ(Parameters::Parse("").value().Range(kNow).value(), TimeRange{});
    EXPECT_FALSE(Parameters::Parse("from=now&to=-1d").value().Range(kNow));
}

TEST(ParametersTest, AnUnknownOneIsAnErrorWithASuggestion) {
    Parameters parameters = Parameters::Parse("form=1").value();
    parameters.Text("from");
    const Status status = parameters.CheckAllKnown();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message, "there is no parameter 'form' here; did you mean 'from'?");
}

}  // namespace
}  // namespace tilth::api
