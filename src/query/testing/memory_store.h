// A processed store in memory, for tests of what reads one: rows are put in directly, nothing is
// processed.
#pragma once

#include "base/guarded.h"
#include "model/statistics.h"
#include "store/processed_store.h"

#include <algorithm>
#include <cmath>

namespace tilth::query::testing {

/// Thread-safe. Writing by transactions, leases and SQL are refused.
class MemoryStore : public ProcessedStore {
  public:
    // --- what a test puts in

    void AddThing(Thing thing) {
        data_.With([&](Data& data) { data.things.push_back(std::move(thing)); });
    }

    /// Names and numbers the datastream; returns it.
    Datastream AddDatastream(Datastream datastream) {
        datastream.name =
            NameOf(datastream.thing, datastream.property, datastream.depth, datastream.label);
        datastream.id = IdOf(datastream.name);
        data_.With([&](Data& data) { data.datastreams.push_back(datastream); });
        return datastream;
    }

    /// Adds rows in any order, one commit; roll-ups of closed hours and days are made anew.
    void AddRows(DatastreamId id, std::vector<Observation> rows) {
        data_.With([&](Data& data) {
            if (rows.empty()) return;
            const auto [first, last] = std::minmax_element(rows.begin(), rows.end(), Earlier);
            data.changes.push_back({++data.token, {id, {first->time, last->time + Duration{1}}}});
            std::vector<Observation>& all = data.rows[id];
            all.insert(all.end(), rows.begin(), rows.end());
            std::stable_sort(all.begin(), all.end(), Earlier);
            for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
                data.rollups[{id, level}] = RollUp(all, level);
            }
        });
    }

    void AddDeadLetter(DeadLetter letter) {
        data_.With([&](Data& data) {
            data.dead_letters.insert(data.dead_letters.begin(), std::move(letter));
        });
    }

    /// Tokens below this one are too old from now on.
    void ForgetChangesBefore(ChangeToken token) {
        data_.With([&](Data& data) { data.oldest = Raw(token); });
    }

    /// Rows that were read so far, so that a test can tell whether roll-ups were used.
    size_t RowsRead() const {
        return data_.With([](const Data& data) { return data.rows_read; });
    }

    /// From now on every read fails so.
    void FailWith(Error error) {
        data_.With([&](Data& data) { data.failure = std::move(error); });
    }

    /// Reads succeed again.
    void Recover() {
        data_.With([](Data& data) { data.failure.reset(); });
    }

    // --- the contract

    Status BindLab(std::string_view) override { return {}; }
    Result<std::vector<Generation>> Generations() override {
        return std::vector{Generation{
            GenerationId{1}, ConfigVersion{1}, GenerationState::kActive, Time{}, "config 1"}};
    }
    Result<GenerationId> CreateGeneration(ConfigVersion, std::string_view, Time) override {
        return Refuse();
    }
    Status ActivateGeneration(GenerationId) override { return Refuse(); }
    Status DropGeneration(GenerationId) override { return Refuse(); }
    Result<Lease> AcquireLease(std::string_view, Duration) override { return Refuse(); }
    Status RenewLease(const Lease&, Duration) override { return Refuse(); }
    Status ReleaseLease(const Lease&) override { return Refuse(); }
    Result<std::unique_ptr<ProcessTransaction>> Begin(GenerationId, const Lease&) override {
        return Refuse();
    }
    Result<std::map<WriterId, std::vector<Sequence>>> Cursors(GenerationId) override {
        return Refuse();
    }
    Result<std::vector<DirtyRange>> DirtyRanges(GenerationId, const PartitionSet&) override {
        return Refuse();
    }

    Result<std::vector<Thing>> Things(std::optional<GenerationId>) override {
        return Read([](Data& data) { return data.things; });
    }
    Result<std::vector<Datastream>> Datastreams(std::optional<GenerationId>) override {
        return Read([](Data& data) { return data.datastreams; });
    }
    Result<std::vector<ManualFlag>> ManualFlags(std::optional<GenerationId>) override {
        return Read([](Data& data) { return data.manual_flags; });
    }

    Status
    ReadObservations(const ObservationRequest& request, const ObservationVisitor& visit, std::optional<GenerationId>)
        override {
        TILTH_TRY(const std::vector<Observation> rows, Read([&](Data& data) {
                      return Choose(data, request);
                  }));
        constexpr size_t kSpan = 1000;
        for (size_t at = 0; at < rows.size(); at += kSpan) {
            if (!visit(std::span(rows).subspan(at, std::min(kSpan, rows.size() - at)))) break;
        }
        return {};
    }

    Result<std::vector<Rollup>>
    Rollups(DatastreamId datastream, RollupLevel level, TimeRange range, std::optional<GenerationId>)
        override {
        return Read([&](Data& data) {
            std::vector<Rollup> chosen;
            for (const Rollup& rollup : data.rollups[{datastream, level}]) {
                if (range.Contains(rollup.start)) chosen.push_back(rollup);
            }
            return chosen;
        });
    }

    Result<std::map<DatastreamId, Observation>>
    Latest(std::span<const DatastreamId> datastreams, std::optional<GenerationId>) override {
        return Read([&](Data& data) {
            std::map<DatastreamId, Observation> latest;
            for (const DatastreamId id : datastreams) {
                if (!data.rows[id].empty()) latest[id] = data.rows[id].back();
            }
            return latest;
        });
    }

