#include "backend/mongodb/stream_writer.h"

#include "backend/mongodb/collections.h"
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

/// Documents in one piece of memory that is used again and again.
class Encoder {
  public:
    Encoder() : writer_(bson_writer_new(&buffer_, &size_, 0, bson_realloc_ctx, nullptr)) {}
    ~Encoder() {
        bson_writer_destroy(writer_);
        bson_free(buffer_);
    }
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    void Add(const RawRecordView& record) {
        const size_t start = bson_writer_get_length(writer_);
        bson_t* document = nullptr;
        bson_writer_begin(writer_, &document);
        Encode(record, document);
        bson_writer_end(writer_);
        places_.push_back({start, bson_writer_get_length(writer_) - start});
    }
    size_t count() const { return places_.size(); }
    size_t bytes() const { return bson_writer_get_length(writer_); }

    /// Valid until the next Add.
    std::vector<const bson_t*> Documents() {
        views_.resize(places_.size());
        std::vector<const bson_t*> documents(places_.size());
        for (size_t i = 0; i < places_.size(); ++i) {
            bson_init_static(&views_[i].bson, buffer_ + places_[i].start, places_[i].size);
            documents[i] = &views_[i].bson;
        }
        return documents;
    }

  private:
    struct Place {
        size_t start, size;
    };
    /// Has bson_t's alignment, which the bare type would lose in a vector.
    struct View {
        bson_t bson;
    };
    uint8_t* buffer_ = nullptr;
    size_t size_ = 0;
    bson_writer_t* writer_;
    std::vector<Place> places_;
    std::vector<View> views_;
};

}  // namespace

Status AddTail(
    Connection& connection,
    WriterId writer,
    WriterTotals& totals,
    const std::function<void(Sequence, std::string_view id)>& each
) {
    Document filter;
    SelectPlaces(filter, writer, totals.highest, kHighestSequence);
    Document fields;
    fields.Int32("sequence", 1).Int32("payload", 1);
    Document order;
    order.Int32("sequence", 1);
    Document options;
    options.Sub("projection", fields).Sub("sort", order);
    return connection.Find(kRecords, filter, options, [&](const bson_t& document) {
        totals.highest = static_cast<Sequence>(IntIn(document, "sequence").value_or(0));
        totals.records += 1;
        totals.payload_bytes += BytesIn(document, "payload").value_or("").size();
        if (each) each(totals.highest, BytesIn(document, "_id").value_or(""));
        return true;
    });
}

/// Reads what the server has of this writer, where that is not known.
Status StreamWriter::Settle() {
    if (!must_look_) return {};
    // What was counted before a look that failed half way is not counted twice.
    WriterTotals totals = totals_;
    std::map<Sequence, std::string> found;
    TILTH_CHECK(AddTail(connection_, id_, totals, [&](Sequence sequence, std::string_view id) {
        found.emplace(sequence, id);
    }));
    totals_ = totals;
    if (is_first_look_) {
        floor_ = totals_.highest;
        is_first_look_ = false;
    } else {
        tail_.merge(found);
    }
    if (doubt_ && totals_.highest >= doubt_->sequence) doubt_.reset();
    must_look_ = doubt_.has_value();  // what is late may come at any time
    Show();
    return {};
}

void StreamWriter::Show() {
    shown_.With([this](Shown& shown) { shown = {totals_, !must_look_}; });
}

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

/// Marks what an earlier try of this batch has stored or passed over.
Status StreamWriter::MarkTail(Batch& batch) {
    if (tail_.empty()) return {};
    std::vector<size_t> passed_over;
    for (size_t i = 0; i < batch.records.size(); ++i) {
        const RawRecordView& record = batch.records[i];
        if (record.sequence > tail_.rbegin()->first) break;
        const auto stored = tail_.find(record.sequence);
        if (stored == tail_.end()) {
            passed_over.push_back(i);
        } else if (stored->second == record.id) {
            batch.marks[i] = Mark::kStored;
        } else {
            return Fail(
                Fault::kConflict,
                "record {} has sequence {}, under which writer {} has stored another record",
                i,
                record.sequence,
                Raw(id_)
            );
        }
    }
    if (passed_over.empty()) return {};
    TILTH_CHECK(LookUp(batch, passed_over));
    for (const size_t i : passed_over) {
        if (batch.marks[i] != Mark::kNew) continue;
        return Fail(
            Fault::kConflict,
            "record {} has sequence {}, which writer {} has passed; it needs a higher one",
            i,
            batch.records[i].sequence,
            Raw(id_)
        );
    }
    return {};
}

