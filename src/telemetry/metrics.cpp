#include "telemetry/metrics.h"

#include "base/append.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace tilth::telemetry {
namespace {

// What Prometheus takes, less the colon, which belongs to its recording rules.
bool IsName(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && letter(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

[[noreturn]] void Refuse(std::string_view name, std::string_view why) {
    throw std::invalid_argument(fmt::format("metric {}: {}", name, why));
}

std::string Escape(std::string_view text, bool quotes) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\n') {
            escaped += "\\n";
            continue;
        }
        if (c == '\\' || (quotes && c == '"')) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// a="x",b="y" in the order of the names, so that the order they were given in makes no difference.
std::string Written(std::string_view metric, Labels labels) {
    std::ranges::sort(labels);
    std::string written;
    for (const auto& [name, value] : labels) {
        if (!IsName(name) || name.starts_with("__") || name == "le") {
            Refuse(metric, fmt::format("\"{}\" cannot be a label", name));
        }
        if (!written.empty()) written += ',';
        written += fmt::format("{}=\"{}\"", name, Escape(value, true));
    }
    return written;
}

std::string Number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

template <class Value>
void AppendSample(
    std::string& text, std::string_view name, std::string_view labels, const Value& value
) {
    text += name;
    if (!labels.empty()) text.append("{").append(labels).append("}");
    Append(text, " {}\n", value);
}

void AppendMetric(
    std::string& text, const std::string& name, const std::string& labels, const Counter& counter
) {
    AppendSample(text, name, labels, counter.Value());
}

void AppendMetric(
    std::string& text, const std::string& name, const std::string& labels, const Gauge& gauge
) {
    AppendSample(text, name, labels, Number(gauge.Value()));
}

void AppendMetric(
    std::string& text,
    const std::string& name,
    const std::string& labels,
    const Histogram& histogram
) {
    Histogram::Reading reading = histogram.Read();
    reading.bounds.push_back(std::numeric_limits<double>::infinity());
    const std::string before = labels.empty() ? "" : labels + ',';
    for (size_t i = 0; i < reading.bounds.size(); ++i) {
        const std::string bound = fmt::format("{}le=\"{}\"", before, Number(reading.bounds[i]));
        AppendSample(text, name + "_bucket", bound, reading.up_to[i]);
    }
    AppendSample(text, name + "_sum", labels, Number(reading.sum));
    AppendSample(text, name + "_count", labels, reading.up_to.back());
}

template <class T>
std::unique_ptr<T> Make(const std::vector<double>& bounds) {
    if constexpr (std::is_same_v<T, Histogram>) {
        return std::make_unique<T>(bounds);
    } else {
        return std::make_unique<T>();
    }
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(new std::atomic<uint64_t>[bounds_.size() + 1]()) {
    const auto falls =
        std::ranges::adjacent_find(bounds_, [](double a, double b) { return !(a < b); });
    if (bounds_.empty() || falls != bounds_.end() || !std::isfinite(bounds_.back())) {
        throw std::invalid_argument("bounds of a histogram must be finite and rise strictly");
    }
}

void Histogram::Observe(double value) {
    if (std::isnan(value)) return;
    const auto bound = std::ranges::lower_bound(bounds_, value);
    counts_[static_cast<size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Reading Histogram::Read() const {
    Reading reading{bounds_, {}, sum_.load(std::memory_order_relaxed)};
    uint64_t total = 0;
    for (size_t i = 0; i <= bounds_.size(); ++i) {
        total += counts_[i].load(std::memory_order_relaxed);
        reading.up_to.push_back(total);
    }
    return reading;
}

std::vector<double> ExponentialBounds(double start, double factor, size_t count) {
    std::vector<double> bounds;
    for (double bound = start; bounds.size() < count; bound *= factor) bounds.push_back(bound);
    return bounds;
}

template <class T>
T& Metrics::Add(
    std::string_view name,
    std::string_view help,
    const Labels& labels,
    const std::vector<double>& bounds
) {
    const size_t type = Metric(std::unique_ptr<T>()).index();
    const std::string written = Written(name, labels);
    return families_.With([&](Families& families) -> T& {
        const auto family =
            families.try_emplace(
                        std::string(name), Family{std::string(help), type, bounds, {}}
            ).first;
        if (family->second.type != type) Refuse(name, "is already there with another type");
        if (family->second.help != help) Refuse(name, "is already there with another help text");
        auto& members = family->second.members;
        auto member = members.find(written);
        if (member == members.end()) {
            member = members.emplace(written, Make<T>(family->second.bounds)).first;
        }
        return *std::get<std::unique_ptr<T>>(member->second);
    });
}

Counter& Metrics::AddCounter(std::string_view name, std::string_view help, const Labels& labels) {
    if (!IsName(name) || !name.ends_with("_total")) Refuse(name, "a counter is named ..._total");
    return Add<Counter>(name, help, labels, {});
}

Gauge& Metrics::AddGauge(std::string_view name, std::string_view help, const Labels& labels) {
    if (!IsName(name) || name.ends_with("_total")) Refuse(name, "is no name for a gauge");
    return Add<Gauge>(name, help, labels, {});
}

Histogram& Metrics::AddHistogram(
    std::string_view name,
    std::string_view help,
    const std::vector<double>& bounds,
    const Labels& labels
) {
    if (!IsName(name) || name.ends_with("_total")) Refuse(name, "is no name for a histogram");
    return Add<Histogram>(name, help, labels, bounds);
}

void Metrics::AppendFamily(std::string& text, const std::string& name, const Family& family) {
    static constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"};
    Append(
        text,
        "# HELP {0} {1}\n# TYPE {0} {2}\n",
        name,
        Escape(family.help, false),
        kTypes[family.type]
    );
    for (const auto& [labels, metric] : family.members) {
        std::visit([&](const auto& held) { AppendMetric(text, name, labels, *held); }, metric);
    }
}

std::string Metrics::Expose() const {
    std::string text;
    families_.With([&](const Families& families) {
        for (const auto& [name, family] : families) AppendFamily(text, name, family);
    });
    return text;
}

}  // namespace tilth::telemetry
