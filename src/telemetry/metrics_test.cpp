#include "telemetry/metrics.h"

#include <gmock/gmock.h>

#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tilth::telemetry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Metrics, AreExposedSortedWithHelpAndType) {
    Metrics metrics;
    metrics.AddGauge("tilth_route_queued_records", "Records that wait.").Set(2.5);
    metrics.AddCounter(
               "tilth_route_dead_letters_total", "Dead letters.", {{"reason", "json"}}
    ).Add(3);
    metrics.AddCounter(
               "tilth_route_dead_letters_total", "Dead letters.", {{"reason", "depth"}}
    ).Add();
    EXPECT_EQ(
        metrics.Expose(),
        "# HELP tilth_route_dead_letters_total Dead letters.\n"
        "# TYPE tilth_route_dead_letters_total counter\n"
        "tilth_route_dead_letters_total{reason=\"depth\"} 1\n"
        "tilth_route_dead_letters_total{reason=\"json\"} 3\n"
        "# HELP tilth_route_queued_records Records that wait.\n"
        "# TYPE tilth_route_queued_records gauge\n"
        "tilth_route_queued_records 2.5\n"
    );
}

TEST(Metrics, HistogramsAreCumulativeWithInclusiveBounds) {
    Metrics metrics;
    Histogram& took =
        metrics.AddHistogram("tilth_store_commit_seconds", "Commits.", {0.5, 1}, {{"store", "x"}});
    for (const double value : {0.25, 0.5, 0.75, 4.0}) took.Observe(value);
    EXPECT_EQ(
        metrics.Expose(),
        "# HELP tilth_store_commit_seconds Commits.\n"
        "# TYPE tilth_store_commit_seconds histogram\n"
        "tilth_store_commit_seconds_bucket{store=\"x\",le=\"0.5\"} 2\n"
        "tilth_store_commit_seconds_bucket{store=\"x\",le=\"1\"} 3\n"
        "tilth_store_commit_seconds_bucket{store=\"x\",le=\"+Inf\"} 4\n"
        "tilth_store_commit_seconds_sum{store=\"x\"} 5.5\n"
        "tilth_store_commit_seconds_count{store=\"x\"} 4\n"
    );
}

TEST(Metrics, NotANumberIsNotObserved) {
    Histogram histogram({1});
    histogram.Observe(std::numeric_limits<double>::quiet_NaN());
    EXPECT_THAT(histogram.Read().up_to, ElementsAre(0, 0));
    EXPECT_EQ(histogram.Read().sum, 0);
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetricInAnyOrder) {
    Metrics metrics;
    Counter& one = metrics.AddCounter("tilth_a_b_total", "B.", {{"x", "1"}, {"y", "2"}});
    Counter& two = metrics.AddCounter("tilth_a_b_total", "B.", {{"y", "2"}, {"x", "1"}});
    EXPECT_EQ(&one, &two);
}

TEST(Metrics, ReferencesStayGoodWhenOthersAreAdded) {
    Metrics metrics;
    Counter& first = metrics.AddCounter("tilth_a_b_total", "B.", {{"n", "first"}});
    for (int i = 0; i < 1000; ++i) {
        metrics.AddCounter("tilth_a_b_total", "B.", {{"n", std::to_string(i)}});
    }
    first.Add(7);
    EXPECT_THAT(metrics.Expose(), HasSubstr("tilth_a_b_total{n=\"first\"} 7\n"));
}

TEST(Metrics, HostileLabelValuesAreEscaped) {
    Metrics metrics;
    metrics.AddGauge("tilth_a", "A \\ and\nB.", {{"topic", "x\"} 1\ny\\"}}).Set(1);
    EXPECT_EQ(
        metrics.Expose(),
        "# HELP tilth_a A \\\\ and\\nB.\n# TYPE tilth_a gauge\n"
        "tilth_a{topic=\"x\\\"} 1\\ny\\\\\"} 1\n"
    );
}

TEST(Metrics, SpecialNumbersAreWrittenAsPrometheusReadsThem) {
    Metrics metrics;
    metrics.AddGauge("tilth_a", "A.").Set(std::numeric_limits<double>::infinity());
    metrics.AddGauge("tilth_b", "B.").Set(-std::numeric_limits<double>::infinity());
    metrics.AddGauge("tilth_c", "C.").Set(std::numeric_limits<double>::quiet_NaN());
    EXPECT_THAT(metrics.Expose(), HasSubstr("tilth_a +Inf\n"));
    EXPECT_THAT(metrics.Expose(), HasSubstr("tilth_b -Inf\n"));
    EXPECT_THAT(metrics.Expose(), HasSubstr("tilth_c NaN\n"));
}

TEST(Metrics, MistakesInTheSourceThrow) {
    Metrics metrics;
    EXPECT_THROW(metrics.AddCounter("tilth_no_suffix", "X."), std::invalid_argument);
    EXPECT_THROW(metrics.AddGauge("tilth-dash", "X."), std::invalid_argument);
    EXPECT_THROW(metrics.AddGauge("", "X."), std::invalid_argument);
    EXPECT_THROW(metrics.AddGauge("tilth_a", "X.", {{"le", "1"}}), std::invalid_argument);
    EXPECT_THROW(metrics.AddHistogram("tilth_h", "X.", {2, 1}), std::invalid_argument);
    metrics.AddGauge("tilth_b", "X.");
    EXPECT_THROW(metrics.AddHistogram("tilth_b", "X.", {1}), std::invalid_argument);
    EXPECT_THROW(metrics.AddGauge("tilth_b", "Other help."), std::invalid_argument);
    EXPECT_THAT(metrics.Expose(), HasSubstr("tilth_b 0\n"));
}

TEST(Metrics, NothingIsLostWhenThreadsCountAtOnce) {
    Metrics metrics;
    Counter& counter = metrics.AddCounter("tilth_a_b_total", "B.");
    Histogram& histogram = metrics.AddHistogram("tilth_h", "H.", {1});
    const auto count = [&] {
        for (int i = 0; i < 20'000; ++i) {
            counter.Add();
            histogram.Observe(i % 2 == 0 ? 0.5 : 2);
        }
    };
    std::thread other(count);
    count();
    other.join();
    EXPECT_EQ(counter.Value(), 40'000u);
    EXPECT_THAT(histogram.Read().up_to, ElementsAre(20'000, 40'000));
    EXPECT_EQ(histogram.Read().sum, 50'000);
}

TEST(Metrics, ExponentialBoundsMultiply) {
    EXPECT_THAT(ExponentialBounds(0.5, 4, 4), ElementsAre(0.5, 2, 8, 32));
}

}  // namespace
}  // namespace tilth::telemetry