Status StreamWriter::CheckFollowsDoubt(const Batch& batch) const {
    if (!doubt_) return {};
    const auto first = std::ranges::find(batch.marks, Mark::kNew);
    if (first == batch.marks.end()) return {};
    const RawRecordView& record = batch.records[static_cast<size_t>(first - batch.marks.begin())];
    if (record.sequence == doubt_->sequence && record.id == doubt_->id) return {};
    return Fail(
        Fault::kConflict,
        "the outcome of record {} of writer {} is not known: the same batch must come again, or a "
        "new writer",
        doubt_->sequence,
        Raw(id_)
    );
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
    Encoder encoder;
    std::vector<size_t> which;
    for (size_t i = at; i < batch.marks.size(); ++i) {
        if (batch.marks[i] != Mark::kNew) continue;
        const size_t more = LargestSizeOf(batch.records[i]);
        if (!which.empty() && (which.size() == connection_.most_inserted_at_once() ||
                               encoder.bytes() + more > kMostBytesAtOnce)) {
            break;
        }
        encoder.Add(batch.records[i]);
        which.push_back(i);
    }
    std::vector<const bson_t*> documents = encoder.Documents();
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

/// After a failure: what is stored of the batch is known again when the batch comes again.
void StreamWriter::KeepAsTail(const Batch& batch) {
    if (must_look_) return;  // the server will be asked
    for (size_t i = 0; i < batch.records.size(); ++i) {
        const RawRecordView& record = batch.records[i];
        if (batch.marks[i] != Mark::kStored || !tail_.emplace(record.sequence, record.id).second)
            continue;
        totals_.records += 1;
        totals_.payload_bytes += record.payload.size();
        totals_.highest = std::max(totals_.highest, record.sequence);
    }
}

/// Writes the totals into the registry, where readers find them without searching. It may lag: who
/// finds a writer's entry old looks for its records.
void StreamWriter::Publish() {
    Document filter;
    filter.Int64("_id", Raw(id_));
    Document totals;
    totals.Int64("highest", static_cast<int64_t>(totals_.highest))
        .Int64("records", static_cast<int64_t>(totals_.records))
        .Int64("payload_bytes", static_cast<int64_t>(totals_.payload_bytes));
    Document update;
    update.Sub("$set", totals);
    static_cast<void>(connection_.UpdateOne(kWriters, filter, update, Durability::kLater));
}

Status StreamWriter::End() {
    const std::scoped_lock lock(mutex_);
    TILTH_CHECK(Settle());
    if (doubt_) {
        return Fail(
            Fault::kUnavailable,
            "writer {} is not marked as ended: the outcome of record {} is not known",
            Raw(id_),
            doubt_->sequence
        );
    }
    Document filter;
    filter.Int64("_id", Raw(id_));
    Document end;
    end.Bool("ended", true)
        .Int64("highest", static_cast<int64_t>(totals_.highest))
        .Int64("records", static_cast<int64_t>(totals_.records))
        .Int64("payload_bytes", static_cast<int64_t>(totals_.payload_bytes));
    Document update;
    update.Sub("$set", end);
    TILTH_CHECK(connection_.UpdateOne(kWriters, filter, update, Durability::kMajority));
    has_ended_ = true;
    return {};
}

Result<WriterTotals> StreamWriter::Totals() {
    const Shown shown = shown_.With([](const Shown& latest) { return latest; });
    if (shown.is_current) return shown.totals;
    const std::scoped_lock lock(mutex_);
    TILTH_CHECK(Settle());
    return totals_;
}

}  // namespace tilth::mongodb
