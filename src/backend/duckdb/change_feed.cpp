#include "backend/duckdb/change_feed.h"

#include <algorithm>
#include <unordered_map>

namespace tilth::duckdb {
namespace {

constexpr size_t kEntries = 65'536;

}  // namespace

void ChangeFeed::Publish(ChangeToken token, std::vector<SeriesChanged> series) {
    const std::scoped_lock lock(mutex_);
    for (const SeriesChanged& change : series) entries_.push_back({token, change});
    newest_ = token;
    while (entries_.size() > kEntries) {
        floor_ = entries_.front().token;
        while (!entries_.empty() && entries_.front().token == floor_) entries_.pop_front();
    }
}

void ChangeFeed::Reset(ChangeToken token) {
    const std::scoped_lock lock(mutex_);
    entries_.clear();
    floor_ = token;
    newest_ = token;
}

Changes ChangeFeed::After(ChangeToken token, size_t limit) const {
    const std::scoped_lock lock(mutex_);
    Changes changes;
    changes.next = newest_;
    if (token < floor_ || token > newest_) {
        changes.reset = true;
        return changes;
    }
    std::unordered_map<int64_t, size_t> place;
    const auto first = std::ranges::upper_bound(entries_, token, {}, &Entry::token);
    for (auto entry = first; entry != entries_.end(); ++entry) {
        const bool next_commit = entry != first && entry->token != std::prev(entry)->token;
        if (next_commit && changes.series.size() >= limit) {
            changes.next = std::prev(entry)->token;
            break;
        }
        const auto [at, is_new] =
            place.try_emplace(Raw(entry->change.datastream), changes.series.size());
        if (is_new) {
            changes.series.push_back(entry->change);
            continue;
        }
        TimeRange& range = changes.series[at->second].range;
        range.from = std::min(range.from, entry->change.range.from);
        range.to = std::max(range.to, entry->change.range.to);
    }
    return changes;
}

ChangeToken ChangeFeed::Newest() const {
    const std::scoped_lock lock(mutex_);
    return newest_;
}

}  // namespace tilth::duckdb
