#include "api/live/offers.h"

namespace tilth::live {
namespace {

constexpr size_t kMostRows = 100'000;

size_t RowsOf(const std::vector<OfferedSeries>& commit) {
    size_t rows = 0;
    for (const OfferedSeries& series : commit) rows += series.rows.size();
    return rows;
}

}  // namespace

void Offers::Add(ChangeToken token, std::span<const SeriesChange> changes) {
    std::vector<OfferedSeries> commit;
    commit.reserve(changes.size());
    for (const SeriesChange& change : changes) {
        OfferedSeries& series =
            commit.emplace_back(OfferedSeries{change.datastream, change.range, {}});
        for (const Observation& row : change.rows) {
            if (row.counts) series.rows.push_back(query::Point::Of(row));
        }
    }
    waiting_.With([&](Waiting& waiting) {
        waiting.rows += RowsOf(commit);
        waiting.commits[token] = std::move(commit);
        if (waiting.rows > kMostRows) waiting = {};
    });
}

std::optional<std::vector<OfferedSeries>> Offers::Take(ChangeToken token) {
    return waiting_.With([&](Waiting& waiting) -> std::optional<std::vector<OfferedSeries>> {
        const auto found = waiting.commits.find(token);
        if (found == waiting.commits.end()) return std::nullopt;
        std::vector<OfferedSeries> commit = std::move(found->second);
        waiting.rows -= RowsOf(commit);
        waiting.commits.erase(found);
        return commit;
    });
}

void Offers::DropUpTo(ChangeToken token) {
    waiting_.With([&](Waiting& waiting) {
        while (!waiting.commits.empty() && waiting.commits.begin()->first <= token) {
            waiting.rows -= RowsOf(waiting.commits.begin()->second);
            waiting.commits.erase(waiting.commits.begin());
        }
    });
}

void Offers::Clear() {
    waiting_.With([](Waiting& waiting) { waiting = {}; });
}

}  // namespace tilth::live
