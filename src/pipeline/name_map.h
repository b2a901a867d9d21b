// A map by names that is asked by views, without making a string of them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tilth::pipeline {

struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

template <class Value>
using NameMap = std::unordered_map<std::string, Value, NameHash, std::equal_to<>>;

}  // namespace tilth::pipeline
