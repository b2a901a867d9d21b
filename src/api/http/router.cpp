#include "api/http/router.h"

namespace tilth::api {
namespace {

/// The next segment of a path, taken off its front.
std::string_view TakeSegment(std::string_view& path) {
    const size_t slash = path.find('/', 1);
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash);
    return segment.substr(std::min<size_t>(1, segment.size()));
}

/// Segments that stand for the pattern's braces; nullopt when the path does not fit.
std::optional<std::vector<std::string_view>> Fit(std::string_view pattern, std::string_view path) {
    std::vector<std::string_view> captures;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = TakeSegment(pattern);
        const std::string_view given = TakeSegment(path);
        if (wanted.starts_with('{')) {
            if (given.empty()) return std::nullopt;
            captures.push_back(given);
        } else if (wanted != given) {
            return std::nullopt;
        }
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return captures;
}

}  // namespace

Result<RouteMatch> FindRoute(std::span<const Route> routes, Method method, std::string_view path) {
    RouteMatch match;
    for (const Route& route : routes) {
        const auto captures = Fit(route.pattern, path);
        if (!captures) continue;
        if (route.method != method) {
            match.allow.append(match.allow.empty() ? "" : ", ").append(Name(route.method));
            if (route.method == Method::kGet) match.allow += ", HEAD";
            continue;
        }
        match.route = &route;
        for (const std::string_view capture : *captures) {
            TILTH_TRY(std::string decoded, DecodePercent(capture, false));
            match.captures.push_back(std::move(decoded));
        }
        return match;
    }
    return match;
}

}  // namespace tilth::api
