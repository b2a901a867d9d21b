#include "pipeline/difference.h"

#include <bit>
#include <set>

namespace tilth::pipeline {
namespace {

constexpr size_t kPage = 50'000;

/// The counting rows of a datastream in time order, a page at a time.
class Rows {
  public:
    Rows(const Results& results, DatastreamId datastream, const DifferenceScope& scope)
        : results_(results), scope_(scope) {
        request_.datastream = datastream;
        request_.range = scope.range;
        request_.limit = kPage;
    }

    /// The next one; null at the end.
    Result<const Observation*> Next() {
        for (;;) {
            if (at_ == page_.size()) {
                if (is_last_) return nullptr;
                TILTH_CHECK(Read());
                continue;
            }
            const Observation& row = page_[at_++];
            const auto upto = scope_.upto.find(row.raw.writer);
            if (upto == scope_.upto.end() || row.raw.sequence <= upto->second) return &row;
        }
    }

  private:
    Status Read() {
        page_.clear();
        at_ = 0;
        const auto visit = [this](std::span<const Observation> rows) {
            page_.insert(page_.end(), rows.begin(), rows.end());
            return true;
        };
        TILTH_CHECK(results_.store.ReadObservations(request_, visit, results_.generation));
        is_last_ = page_.size() < kPage;
        if (!page_.empty()) request_.range.from = page_.back().time + Duration{1};
        return {};
    }

    const Results& results_;
    const DifferenceScope& scope_;
    ObservationRequest request_;
    std::vector<Observation> page_;
    size_t at_ = 0;
    bool is_last_ = false;
};

bool SameNumber(double a, double b) {
    return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

bool Same(const Observation& a, const Observation& b) {
    if (!SameNumber(a.value, b.value) || !SameNumber(a.raw_value, b.raw_value)) return false;
    if (a.provisional || b.provisional) return true;
    return a.flag == b.flag && a.objected == b.objected;
}

/// Adds what differs in one datastream.
Status Compare(Rows now, Rows next, const std::function<bool()>& go_on, Difference& difference) {
    TILTH_TRY(const Observation* a, now.Next());
    TILTH_TRY(const Observation* b, next.Next());
    for (uint64_t row = 1; a != nullptr || b != nullptr; ++row) {
        if (row % kPage == 0 && !go_on())
            return Fail(Fault::kUnavailable, "stopped before it was done");
        const bool only_now = b == nullptr || (a != nullptr && a->time < b->time);
        const bool only_next = a == nullptr || (b != nullptr && b->time < a->time);
        difference.removed += only_now ? 1 : 0;
        difference.added += only_next ? 1 : 0;
        if (!only_now && !only_next && !Same(*a, *b)) ++difference.changed;
        if (!only_next) {
            TILTH_TRY(a, now.Next());
        }
        if (!only_now) {
            TILTH_TRY(b, next.Next());
        }
    }
    return {};
}

}  // namespace

Result<Difference> FindDifference(
    const Results& now,
    const Results& next,
    const DifferenceScope& scope,
    const std::function<bool()>& go_on
) {
    std::set<DatastreamId> ids;
    for (const Results& side : {now, next}) {
        TILTH_TRY(
            const std::vector<Datastream> datastreams, side.store.Datastreams(side.generation)
        );
        for (const Datastream& datastream : datastreams) {
            if (scope.thing.empty() || datastream.thing == scope.thing) ids.insert(datastream.id);
        }
    }
    Difference difference;
    for (const DatastreamId id : ids) {
        if (!go_on()) return Fail(Fault::kUnavailable, "stopped before it was done");
        const uint64_t before = difference.Readings();
        TILTH_CHECK(Compare(Rows(now, id, scope), Rows(next, id, scope), go_on, difference));
        if (difference.Readings() != before) ++difference.datastreams;
    }
    return difference;
}

}  // namespace tilth::pipeline
