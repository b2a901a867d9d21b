#include "api/http/map_tiles.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace tilth::api {
namespace {

/// "https://host:port" of a URL; empty when it has no such beginning. Whatever else a host could
/// hold would say something else in a policy.
std::string_view OriginOf(std::string_view url) {
    size_t begin = 0;
    if (url.starts_with("https://")) begin = 8;
    if (url.starts_with("http://")) begin = 7;
    if (begin == 0) return {};
    const size_t slash = url.find('/', begin);
    if (slash == std::string_view::npos || slash == begin) return {};
    const std::string_view host = url.substr(begin, slash - begin);
    const auto fits = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == ':';
    };
    return std::ranges::all_of(host, fits) ? url.substr(0, slash) : std::string_view{};
}

/// The place-holders of a template, in braces; an unclosed one reaches to the end.
Status CheckPlaces(std::string_view url) {
    constexpr std::array<std::string_view, 3> kPlaces{"{z}", "{x}", "{y}"};
    for (const std::string_view place : kPlaces) {
        if (url.find(place) == std::string_view::npos)
            return Fail(Fault::kBadInput, "the tile URL has no {}", place);
    }
    for (size_t at = url.find('{'); at != std::string_view::npos; at = url.find('{', at + 1)) {
        const std::string_view place = url.substr(at, url.find('}', at) - at + 1);
        if (std::ranges::find(kPlaces, place) == kPlaces.end()) {
            return Fail(
                Fault::kBadInput,
                "the tile URL has {}; only {{z}}, {{x}} and {{y}} are filled in",
                Printable(place)
            );
        }
    }
    return {};
}

}  // namespace

Status CheckTiles(const MapTiles& tiles) {
    if (tiles.url.empty()) return {};
    if (OriginOf(tiles.url).empty()) {
        return Fail(
            Fault::kBadInput,
            "\"{}\" is no tile URL; expected https://HOST/{{z}}/{{x}}/{{y}}.png",
            Printable(tiles.url)
        );
    }
    return CheckPlaces(tiles.url);
}

std::string ContentPolicy(const MapTiles& tiles) {
    const std::string_view origin = OriginOf(tiles.url);
    return fmt::format(
        "default-src 'self'; img-src 'self' data:{}{}; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'",
        origin.empty() ? "" : " ",
        origin
    );
}

}  // namespace tilth::api
