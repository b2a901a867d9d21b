#include "query/page_reader.h"

#include <algorithm>
#include <array>

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
    ProcessedStore& store, DatastreamId datastream, TimeRange range, GenerationId generation
) {
    const std::array one{datastream};
    TILTH_TRY(const auto latest, store.Latest(one, generation));
    if (latest.empty() || latest.begin()->second.time < range.from) return std::nullopt;
    const Time last = std::min(latest.begin()->second.time, range.to - Duration{1});
    // A day is in the roll-ups once a later reading has come; before, it is that of the latest.
    TimeRange days = range;
    if (days.from != Time::min()) days.from = FloorDay(days.from);
    TILTH_TRY(const auto rollups, store.Rollups(datastream, RollupLevel::kDay, days, generation));
    const Time first_day = rollups.empty() ? FloorDay(last) : rollups.front().start;
    ObservationRequest ask;
    ask.datastream = datastream;
    ask.range = {std::max(range.from, first_day), range.to};
    ask.limit = 1;
    // A query for the first of a day is cheap, for the first of all that follows it is not.
    ask.range.to = std::min(range.to, first_day + Length(RollupLevel::kDay));
    std::optional<Time> first;
    const auto take = [&](std::span<const Observation> rows) {
        if (!rows.empty()) first = rows.front().time;
        return false;
    };
    TILTH_CHECK(store.ReadObservations(ask, take, generation));
    const Time from = first.value_or(ask.range.to);
    if (from > last) return std::nullopt;
    return std::pair{from, last};
}

PageReader::PageReader(ProcessedStore& store, PageRequest request)
    : store_(store), request_(std::move(request)), window_(kFirstWindow) {}

Status PageReader::FindExtent() {
    started_ = true;
    TILTH_TRY(
        const auto extent,
        ExtentOf(store_, request_.datastream, request_.range, request_.generation)
    );
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
