#include "model/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tilth {
namespace {

TEST(Statistics, MeanAndSampleDeviation) {
    const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
    EXPECT_DOUBLE_EQ(MomentsOf(values).mean, 5);
    EXPECT_DOUBLE_EQ(MomentsOf(values).sd, std::sqrt(32.0 / 7));
}

TEST(Statistics, OneValueHasNoDeviationAndNoneHasNoMean) {
    const std::vector<double> one{3};
    EXPECT_EQ(MomentsOf(one).mean, 3);
    EXPECT_TRUE(std::isnan(MomentsOf(one).sd));
    EXPECT_TRUE(std::isnan(MomentsOf({}).mean));
    EXPECT_TRUE(std::isnan(QuantileOf({}, 0.5)));
}

// numpy.quantile([15, 20, 35, 40, 50], [0, .1, .4, .5, 1]) == [15, 17, 29, 35, 50]
TEST(Statistics, QuantilesAreThoseOfNumPyWhateverTheOrder) {
    std::vector<double> values{40, 15, 50, 35, 20};
    EXPECT_DOUBLE_EQ(QuantileOf(values, 0), 15);
    EXPECT_DOUBLE_EQ(QuantileOf(values, 0.1), 17);
    EXPECT_DOUBLE_EQ(QuantileOf(values, 0.4), 29);
    EXPECT_DOUBLE_EQ(QuantileOf(values, 0.5), 35);
    EXPECT_DOUBLE_EQ(QuantileOf(values, 1), 50);
}

}  // namespace
}  // namespace tilth
