#include "backend/mongodb/stream_writer.h"

#include "backend/mongodb/collections.h"
#include "backend/mongodb/document_batch.h"
#include "backend/mongodb/server_error.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <unordered_map>

namespace tilth::mongodb {
namespace {

constexpr size_t kMostBytesAtOnce = size_t{16} << 20;
/// MongoDB's limit for a document; nothing announces another.
constexpr size_t kLargestDocument = size_t{16} << 20;
constexpr size_t kLookedUpAtOnce = 1'000;
/// How long a document that was refused as being there may take to be there for the majority.
constexpr auto kPatience = std::chrono::seconds{10};
constexpr auto kPause = std::chrono::milliseconds{10};

}  // namespace

Status StreamWriter::Check(std::span<const RawRecordView> records) const {
    if (has_ended_) return Fail(Fault::kConflict, "writer {} has ended", Raw(id_));
    Sequence previous = floor_;
    for (size_t i = 0; i < records.size(); ++i) {
        const RawRecordView& record = records[i];
        if (record.writer != id_) {
            return Fail(Fault::kBadInput, "record {} is of another writer than record 0", i);
        }
        if (Raw(record.partition) >= kPartitions || record.qos > 2 || record.id.empty()) {
            return Fail(Fault::kBadInput, "record {} has an impossible partition, QoS or id", i);
        }
        if (record.sequence > kHighestSequence) {
            return Fail(Fault::kBadInput, "record {} has a sequence above {}", i, kHighestSequence);
        }
        if (const size_t size = LargestSizeOf(record); size > kLargestDocument) {
            return Fail(
                Fault::kBadInput,
                "record {} takes {} bytes, a document of MongoDB {} at most",
                i,
                size,
                kLargestDocument
            );
        }
        if (record.sequence <= previous) {
            return Fail(
                Fault::kConflict,
                "record {} of writer {} has sequence {} after {}; sequences must rise",
                i,
                Raw(id_),
                record.sequence,
                previous
            );
        }
        previous = record.sequence;
    }
    return {};
}

Result<AppendOutcome> StreamWriter::Append(std::span<const RawRecordView> records) {
    const std::scoped_lock lock(mutex_);
    TILTH_CHECK(Settle());
    TILTH_CHECK(Check(records));
    Batch batch{.records = records, .marks = std::vector(records.size(), Mark::kNew)};
    TILTH_CHECK(MarkTail(batch));
    TILTH_CHECK(CheckFollowsDoubt(batch));
    const Batch before = batch;
    const Status status = InsertNew(batch);
    if (!status) {
        KeepAsTail(batch);
        Show();
        return std::unexpected(status.error());
    }
    AppendOutcome outcome;
    for (size_t i = 0; i < records.size(); ++i) {
        if (batch.marks[i] == Mark::kStored) {
            ++outcome.stored;
            floor_ = records[i].sequence;
            if (before.marks[i] == Mark::kStored) continue;
            totals_.records += 1;
            totals_.payload_bytes += records[i].payload.size();
            totals_.highest = std::max(totals_.highest, records[i].sequence);
        } else {
            outcome.was_there.resize(records.size());
            outcome.was_there[i] = true;
            ++outcome.duplicates;
        }
    }
    tail_.erase(tail_.begin(), tail_.upper_bound(floor_));
    Show();
    if (outcome.stored > 0) Publish();
    return outcome;
}

Status StreamWriter::InsertNew(Batch& batch) {
    size_t at = 0;
    while (true) {
        while (at < batch.marks.size() && batch.marks[at] != Mark::kNew) ++at;
        if (at == batch.marks.size()) return {};
        if (batch.records[at].sequence < batch.highest_found) {
            return Fail(
                Fault::kConflict,
                "writer {} is being used twice: record {} is not stored, but one above it is",
                Raw(id_),
                batch.records[at].sequence
            );
        }
        TILTH_CHECK(InsertSome(batch, at));
    }
}

/// One command, from record `at` on.
Status StreamWriter::InsertSome(Batch& batch, size_t& at) {
    DocumentBatch encoded;
    std::vector<size_t> which;
    for (size_t i = at; i < batch.marks.size(); ++i) {
        if (batch.marks[i] != Mark::kNew) continue;
        const size_t more = LargestSizeOf(batch.records[i]);
        if (!which.empty() && (which.size() == connection_.most_inserted_at_once() ||
                               encoded.bytes() + more > kMostBytesAtOnce)) {
            break;
        }
        encoded.Add(batch.records[i]);
        which.push_back(i);
    }
    std::vector<const bson_t*> documents = encoded.Documents();
    const Inserted inserted = connection_.InsertInOrder(kRecords, documents);
    for (size_t i = 0; i < inserted.stored; ++i) batch.marks[which[i]] = Mark::kStored;
    if (inserted.is_unknown) {
        const RawRecordView& first = batch.records[which.front()];
        if (!doubt_) doubt_ = Doubt{first.sequence, std::string(first.id)};
        must_look_ = true;
        return Fail(
            inserted.trouble.error().fault,
            "the outcome of a batch is not known: {}",
            inserted.trouble.error().message
        );
    }
    if (!inserted.trouble) return inserted.trouble;
    doubt_.reset();
    if (inserted.refusal == 0) return {};
    at = which[inserted.stored];
    if (inserted.refusal == kDuplicateKey) return PassOver(batch, at);
    return Fail(FaultOfServerCode(inserted.refusal), "record {}: {}", at, inserted.refusal_text);
}

/// The record's id was refused as being there: marks it, and those behind it that are there too, so
/// that they need not be tried one by one.
Status StreamWriter::PassOver(Batch& batch, size_t at) {
    std::vector<size_t> which;
    for (size_t i = at; i < batch.marks.size() && which.size() < kLookedUpAtOnce; ++i) {
        if (batch.marks[i] == Mark::kNew) which.push_back(i);
    }
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        TILTH_CHECK(LookUp(batch, which));
        if (batch.marks[at] != Mark::kNew) return {};
        if (std::chrono::steady_clock::now() > limit) {
            return Fail(
                Fault::kUnavailable,
                "{}: a message that another writer is storing is not yet confirmed by the majority",
                connection_.address()
            );
        }
        std::this_thread::sleep_for(kPause);
    }
}

/// Marks those of the records whose ids the majority has.
Status StreamWriter::LookUp(Batch& batch, std::span<const size_t> which) {
    Document ids;
    std::unordered_map<std::string_view, std::vector<size_t>> by_id;
    for (size_t n = 0; n < which.size(); ++n) {
        const std::string_view id = batch.records[which[n]].id;
        ids.Bytes(std::to_string(n), id);
        by_id[id].push_back(which[n]);
    }
    Document in;
    in.Array("$in", ids);
    Document filter;
    filter.Sub("_id", in);
    Document fields;
    fields.Int32("writer", 1).Int32("sequence", 1);
    Document options;
    options.Sub("projection", fields);
    return connection_.Find(kRecords, filter, options, [&](const bson_t& document) {
        const auto records = by_id.find(BytesIn(document, "_id").value_or(""));
        if (records == by_id.end()) return true;
        const auto sequence = static_cast<Sequence>(IntIn(document, "sequence").value_or(0));
        const bool is_own = IntIn(document, "writer") == Raw(id_);
        for (const size_t i : records->second) {
            const bool is_same = is_own && sequence == batch.records[i].sequence;
            batch.marks[i] = is_same ? Mark::kStored : Mark::kThere;
            if (is_same) batch.highest_found = std::max(batch.highest_found, sequence);
        }
        return true;
    });
}

}  // namespace tilth::mongodb
