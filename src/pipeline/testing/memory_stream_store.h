// A stream store in memory, for tests: records are put at any writer, sequence and time of arrival.
#pragma once

#include "store/stream_store.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace tilth::pipeline::testing {

/// Thread-safe.
class MemoryStreamStore : public StreamStore {
  public:
    std::string LabId() const override { return "memory"; }

    Result<WriterId> OpenWriter(std::string_view name) override {
        const std::scoped_lock lock(mutex_);
        const WriterId id{static_cast<int64_t>(writers_.size()) + 1};
        writers_[id].info = {id, std::string(name), 0, false, {}};
        return id;
    }
    Status EndWriter(WriterId writer) override {
        const std::scoped_lock lock(mutex_);
        writers_[writer].info.ended = true;
        return {};
    }

    Result<AppendOutcome> Append(std::span<const RawRecordView> records) override {
        const std::scoped_lock lock(mutex_);
        AppendOutcome outcome;
        for (const RawRecordView& record : records) {
            Writer& writer = writers_[record.writer];
            if (record.sequence <= writer.info.highest)
                return Fail(Fault::kConflict, "sequences do not rise");
            writer.info.highest = record.sequence;
            const bool is_new =
                places_.emplace(record.id, std::pair(record.writer, record.sequence)).second;
            outcome.was_there.push_back(!is_new);
            ++(is_new ? outcome.stored : outcome.duplicates);
            if (is_new) writer.records.emplace(record.sequence, RawRecord(record));
        }
        if (outcome.duplicates == 0) outcome.was_there.clear();
        return outcome;
    }

    Result<std::vector<WriterInfo>> Writers() override {
        const std::scoped_lock lock(mutex_);
        std::vector<WriterInfo> all;
        for (const auto& [id, writer] : writers_) {
            all.push_back(writer.info);
            all.back().highest = writer.records.empty() ? 0 : writer.records.rbegin()->first;
        }
        return all;
    }

    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override {
        const std::scoped_lock lock(mutex_);
        const auto& records = writers_[request.writer].records;
        size_t count = 0;
        for (auto at = records.upper_bound(request.after);
             at != records.end() && at->first <= request.up_to;
             ++at) {
            if (!request.partitions[Raw(at->second.partition)]) continue;
            if (!visit(at->second.View()) || ++count == request.limit) return at->first;
        }
        return request.up_to;
    }

    Result<RawRecord> Get(WriterId writer, Sequence sequence) override {
        const std::scoped_lock lock(mutex_);
        const auto& records = writers_[writer].records;
        const auto found = records.find(sequence);
        if (found == records.end())
            return Fail(Fault::kNotFound, "no record {} of writer {}", sequence, Raw(writer));
        return found->second;
    }
    Result<RawRecord> GetById(std::string_view id) override {
        std::pair<WriterId, Sequence> place;
        {
            const std::scoped_lock lock(mutex_);
            const auto found = places_.find(id);
            if (found == places_.end()) return Fail(Fault::kNotFound, "no record {}", id);
            place = found->second;
        }
        return Get(place.first, place.second);
    }
    Result<std::vector<RawRecord>> Find(const FindRequest& request) override {
        const std::scoped_lock lock(mutex_);
        std::vector<RawRecord> found;
        for (const auto& [id, writer] : writers_) {
            for (const auto& [sequence, record] : writer.records) {
                const bool fits = (!request.kind || record.kind == *request.kind) &&
                                  (request.device.empty() || record.device == request.device) &&
                                  request.received.Contains(record.received_at);
                if (fits) found.push_back(record);
            }
        }
        std::ranges::stable_sort(found, std::greater{}, &RawRecord::received_at);
        if (found.size() > request.limit) found.resize(request.limit);
        return found;
    }
    Result<StreamStatistics> Statistics() override {
        const std::scoped_lock lock(mutex_);
        return StreamStatistics{places_.size(), 0, 0};
    }
    Result<std::vector<std::string>> CheckIntegrity() override {
        return std::vector<std::string>{};
    }

  private:
    struct Writer {
        WriterInfo info;
        std::map<Sequence, RawRecord> records;
    };

    std::mutex mutex_;
    std::map<WriterId, Writer> writers_;
    std::map<std::string, std::pair<WriterId, Sequence>, std::less<>> places_;
};

}  // namespace tilth::pipeline::testing
