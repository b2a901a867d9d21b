#include "soil/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tilth::soil {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Calibration Good(CalibrationText text) {
    return Calibration::Make(std::move(text)).value();
}

std::string Complaint(CalibrationText text) {
    const auto made = Calibration::Make(std::move(text));
    return made ? "" : made.error().message;
}

TEST(CalibrationTest, AppliesANamedFormula) {
    EXPECT_NEAR(Good({.probe = "teros12-mineral"}).Apply(2499.3), 0.27387847, 1e-12);
    EXPECT_NEAR(Good({.probe = "zl6-temperature"}).Apply(6811), 18.11, 1e-12);
    EXPECT_NEAR(Good({.probe = "5tm"}).Apply(1000), Good({.probe = "topp"}).Apply(20.0), 1e-15);
}

TEST(CalibrationTest, EveryNameCanBeMade) {
    for (const ProbeFormula& formula : ProbeFormulas()) {
        EXPECT_TRUE(Calibration::Make({.probe = std::string(formula.name)})) << formula.name;
        EXPECT_FALSE(formula.input.empty());
        EXPECT_FALSE(formula.output.empty());
    }
}

TEST(CalibrationTest, SuggestsANameAndListsThem) {
    EXPECT_NE(
        Complaint({.probe = "teros12-minral"}).find("did you mean \"teros12-mineral\""),
        std::string::npos
    );
    EXPECT_NE(Complaint({.probe = "something else"}).find("hydraprobe-loam"), std::string::npos);
}

TEST(CalibrationTest, APolynomialIsAscending) {
    EXPECT_EQ(Good({.polynomial = {1.0, 2.0, 3.0}}).Apply(2.0), 17.0);
    EXPECT_NE(Complaint({.polynomial = {1.0, kInfinity}}), "");
    EXPECT_NE(Complaint({.polynomial = std::vector<double>(17, 1.0)}), "");
}

TEST(CalibrationTest, ATableInterpolatesAndKeepsItsPoints) {
    const auto table = Good({.table = {{0, 0.0}, {10, 0.1}, {30, 0.5}}});
    EXPECT_EQ(table.Apply(0), 0.0);
    EXPECT_EQ(table.Apply(10), 0.1);
    EXPECT_EQ(table.Apply(30), 0.5);
    EXPECT_NEAR(table.Apply(20), 0.3, 1e-15);
}

TEST(CalibrationTest, OutsideATableIsRefusedUnlessClamped) {
    EXPECT_TRUE(std::isnan(Good({.table = {{0, 0.0}, {10, 0.1}}}).Apply(10.001)));
    EXPECT_TRUE(std::isnan(Good({.table = {{0, 0.0}, {10, 0.1}}}).Apply(-0.001)));
    const auto clamped = Good({.table = {{0, 0.0}, {10, 0.1}}, .clamp = true});
    EXPECT_EQ(clamped.Apply(11), 0.1);
    EXPECT_EQ(clamped.Apply(-kInfinity), 0.0);
    EXPECT_TRUE(std::isnan(clamped.Apply(std::nan(""))));
}

TEST(CalibrationTest, RefusesTablesThatAreNone) {
    EXPECT_NE(Complaint({.table = {{0, 0.0}}}), "");
    EXPECT_NE(Complaint({.table = {{0, 0.0}, {0, 1.0}}}).find("point 2"), std::string::npos);
    EXPECT_NE(Complaint({.table = {{0, 0.0}, {1, kInfinity}}}).find("point 2"), std::string::npos);
}

TEST(CalibrationTest, IsExactlyOneThing) {
    EXPECT_NE(Complaint({}), "");
    EXPECT_NE(Complaint({.probe = "topp", .polynomial = {1.0}}), "");
    EXPECT_NE(Complaint({.probe = "topp", .clamp = true}), "");
}

TEST(CalibrationTest, AnErrorCodeOrAnOverflowIsNoValue) {
    EXPECT_TRUE(std::isnan(Good({.probe = "zl6-teros12"}).Apply(65534)));
    EXPECT_TRUE(std::isnan(Good({.polynomial = {0.0, 1.0, 1e300}}).Apply(1e300)));
}

}  // namespace
}  // namespace tilth::soil
