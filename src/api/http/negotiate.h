// In which format an answer goes out.
#pragma once

#include "query/export.h"

#include <optional>
#include <string>
#include <string_view>

namespace tilth::api {

/// By the parameter "format", else by the Accept header, else JSON. kBadInput for an unknown
/// parameter; a header that allows none of them is an error of which IsNotAcceptable is true.
Result<query::Format> ChooseFormat(
    const std::optional<std::string>& parameter, std::string_view accept
);

/// Whether this error is answered with 406.
bool IsNotAcceptable(const Error& error);

}  // namespace tilth::api
