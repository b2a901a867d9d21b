#include "pipeline/testing/memory_processed_store.h"

#include <algorithm>

namespace tilth::pipeline::testing {
namespace {

template <class Rows>
auto Between(Rows& rows, TimeRange range) {
    const auto from =
        std::ranges::lower_bound(rows, range.from, {}, [](const auto& row) { return row.time; });
    const auto to =
        std::ranges::lower_bound(rows, range.to, {}, [](const auto& row) { return row.time; });
    return std::pair(from, range.Empty() ? from : to);
}

const SeriesData& DataOf(const GenerationData& generation, DatastreamId id) {
    static const SeriesData kNothing;
    const auto found = generation.series.find(id);
    return found == generation.series.end() ? kNothing : *found->second;
}

std::vector<Checkpoint> LatestBefore(const SeriesData& series, Time time) {
    std::map<int, Checkpoint> latest;
    for (const Checkpoint& checkpoint : series.checkpoints) {
        if (checkpoint.time < time) latest[checkpoint.test] = checkpoint;
    }
    std::vector<Checkpoint> all;
    for (auto& [test, checkpoint] : latest) all.push_back(std::move(checkpoint));
    return all;
}

}  // namespace

class MemoryTransaction final : public ProcessTransaction {
  public:
    MemoryTransaction(MemoryProcessedStore& store, GenerationId id)
        : store_(store), id_(id), data_(*store.data_.at(id)) {}

    Result<std::vector<uint64_t>> Lock(std::span<const DatastreamId> datastreams) override {
        locked_.assign(datastreams.begin(), datastreams.end());
        return std::vector<uint64_t>(datastreams.size(), 0);
    }

    Result<std::vector<Observation>> ReadSegment(DatastreamId id, TimeRange range, size_t before)
        override {
        TILTH_CHECK(Locked(id));
        const auto& rows = DataOf(data_, id).rows;
        const auto [from, to] = Between(rows, range);
        auto start = from;
        std::vector<Observation> ahead;
        while (start != rows.begin() && before > 0) {
            --start;
            if (!start->counts) continue;
            ahead.push_back(*start);
            --before;
        }
        std::ranges::reverse(ahead);
        ahead.insert(ahead.end(), from, to);
        return ahead;
    }
    Result<std::optional<Time>> LastTime(DatastreamId id) override {
        TILTH_CHECK(Locked(id));
        const auto& rows = DataOf(data_, id).rows;
        return rows.empty() ? std::nullopt : std::optional(rows.back().time);
    }
    Result<std::vector<Rollup>> ReadRollups(DatastreamId, RollupLevel, TimeRange) override {
        return Fail(Fault::kRefused, "nobody reads roll-ups in a transaction");
    }
    Result<std::vector<Checkpoint>> CheckpointsBefore(DatastreamId id, Time time) override {
        TILTH_CHECK(Locked(id));
        return LatestBefore(DataOf(data_, id), time);
    }
    Result<std::vector<Checkpoint>> CheckpointsFrom(DatastreamId id, Time time) override {
        TILTH_CHECK(Locked(id));
        const auto& all = DataOf(data_, id).checkpoints;
        const auto [from, to] = Between(all, {time, Time::max()});
        return std::vector<Checkpoint>(from, to);
    }

