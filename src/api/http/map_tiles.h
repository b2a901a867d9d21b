// Map tiles of an OSM-style server under the dashboard's map: the one thing that the page may fetch
// from elsewhere, and only where the lab's configuration names it.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace tilth::api {

struct MapTiles {
    std::string url;  ///< With {z}, {x} and {y}, for example https://tiles.example/{z}/{x}/{y}.png;
                      ///< empty: the map is drawn without tiles.
    std::string attribution;  ///< Shown on the map; what the server's licence asks for.
};

/// kBadInput names what is wrong: not http(s), a place-holder is missing or unknown, a host that is
/// none.
Status CheckTiles(const MapTiles& tiles);

/// The Content-Security-Policy of every page: nothing from elsewhere, nothing inline, but images of
/// the tiles' host. `tiles` has passed CheckTiles.
std::string ContentPolicy(const MapTiles& tiles);

}  // namespace tilth::api
