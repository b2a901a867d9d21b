#include "qc/manual_timeline.h"

#include <algorithm>
#include <set>

namespace tilth::qc {
namespace {

struct Edge {
    Time at{};
    uint32_t number = 0;
    bool begins = false;
};

std::vector<Edge> EdgesOf(std::span<const ManualFlag> flags) {
    std::vector<Edge> edges;
    for (size_t i = 0; i < flags.size(); ++i) {
        if (flags[i].range.Empty()) continue;
        const auto number = static_cast<uint32_t>(i + 1);
        edges.push_back({flags[i].range.from, number, true});
        edges.push_back({flags[i].range.to, number, false});
    }
    std::ranges::sort(edges, {}, &Edge::at);
    return edges;
}

}  // namespace

void ManualTimeline::Build(std::span<const ManualFlag> flags) {
    flags_ = flags;
    steps_.clear();
    if (flags.empty()) return;
    const std::vector<Edge> edges = EdgesOf(flags);
    std::set<uint32_t> open;
    for (size_t i = 0; i < edges.size();) {
        const Time at = edges[i].at;
        for (; i < edges.size() && edges[i].at == at; ++i) {
            if (edges[i].begins) {
                open.insert(edges[i].number);
            } else {
                open.erase(edges[i].number);
            }
        }
        const uint32_t last = open.empty() ? 0 : *open.rbegin();
        steps_.push_back({at, last != 0 && flags[last - 1].withdraw ? 0 : last});
    }
}

uint32_t ManualTimeline::At(Time time) const {
    const auto next = std::ranges::upper_bound(steps_, time, {}, &Step::from);
    return next == steps_.begin() ? 0 : std::prev(next)->number;
}

}  // namespace tilth::qc