    Status Write(std::span<const SeriesChange> changes) override {
        for (const SeriesChange& change : changes) {
            TILTH_CHECK(Locked(change.datastream));
            std::vector<Observation>& rows = Change(change.datastream).rows;
            const auto [from, to] = Between(rows, change.range);
            const auto is_final = [](const Observation& row) { return !row.provisional; };
            if (change.tail_only && std::any_of(from, to, is_final)) {
                const auto final_row = std::find_if(from, to, is_final);
                return Fail(
                    Fault::kBadInput,
                    "{}: tail_only from {} to {}, but the final row of {} is replaced",
                    data_.datastreams.contains(change.datastream)
                        ? data_.datastreams.at(change.datastream).name
                        : "?",
                    FormatRfc3339(change.range.from),
                    FormatRfc3339(change.range.to),
                    FormatRfc3339(final_row->time)
                );
            }
            const auto is_outside = [&](const Observation& row) {
                return !change.range.Contains(row.time);
            };
            if (std::ranges::any_of(change.rows, is_outside))
                return Fail(Fault::kBadInput, "a row outside its range");
            const auto at = rows.erase(from, to);
            rows.insert(at, change.rows.begin(), change.rows.end());
            if (!std::ranges::is_sorted(rows, {}, &Observation::time))
                return Fail(Fault::kBadInput, "rows out of order");
        }
        return {};
    }
    Status Write(std::span<const RollupChange> changes) override {
        for (const RollupChange& change : changes) {
            auto& rollups = Change(change.datastream).rollups;
            rollups.erase(
                rollups.lower_bound({change.level, change.range.from}),
                rollups.lower_bound({change.level, change.range.to})
            );
            for (const Rollup& row : change.rows) {
                if (!change.range.Contains(row.start))
                    return Fail(Fault::kBadInput, "a roll-up outside its range");
                if (!rollups.emplace(std::pair(change.level, row.start), row).second) {
                    return Fail(Fault::kBadInput, "two roll-ups of one bucket");
                }
            }
        }
        return {};
    }
    Status Write(std::span<const CheckpointChange> changes) override {
        for (const CheckpointChange& change : changes) {
            auto& all = Change(change.datastream).checkpoints;
            all.erase(Between(all, {change.from, Time::max()}).first, all.end());
            all.insert(all.end(), change.rows.begin(), change.rows.end());
            if (!std::ranges::is_sorted(all, {}, &Checkpoint::time))
                return Fail(Fault::kBadInput, "checkpoints out of order");
        }
        return {};
    }
    Status AddDirty(std::span<const DirtyRange> ranges) override {
        for (const DirtyRange& range : ranges) {
            auto [known, is_new] = data_.dirty.emplace(range.datastream, range);
            known->second.version += 1;
            if (is_new) continue;
            known->second.range.from = std::min(known->second.range.from, range.range.from);
            known->second.range.to = std::max(known->second.range.to, range.range.to);
        }
        return {};
    }
    Status RemoveDirty(std::span<const DirtyRange> ranges) override {
        for (const DirtyRange& range : ranges) {
            const auto known = data_.dirty.find(range.datastream);
            if (known != data_.dirty.end() && known->second.version == range.version)
                data_.dirty.erase(known);
        }
        return {};
    }
    Status AddDeadLetters(std::span<const DeadLetter> letters) override {
        data_.dead_letters.insert(data_.dead_letters.end(), letters.begin(), letters.end());
        return {};
    }
    Status AddManualFlags(std::span<const ManualFlag> flags) override {
        data_.manual_flags.insert(data_.manual_flags.end(), flags.begin(), flags.end());
        return {};
    }
    Status Register(std::span<const Thing> things, std::span<const Datastream> datastreams)
        override {
        for (const Thing& thing : things) data_.things.insert_or_assign(thing.name, thing);
        for (const Datastream& datastream : datastreams)
            data_.datastreams.insert_or_assign(datastream.id, datastream);
        return {};
    }
    Status MoveCursors(std::span<const CursorMove> moves) override {
        for (const CursorMove& move : moves) {
            auto& cursors =
                data_.cursors.try_emplace(move.writer, kPartitions, Sequence{0}).first->second;
            for (size_t partition = 0; partition < kPartitions; ++partition) {
                if (!move.partitions[partition]) continue;
                if (cursors[partition] != move.expected)
                    return Fail(Fault::kConflict, "the cursor has moved");
                cursors[partition] = move.next;
            }
        }
        return {};
    }

    Result<ChangeToken> Commit() override {
        const std::scoped_lock lock(store_.mutex_);
        store_.data_.at(id_) = std::make_shared<const GenerationData>(std::move(data_));
        return ChangeToken{++store_.token_};
    }

  private:
    Status Locked(DatastreamId id) const {
        if (std::ranges::find(locked_, id) != locked_.end()) return {};
        return Fail(Fault::kBadInput, "datastream {} is used and was not locked", Raw(id));
    }
    /// The first change of a series in this transaction copies it.
    SeriesData& Change(DatastreamId id) {
        std::shared_ptr<SeriesData>& mine = changed_[id];
        if (mine == nullptr) {
            mine = std::make_shared<SeriesData>(DataOf(data_, id));
            data_.series[id] = mine;
        }
        return *mine;
    }

    MemoryProcessedStore& store_;
    const GenerationId id_;
    GenerationData data_;
    std::map<DatastreamId, std::shared_ptr<SeriesData>> changed_;
    std::vector<DatastreamId> locked_;
};

std::shared_ptr<const GenerationData> MemoryProcessedStore::Seen(
    std::optional<GenerationId> generation
) {
    static const auto kNothing = std::make_shared<const GenerationData>();
    const std::scoped_lock lock(mutex_);
    if (!generation) {
        const auto active = std::ranges::find(list_, GenerationState::kActive, &Generation::state);
        if (active == list_.end()) return kNothing;
        generation = active->id;
    }
    const auto found = data_.find(*generation);
    return found == data_.end() ? kNothing : found->second;
}

Result<std::vector<Generation>> MemoryProcessedStore::Generations() {
    const std::scoped_lock lock(mutex_);
    return list_;
}

Result<GenerationId> MemoryProcessedStore::CreateGeneration(
    ConfigVersion config, std::string_view reason, Time now
) {
    const std::scoped_lock lock(mutex_);
    const GenerationId id{++last_id_};
    list_.push_back({id, config, GenerationState::kBuilding, now, std::string(reason)});
    data_[id] = std::make_shared<const GenerationData>();
    return id;
}

Status MemoryProcessedStore::ActivateGeneration(GenerationId id) {
    const std::scoped_lock lock(mutex_);
    const auto next = std::ranges::find(list_, id, &Generation::id);
    if (next == list_.end() || next->state != GenerationState::kBuilding) {
        return Fail(Fault::kConflict, "generation {} is not being built", Raw(id));
    }
    for (Generation& generation : list_) {
        if (generation.state == GenerationState::kActive)
            generation.state = GenerationState::kRetired;
    }
    next->state = GenerationState::kActive;
    return {};
}

Status MemoryProcessedStore::DropGeneration(GenerationId id) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(list_, [id](const Generation& generation) { return generation.id == id; });
    data_.erase(id);
    return {};
}

