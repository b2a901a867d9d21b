#include "base/append.h"

#include <iterator>

namespace tilth {

void detail::AppendFormatted(std::string& out, fmt::string_view format, fmt::format_args args) {
    fmt::vformat_to(std::back_inserter(out), format, args);
}

}  // namespace tilth
