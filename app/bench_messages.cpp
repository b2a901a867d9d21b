#include "app/bench_messages.h"

#include "base/clock.h"
#include "base/random.h"
#include "model/datastream.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace tilth::app {

Time BenchMessages::TimeOf(uint64_t n) const {
    // Devices do not measure at the same moment.
    const Duration phase{static_cast<int64_t>(Mix64(n % series_) % 1'000'000)};
    return start_ + step_ * static_cast<int64_t>(n / series_) + phase;
}

void BenchMessages::Make(uint64_t n, Time time, std::string& topic, std::string& payload) const {
    const uint64_t device = n % series_;
    topic.clear();
    payload.clear();
    fmt::format_to(std::back_inserter(topic), "field/bench/node-{:06}", device);
    fmt::format_to(
        std::back_inserter(payload),
        R"({{"device": "node-{:06}", "time": "{}", "seq": {}, "vwc_10cm": {:.4f}, "firmware": "v2.1"}})",
        device,
        FormatRfc3339(time),
        n / series_,
        BenchWaterContent(device, n / series_, step_)
    );
}

std::vector<std::string> BenchDatastreams(uint32_t count) {
    std::vector<std::string> names;
    for (uint32_t device = 0; device < count; ++device) {
        names.push_back(
            NameOf(fmt::format("node-{:06}", device), "volumetric_water_content", 0.1, "")
        );
    }
    return names;
}

double BenchWaterContent(uint64_t series, uint64_t n, Duration step) {
    const double days = ToSeconds(step) * static_cast<double>(n) / 86'400;
    const double noise = static_cast<double>(Mix64(series << 40 ^ n) >> 11) * 0x1.0p-53 - 0.5;
    return 0.25 + 0.08 * std::sin(days / 9 + static_cast<double>(series)) + 0.004 * noise;
}

Time BenchStart(uint64_t messages, uint32_t series) {
    const auto rounds = static_cast<int64_t>(messages / series + 1);
    return FloorHour(SystemClock().Now()) - std::chrono::hours{1} - kBenchStep * rounds;
}

}  // namespace tilth::app