Result<std::unique_ptr<ProcessTransaction>>
MemoryProcessedStore::Begin(GenerationId generation, const Lease&) {
    const std::scoped_lock lock(mutex_);
    if (!data_.contains(generation))
        return Fail(Fault::kNotFound, "there is no generation {}", Raw(generation));
    return std::make_unique<MemoryTransaction>(*this, generation);
}

Result<std::map<WriterId, std::vector<Sequence>>> MemoryProcessedStore::Cursors(
    GenerationId generation
) {
    return Seen(generation)->cursors;
}

Result<std::vector<DirtyRange>>
MemoryProcessedStore::DirtyRanges(GenerationId generation, const PartitionSet&) {
    std::vector<DirtyRange> ranges;
    for (const auto& [id, range] : Seen(generation)->dirty) ranges.push_back(range);
    return ranges;
}

Result<std::vector<Thing>> MemoryProcessedStore::Things(std::optional<GenerationId> generation) {
    std::vector<Thing> things;
    for (const auto& [name, thing] : Seen(generation)->things) things.push_back(thing);
    return things;
}

Result<std::vector<Datastream>> MemoryProcessedStore::Datastreams(
    std::optional<GenerationId> generation
) {
    std::vector<Datastream> datastreams;
    for (const auto& [id, datastream] : Seen(generation)->datastreams)
        datastreams.push_back(datastream);
    return datastreams;
}

Result<std::vector<ManualFlag>> MemoryProcessedStore::ManualFlags(
    std::optional<GenerationId> generation
) {
    return Seen(generation)->manual_flags;
}

Status MemoryProcessedStore::ReadObservations(
    const ObservationRequest& request,
    const ObservationVisitor& visit,
    std::optional<GenerationId> generation
) {
    const auto data = Seen(generation);
    const auto& all = DataOf(*data, request.datastream).rows;
    const auto [from, to] = Between(all, request.range);
    std::vector<Observation> rows(from, to);
    std::erase_if(rows, [&](const Observation& row) {
        const bool is_wanted = request.flags.empty() ||
                               std::ranges::find(request.flags, row.flag) != request.flags.end();
        return !is_wanted || (request.counting_only && !row.counts);
    });
    if (request.newest_first) std::ranges::reverse(rows);
    if (rows.size() > request.limit) rows.resize(request.limit);
    visit(rows);
    return {};
}

Result<std::vector<Rollup>> MemoryProcessedStore::Rollups(
    DatastreamId datastream,
    RollupLevel level,
    TimeRange range,
    std::optional<GenerationId> generation
) {
    const auto data = Seen(generation);
    std::vector<Rollup> rollups;
    for (const auto& [key, rollup] : DataOf(*data, datastream).rollups) {
        if (key.first == level && range.Contains(key.second)) rollups.push_back(rollup);
    }
    return rollups;
}

Result<std::vector<Checkpoint>> MemoryProcessedStore::CheckpointsBefore(
    DatastreamId datastream, Time time, std::optional<GenerationId> generation
) {
    return LatestBefore(DataOf(*Seen(generation), datastream), time);
}

Result<std::map<DatastreamId, Observation>> MemoryProcessedStore::Latest(
    std::span<const DatastreamId> datastreams, std::optional<GenerationId> generation
) {
    const auto data = Seen(generation);
    std::map<DatastreamId, Observation> latest;
    for (const DatastreamId id : datastreams) {
        for (const Observation& row : DataOf(*data, id).rows) {
            if (row.counts) latest[id] = row;
        }
    }
    return latest;
}

Result<std::vector<DeadLetter>> MemoryProcessedStore::DeadLetters(size_t limit, size_t offset) {
    std::vector<DeadLetter> letters = Seen({})->dead_letters;
    std::ranges::reverse(letters);
    letters.erase(
        letters.begin(),
        letters.begin() + static_cast<std::ptrdiff_t>(std::min(offset, letters.size()))
    );
    if (letters.size() > limit) letters.resize(limit);
    return letters;
}

Result<std::map<std::string, uint64_t>> MemoryProcessedStore::DeadLetterCounts() {
    std::map<std::string, uint64_t> counts;
    for (const DeadLetter& letter : Seen({})->dead_letters) ++counts[letter.code];
    return counts;
}

}  // namespace tilth::pipeline::testing
