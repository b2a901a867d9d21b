#include "codec/topic_filter.h"

namespace tilth::codec {
namespace {

/// Takes the first level off `rest`; `more` tells whether another follows.
std::string_view TakeLevel(std::string_view& rest, bool& more) {
    const size_t slash = rest.find('/');
    more = slash != std::string_view::npos;
    const std::string_view level = rest.substr(0, slash);
    rest.remove_prefix(more ? slash + 1 : rest.size());
    return level;
}

}  // namespace

bool IsTopicFilter(std::string_view filter) {
    if (filter.empty() || filter.size() > 65535) return false;
    bool more = true;
    while (more) {
        const std::string_view level = TakeLevel(filter, more);
        const bool wild = level.find_first_of("+#") != std::string_view::npos;
        if (wild && level.size() != 1) return false;
        if (level == "#" && more) return false;
    }
    return true;
}

bool MatchesFilter(std::string_view filter, std::string_view topic) {
    if (!IsTopicFilter(filter)) return false;
    if (topic.starts_with('$') && (filter.front() == '+' || filter.front() == '#')) return false;
    bool filter_more = true;
    bool topic_more = true;
    while (filter_more && topic_more) {
        const std::string_view wanted = TakeLevel(filter, filter_more);
        if (wanted == "#") return true;
        const std::string_view level = TakeLevel(topic, topic_more);
        if (wanted != "+" && wanted != level) return false;
    }
    return filter_more ? filter == "#" : !topic_more;
}

std::string_view TopicLevel(std::string_view topic, int index) {
    bool more = true;
    for (int i = 0; more; ++i) {
        const std::string_view level = TakeLevel(topic, more);
        if (i == index) return level;
    }
    return {};
}

}  // namespace tilth::codec
