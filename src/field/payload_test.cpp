#include "field/payload.h"

#include <gtest/gtest.h>

#include <array>

namespace tilth::field {
namespace {

class PayloadTest : public testing::Test {
  protected:
    PayloadTest() {
        sent_.sequence = 41;
        sent_.stamp = ParseRfc3339("2025-05-01T06:00:00Z").value();
    }
    Transmission sent_;
    std::array<Reading, 3> readings_{
        Reading{ChannelId::kVwc5, 0.213},
        Reading{ChannelId::kSoilTemperature5, -0.5},
        Reading{ChannelId::kBatteryPercent, 88.0}};
    std::string out_;
};

TEST_F(PayloadTest, FlatJson) {
    AppendJson("field-node-01", sent_, readings_, out_);
    EXPECT_EQ(
        out_,
        R"({"device":"field-node-01","time":"2025-05-01T06:00:00Z","seq":41,)"
        R"("vwc_5cm":0.2130,"soil_temperature_5cm":-0.5,"battery_percent":88})"
    );
}

TEST_F(PayloadTest, NameAndValue) {
    AppendNameValue("field-node-01", sent_, readings_[0], out_);
    EXPECT_EQ(
        out_,
        R"({"name":"field-node-01.vwc_5cm","value":0.2130,"timestamp":"2025-05-01T06:00:00Z"})"
    );
}

TEST_F(PayloadTest, Senml) {
    AppendSenml("field-node-01", sent_, readings_, out_);
    EXPECT_EQ(
        out_,
        R"([{"bn":"field-node-01:","bt":1746079200,"n":"vwc_5cm","v":0.2130},)"
        R"({"n":"soil_temperature_5cm","u":"Cel","v":-0.5},{"n":"battery_percent","u":"%EL","v":88}])"
    );
}

TEST_F(PayloadTest, SenmlWithoutReadingsIsStillJson) {
    AppendSenml("n", sent_, {}, out_);
    EXPECT_EQ(out_, R"([{"bn":"n:","bt":1746079200}])");
}

TEST_F(PayloadTest, FractionsOfASecondAndAnOldClock) {
    sent_.stamp = Time{std::chrono::milliseconds{1'750}};
    AppendJson("n", sent_, {}, out_);
    EXPECT_EQ(out_, R"({"device":"n","time":"1970-01-01T00:00:01.750Z","seq":41})");
    out_.clear();
    AppendSenml("n", sent_, {}, out_);
    EXPECT_EQ(out_, R"([{"bn":"n:","bt":1.750}])");
}

TEST_F(PayloadTest, AppendsToWhatIsThere) {
    AppendTopic("tilth", "demo", "field-node-01", out_);
    AppendTopic("x", "y", "z", out_);
    EXPECT_EQ(out_, "tilth/demo/field-node-01/upx/y/z/up");
}

}  // namespace
}  // namespace tilth::field
