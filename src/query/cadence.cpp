#include "query/cadence.h"

#include <algorithm>

namespace tilth::query {
namespace {

constexpr Duration kUnknownCadence = std::chrono::hours{1};
constexpr Duration kKeepEstimate = std::chrono::minutes{10};
constexpr size_t kReadings = 32;

}  // namespace

const char* Name(PresentState state) {
    switch (state) {
        case PresentState::kLive:
            return "live";
        case PresentState::kLate:
            return "late";
        case PresentState::kSilent:
            return "silent";
    }
    return "unknown";
}

PresentState StateOf(Duration age, Duration cadence) {
    if (age <= std::max<Duration>(3 * cadence, std::chrono::seconds{30}))
        return PresentState::kLive;
    if (age <= std::max<Duration>(10 * cadence, std::chrono::minutes{5}))
        return PresentState::kLate;
    return PresentState::kSilent;
}

Result<Duration> Cadences::Of(const Datastream& datastream) {
    if (datastream.cadence > Duration{}) return datastream.cadence;
    const Time now = clock_.Now();
    const auto known = known_.With([&](const auto& estimates) -> std::optional<Duration> {
        const auto found = estimates.find(datastream.id);
        if (found == estimates.end() || now - found->second.made_at > kKeepEstimate) return {};
        return found->second.cadence;
    });
    if (known) return *known;
    TILTH_TRY(const Duration cadence, Compute(datastream.id));
    known_.With([&](auto& estimates) { estimates[datastream.id] = {cadence, now}; });
    return cadence;
}

Result<Duration> Cadences::Compute(DatastreamId datastream) {
    ObservationRequest request;
    request.datastream = datastream;
    request.newest_first = true;
    request.limit = kReadings;
    std::vector<Time> times;
    TILTH_CHECK(store_.ReadObservations(request, [&](std::span<const Observation> rows) {
        for (const Observation& row : rows) times.push_back(row.time);
        return true;
    }));
    if (times.size() < 2) return kUnknownCadence;
    std::vector<Duration> spacings;
    for (size_t i = 1; i < times.size(); ++i) spacings.push_back(times[i - 1] - times[i]);
    const auto middle = spacings.begin() + static_cast<std::ptrdiff_t>(spacings.size() / 2);
    std::nth_element(spacings.begin(), middle, spacings.end());
    return std::max(*middle, Duration{1});
}

}  // namespace tilth::query
