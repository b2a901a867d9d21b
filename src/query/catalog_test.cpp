#include "query/catalog.h"

#include "query/testing/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::query {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Row;

class CatalogTest : public ::testing::Test {
  protected:
    CatalogTest() {
        store_.AddThing(
            {.name = "node-1",
             .description = "",
             .device = "n1",
             .location = {},
             .registered_itself = false,
             .emulated = true}
        );
        vwc_ = store_.AddDatastream(Stream("node-1", "volumetric_water_content", 0.05, minutes{5}));
        deep_ = store_.AddDatastream(Stream("node-1", "volumetric_water_content", 0.5, minutes{5}));
        battery_ = store_.AddDatastream(Stream("node-1", "battery_percent", {}, {}));
    }

    static Datastream Stream(
        std::string thing, std::string property, std::optional<double> depth, Duration cadence
    ) {
        Datastream datastream;
        datastream.thing = std::move(thing);
        datastream.property = std::move(property);
        datastream.depth = depth;
        datastream.cadence = cadence;
        return datastream;
    }

    PresentState StateAfter(Duration age) {
        clock_.Set(now_ + age);
        return catalog_.Datastreams({.names = {vwc_.name}}).value().front().state;
    }

    const Time now_ = ParseRfc3339("2025-05-01T06:00:00Z").value();
    testing::MemoryStore store_;
    ManualClock clock_{now_};
    Catalog catalog_{store_, clock_};
    Datastream vwc_;
    Datastream deep_;
    Datastream battery_;
};

TEST_F(CatalogTest, StateFollowsFromAgeAndCadence) {
    store_.AddRows(vwc_.id, {Row(now_, 0.2)});
    EXPECT_EQ(StateAfter(minutes{15}), PresentState::kLive);
    EXPECT_EQ(StateAfter(minutes{15} + seconds{1}), PresentState::kLate);
    EXPECT_EQ(StateAfter(minutes{50}), PresentState::kLate);
    EXPECT_EQ(StateAfter(minutes{51}), PresentState::kSilent);
}

TEST_F(CatalogTest, AQuickSensorHasHalfAMinute) {
    EXPECT_EQ(StateOf(seconds{30}, seconds{1}), PresentState::kLive);
    EXPECT_EQ(StateOf(minutes{5}, seconds{1}), PresentState::kLate);
}

TEST_F(CatalogTest, AnUndeclaredCadenceIsTheMedianSpacing) {
    std::vector<Observation> rows;
    for (int i = 0; i < 40; ++i) rows.push_back(Row(now_ - i * minutes{2}, 80));
    rows.push_back(Row(now_ - hours{100}, 80));
    store_.AddRows(battery_.id, rows);
    EXPECT_EQ(catalog_.CadenceOf(battery_).value(), minutes{2});
}

TEST_F(CatalogTest, AStampFarAheadDoesNotMakeADeadNodeLive) {
    store_.AddRows(vwc_.id, {Row(now_ - hours{10}, 0.2), Row(now_ + hours{1000}, 0.3)});
    const auto vwc = catalog_.Datastreams({.names = {vwc_.name}}).value().front();
    EXPECT_EQ(vwc.state, PresentState::kSilent);
    EXPECT_EQ(vwc.age, hours{10});
    EXPECT_EQ(vwc.last->value, 0.3);
}

TEST_F(CatalogTest, AThingIsInTheBestStateOfItsDatastreamsAndHasABattery) {
    store_.AddRows(vwc_.id, {Row(now_ - hours{10}, 0.2)});
    store_.AddRows(battery_.id, {Row(now_ - minutes{1}, 87)});
    const ThingPresent thing = catalog_.ThingByName("node-1").value();
    EXPECT_EQ(thing.state, PresentState::kLive);
    EXPECT_EQ(thing.age, minutes{1});
    EXPECT_EQ(thing.battery->percent, 87);
    EXPECT_FALSE(thing.battery->voltage);
    EXPECT_EQ(thing.datastreams.size(), 3u);
    EXPECT_TRUE(thing.datastreams.front().emulated);
    EXPECT_EQ(catalog_.Things().value().size(), 1u);
}

TEST_F(CatalogTest, WithoutReadingsAllIsSilent) {
    const ThingPresent thing = catalog_.ThingByName("node-1").value();
    EXPECT_EQ(thing.state, PresentState::kSilent);
    EXPECT_FALSE(thing.last_time);
    EXPECT_FALSE(thing.battery);
}

TEST_F(CatalogTest, SelectsByNameIdOrWhatFits) {
    EXPECT_EQ(catalog_.Find(vwc_.name).value().id, vwc_.id);
    EXPECT_EQ(catalog_.Find(std::to_string(Raw(vwc_.id))).value().id, vwc_.id);
    EXPECT_EQ(catalog_.Select({.names = {}, .thing = "node-1"}).value().size(), 3u);
    EXPECT_EQ(catalog_.Select({.names = {}, .thing = "", .property = "vwc"}).value().size(), 2u);
    EXPECT_EQ(
        catalog_.Select({.names = {}, .thing = "", .property = "vwc", .depth = 0.5})
            .value()
            .front()
            .id,
        deep_.id
    );
    EXPECT_TRUE(catalog_.Select({.names = {}, .thing = "nobody"}).value().empty());
    EXPECT_THAT(
        catalog_.NothingFits({.names = {}, .thing = "node-2"}).message,
        ::testing::HasSubstr("node-1")
    );
    EXPECT_THAT(
        catalog_.NothingFits({.names = {}, .thing = "node-1", .property = "rain"}).message,
        ::testing::HasSubstr("the property 'rain'; there is ")
    );
}

TEST_F(CatalogTest, AnUnknownNameSaysWhatWasMeant) {
    const auto found = catalog_.Find("node-1/volumetric_water_content@0.06m");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().fault, Fault::kNotFound);
    EXPECT_NE(
        found.error().message.find("did you mean 'node-1/volumetric_water_content@0.05m'"),
        std::string::npos
    );
}

}  // namespace
}  // namespace tilth::query
