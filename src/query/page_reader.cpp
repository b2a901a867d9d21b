#include "query/page_reader.h"

#include <algorithm>

namespace tilth::query {
namespace {

constexpr size_t kPageRows = 16'384;
constexpr size_t kMostPageRows = 4 * kPageRows;
constexpr Duration kFirstWindow = std::chrono::days{1};
constexpr Duration kLeastWindow = std::chrono::milliseconds{1};
constexpr Duration kGreatestWindow = std::chrono::days{3660};

ObservationRequest Ask(const PageRequest& request, TimeRange range, size_t limit) {
    ObservationRequest ask;
    ask.datastream = request.datastream;
    ask.range = range;
    ask.flags = request.flags;
    ask.limit = limit;
    return ask;
}

}  // namespace

Result<std::optional<std::pair<Time, Time>>> ExtentOf(
    ProcessedStore& store, const PageRequest& request
) {
    std::optional<Time> first;
    std::optional<Time> last;
    ObservationRequest ask = Ask(request, request.range, 1);
    const auto take_into = [](std::optional<Time>& time) {
        return [&time](std::span<const Observation> rows) {
            if (!rows.empty()) time = rows.front().time;
            return false;
        };
    };
    TILTH_CHECK(store.ReadObservations(ask, take_into(first), request.generation));
    if (!first) return std::nullopt;
    ask.newest_first = true;
    TILTH_CHECK(store.ReadObservations(ask, take_into(last), request.generation));
    if (!last) return std::nullopt;
    return std::pair{*first, *last};
}

PageReader::PageReader(ProcessedStore& store, PageRequest request)
    : store_(store), request_(std::move(request)), window_(kFirstWindow) {}

Status PageReader::FindExtent() {
    started_ = true;
    TILTH_TRY(const auto extent, ExtentOf(store_, request_));
    if (!extent) {
        request_.range.to = request_.range.from;
        return {};
    }
    request_.range = {extent->first, extent->second + Duration{1}};
    return {};
}

Status PageReader::ReadWindow(TimeRange window, size_t limit) {
    page_.clear();
    return store_.ReadObservations(
        Ask(request_, window, limit),
        [this](std::span<const Observation> rows) {
            page_.insert(page_.end(), rows.begin(), rows.end());
            return true;
        },
        request_.generation
    );
}

void PageReader::Adapt() {
    const double factor = std::clamp(
        static_cast<double>(kPageRows) / static_cast<double>(std::max<size_t>(page_.size(), 1)),
        0.25,
        16.0
    );
    const auto next = static_cast<int64_t>(static_cast<double>(window_.count()) * factor);
    window_ = std::clamp(Duration{next}, kLeastWindow, kGreatestWindow);
}

Result<std::span<const Observation>> PageReader::Next() {
    if (!started_) TILTH_CHECK(FindExtent());
    TimeRange& left = request_.range;
    page_.clear();
    while (page_.empty() && !left.Empty() && request_.limit > 0) {
        const Time end = left.to - left.from <= window_ ? left.to : left.from + window_;
        TILTH_CHECK(ReadWindow({left.from, end}, kMostPageRows));
        // Counting rows have each a time of their own, so the next page can start right after the
        // last row.
        left.from = page_.size() < kMostPageRows ? end : page_.back().time + Duration{1};
        Adapt();
    }
    if (page_.size() > request_.limit) page_.resize(request_.limit);
    request_.limit -= page_.size();
    return std::span<const Observation>(page_);
}

}  // namespace tilth::query
