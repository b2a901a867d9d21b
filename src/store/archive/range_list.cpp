#include "store/archive/range_list.h"

#include <algorithm>
#include <thread>
#include <tuple>

namespace tilth::archive {
namespace {

constexpr auto kLookAgain = std::chrono::milliseconds{1};

}  // namespace

RangeList::RangeList(std::vector<ArchivedRange> ranges) : ranges_(std::move(ranges)) {
    for (const ArchivedRange& range : ranges_) {
        if (range.state != ArchiveState::kDeleted)
            ids_.push_back({range.lowest_id, range.highest_id, &range});
    }
    std::ranges::sort(ids_, {}, &Ids::lowest);
    for (size_t i = 1; i < ids_.size(); ++i)
        ids_[i].highest_so_far = std::max(ids_[i].highest_so_far, ids_[i - 1].highest_so_far);
}

const ArchivedRange* RangeList::EndingBehind(WriterId writer, Sequence sequence) const {
    const auto found = std::ranges::upper_bound(
        ranges_,
        std::tuple(Raw(writer), sequence),
        {},
        [](const ArchivedRange& range) { return std::tuple(Raw(range.writer), range.last); }
    );
    return found == ranges_.end() || found->writer != writer ? nullptr : &*found;
}

const ArchivedRange* RangeList::Containing(WriterId writer, Sequence sequence) const {
    if (sequence == 0) return nullptr;
    const ArchivedRange* range = EndingBehind(writer, sequence - 1);
    return range != nullptr && range->first <= sequence ? range : nullptr;
}

std::vector<const ArchivedRange*> RangeList::MayHaveId(std::string_view id) const {
    std::vector<const ArchivedRange*> found;
    auto at = std::ranges::upper_bound(ids_, id, {}, &Ids::lowest);
    while (at != ids_.begin() && (--at)->highest_so_far >= id) {
        if (at->range->highest_id >= id) found.push_back(at->range);
    }
    return found;
}

Result<RangeListPtr> RangeBook::Get() {
    RangeListPtr fresh = state_.With([this](const State& state) -> RangeListPtr {
        const bool is_old =
            most_age_ != Age{} && std::chrono::steady_clock::now() - state.read_at > most_age_;
        return is_old ? nullptr : state.current;
    });
    if (fresh) return fresh;
    return Refresh();
}

Result<RangeListPtr> RangeBook::Refresh() {
    const auto now = std::chrono::steady_clock::now();
    TILTH_TRY(std::vector<ArchivedRange> ranges, store_.Archived());
    return state_.With([&](State& state) {
        // What was asked for later is newer.
        if (state.current && state.read_at > now) return state.current;
        state.read_at = now;
        if (state.current && state.current->ranges() == ranges) return state.current;
        std::erase_if(state.older, [](const auto& list) { return list.expired(); });
        if (state.current) state.older.push_back(state.current);
        state.current = std::make_shared<const RangeList>(std::move(ranges));
        return state.current;
    });
}

void RangeBook::WaitForOldReaders() {
    while (state_.With([](State& state) {
        std::erase_if(state.older, [](const auto& list) { return list.expired(); });
        return !state.older.empty();
    })) {
        std::this_thread::sleep_for(kLookAgain);
    }
}

}  // namespace tilth::archive
