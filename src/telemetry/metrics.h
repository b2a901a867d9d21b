// Numbers about the running program, in the text format that Prometheus reads.
//
//   Counter& stored = metrics.AddCounter("tilth_route_stored_records_total", "Records committed.");
//   stored.Add(batch.size());
//
// Names: tilth_<area>_<what>_<unit>, counters end in _total; units are seconds, bytes, records, ...
// Adding the same name and labels again gives the same metric. What is wrong in the source (a name
// against the rules, one name with two types or helps) throws std::invalid_argument when it is
// added. Threads: everything here may be called from any thread. Add, Set and Observe take no lock.
#pragma once

#include "base/guarded.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tilth::telemetry {

/// Only rises, from 0.
class alignas(64) Counter {
  public:
    void Add(uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
    uint64_t Value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<uint64_t> value_{0};
};

/// A number that goes up and down.
class alignas(64) Gauge {
  public:
    void Set(double value) { value_.store(value, std::memory_order_relaxed); }
    void Add(double difference) { value_.fetch_add(difference, std::memory_order_relaxed); }
    double Value() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<double> value_{0};
};

/// How often observed values fell below each of a few bounds.
class alignas(64) Histogram {
  public:
    /// Bounds are inclusive upper ends and rise strictly; +Inf is added by itself.
    explicit Histogram(std::vector<double> bounds);

    /// NaN is ignored: it would spoil the sum for good.
    void Observe(double value);

    struct Reading {
        std::vector<double> bounds;   ///< without +Inf
        std::vector<uint64_t> up_to;  ///< observations <= bounds[i]; the last: all of them
        double sum = 0;
    };
    /// A reading may miss observations that are being made while it is taken.
    Reading Read() const;

  private:
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<uint64_t>[]> counts_;  // one a bound, and one above the last
    std::atomic<double> sum_{0};
};

/// start, start*factor, ...: `count` bounds for a histogram.
std::vector<double> ExponentialBounds(double start, double factor, size_t count);

using Labels = std::vector<std::pair<std::string, std::string>>;

/// All metrics of a process. References it gives out live as long as it does.
class Metrics {
  public:
    Counter& AddCounter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& AddGauge(std::string_view name, std::string_view help, const Labels& labels = {});
    /// Metrics of one name have the bounds of the first.
    Histogram& AddHistogram(
        std::string_view name,
        std::string_view help,
        const std::vector<double>& bounds,
        const Labels& labels = {}
    );

    /// Everything, sorted by name and labels: content type "text/plain; version=0.0.4".
    std::string Expose() const;

  private:
    using Metric =
        std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;
    struct Family {
        std::string help;
        size_t type;                            // index into Metric
        std::vector<double> bounds;             // of histograms
        std::map<std::string, Metric> members;  // by labels as they are written
    };
    using Families = std::map<std::string, Family, std::less<>>;

    template <class T>
    T& Add(
        std::string_view name,
        std::string_view help,
        const Labels& labels,
        const std::vector<double>& bounds
    );
    static void AppendFamily(std::string& text, const std::string& name, const Family& family);

    Guarded<Families> families_;
};

}  // namespace tilth::telemetry
