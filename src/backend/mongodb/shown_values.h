// The numbers of a JSON message, for people who look into the collection: what the original lab
// stored as `value`. Processing decodes from the payload and never looks at them.
#pragma once

#include <bson/bson.h>

#include <string_view>

namespace tilth::mongodb {

/// Adds `value`, the number that a JSON object has under that name; else `values`, a document of
/// all numbers at the object's top. Adds nothing for a payload of any other shape, for one over
/// kLargestShownPayload, and leaves out names that a server may refuse (empty, with "$", "." or
/// control characters, twice in one object).
void AppendShownValues(bson_t* document, std::string_view payload);

inline constexpr size_t kLargestShownPayload = 4096;

}  // namespace tilth::mongodb
