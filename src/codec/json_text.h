// Writing JSON text for headers that Tilth reads itself.
#pragma once

#include <string>
#include <string_view>

namespace tilth::codec {

/// Appends `text` as a JSON string with its quotes. Text that is not UTF-8 is made printable first
/// (base/text.h).
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace tilth::codec
