// The API as OpenAPI 3.1, written by hand in openapi.json; a test holds it against the table of
// routes.
#pragma once

#include <string>
#include <string_view>

namespace tilth::api {

/// JSON.
std::string_view OpenApiDocument();

/// The same as a page for people, without scripts. Made from the document.
std::string OpenApiPage();
/// Its style sheet, apart, since pages hold nothing inline.
std::string_view OpenApiPageStyle();

}  // namespace tilth::api
