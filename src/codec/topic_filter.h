// MQTT topic filters.
#pragma once

#include <string_view>

namespace tilth::codec {

/// True when `topic` matches `filter`, by MQTT 5 section 4.7: `+` stands for one level, a `#` at
/// the end for the level before it and everything below; neither matches a topic that starts with
/// `$` at the first level. A filter with misplaced wildcards matches nothing. Does not allocate.
bool MatchesFilter(std::string_view filter, std::string_view topic);

/// True when `filter` is well formed: not empty, `+` and `#` alone in their levels, `#` only last.
bool IsTopicFilter(std::string_view filter);

/// Level `index` of a topic, 0 the first; empty when there are fewer.
std::string_view TopicLevel(std::string_view topic, int index);

}  // namespace tilth::codec
