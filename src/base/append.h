// Formatting onto the end of a string, for text that is built piece by piece.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>

namespace tilth {

namespace detail {
void AppendFormatted(std::string& out, fmt::string_view format, fmt::format_args args);
}  // namespace detail

/// Append(line, "{}={:.3f}", key, value). Use it in place of fmt::format_to, which makes the
/// compiler generate fmt's whole engine again in each file (1.6 s with g++ 12; fmt::format does
/// not).
template <class... Args>
void Append(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
    detail::AppendFormatted(out, format, fmt::make_format_args(args...));
}

}  // namespace tilth