    Result<std::vector<Checkpoint>>
    CheckpointsBefore(DatastreamId, Time, std::optional<GenerationId>) override {
        return std::vector<Checkpoint>{};
    }
    Result<std::vector<DeadLetter>> DeadLetters(size_t limit, size_t offset) override {
        return Read([&](Data& data) {
            const auto& all = data.dead_letters;
            const auto from =
                all.begin() + static_cast<std::ptrdiff_t>(std::min(offset, all.size()));
            const auto count = std::min(limit, static_cast<size_t>(all.end() - from));
            return std::vector<DeadLetter>(from, from + static_cast<std::ptrdiff_t>(count));
        });
    }
    Result<std::map<std::string, uint64_t>> DeadLetterCounts() override {
        return Read([](Data& data) {
            std::map<std::string, uint64_t> counts;
            for (const DeadLetter& letter : data.dead_letters) ++counts[letter.code];
            return counts;
        });
    }

    Result<Changes> ChangesAfter(ChangeToken token, size_t limit) override {
        return Read([&](Data& data) {
            Changes changes{
                .series = {}, .next = ChangeToken{data.token}, .reset = Raw(token) < data.oldest};
            if (changes.reset) return changes;
            for (const auto& [at, change] : data.changes) {
                if (at <= Raw(token)) continue;
                changes.series.push_back(change);
                changes.next = ChangeToken{at};
                if (changes.series.size() == limit) break;
            }
            return changes;
        });
    }
    Result<ChangeToken> LatestToken() override {
        return Read([](Data& data) { return ChangeToken{data.token}; });
    }
    Result<SqlTable> Sql(std::string_view, const SqlLimits&) override { return Refuse(); }
    Result<ProcessedStatistics> Statistics() override { return ProcessedStatistics{}; }
    Result<std::vector<std::string>> CheckIntegrity() override {
        return std::vector<std::string>{};
    }

  private:
    struct Data {
        std::vector<Thing> things;
        std::vector<Datastream> datastreams;
        std::vector<ManualFlag> manual_flags;
        std::map<DatastreamId, std::vector<Observation>> rows;
        std::map<std::pair<DatastreamId, RollupLevel>, std::vector<Rollup>> rollups;
        std::vector<DeadLetter> dead_letters;
        std::vector<std::pair<uint64_t, SeriesChanged>> changes;
        uint64_t token = 0;
        uint64_t oldest = 0;
        size_t rows_read = 0;
        std::optional<Error> failure;
    };

    static std::unexpected<Error> Refuse() {
        return Fail(Fault::kRefused, "the store in memory only reads");
    }
    static bool Earlier(const Observation& a, const Observation& b) { return a.time < b.time; }

    template <class F>
    auto Read(F f) -> Result<std::invoke_result_t<F, Data&>> {
        return data_.With([&](Data& data) -> Result<std::invoke_result_t<F, Data&>> {
            if (data.failure) return std::unexpected(*data.failure);
            return f(data);
        });
    }

    static std::vector<Observation> Choose(Data& data, const ObservationRequest& request) {
        std::vector<Observation> chosen;
        const auto wanted = [&](const Observation& row) {
            if (!request.range.Contains(row.time) || (request.counting_only && !row.counts))
                return false;
            return request.flags.empty() ||
                   std::find(request.flags.begin(), request.flags.end(), row.flag) !=
                       request.flags.end();
        };
        const std::vector<Observation>& rows = data.rows[request.datastream];
        const auto take = [&](const Observation& row) {
            if (chosen.size() < request.limit && wanted(row)) chosen.push_back(row);
        };
        if (request.newest_first) {
            std::for_each(rows.rbegin(), rows.rend(), take);
        } else {
            std::for_each(rows.begin(), rows.end(), take);
        }
        data.rows_read += chosen.size();
        return chosen;
    }

    static std::vector<Rollup> RollUp(const std::vector<Observation>& rows, RollupLevel level) {
        std::vector<Rollup> rollups;
        const auto bucket = [&](const Observation& row) {
            return level == RollupLevel::kDay ? FloorDay(row.time) : FloorHour(row.time);
        };
        for (size_t first = 0; first < rows.size();) {
            size_t last = first;
            while (last < rows.size() && bucket(rows[last]) == bucket(rows[first])) ++last;
            if (last < rows.size())
                rollups.push_back(
                    Of(bucket(rows[first]), std::span(rows).subspan(first, last - first))
                );
            first = last;
        }
        return rollups;
    }

    static Rollup Of(Time start, std::span<const Observation> rows) {
        Rollup rollup;
        rollup.start = start;
        std::vector<double> values;
        for (const Observation& row : rows) {
            ++rollup.count;
            if (row.flag <= QualityFlag::kNotEvaluated) values.push_back(row.value);
        }
        rollup.good_count = static_cast<uint32_t>(values.size());
        if (values.empty()) return rollup;
        rollup.first = values.front();
        rollup.last = values.back();
        rollup.mean = MomentsOf(values).mean;
        rollup.sd = MomentsOf(values).sd;
        rollup.min = *std::min_element(values.begin(), values.end());
        rollup.max = *std::max_element(values.begin(), values.end());
        rollup.p10 = QuantileOf(values, 0.1);
        rollup.p50 = QuantileOf(values, 0.5);
        rollup.p90 = QuantileOf(values, 0.9);
        return rollup;
    }

    Guarded<Data> data_;
};

/// A good reading.
inline Observation Row(
    Time time, double value, QualityFlag flag = QualityFlag::kGood, TestSet objected = {}
) {
    Observation row;
    row.time = time;
    row.value = value;
    row.raw_value = value * 10;
    row.flag = flag;
    row.objected = objected;
    return row;
}

}  // namespace tilth::query::testing
