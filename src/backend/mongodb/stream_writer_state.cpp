// What a writer knows of what the server has (stream_writer.h): after a start, after a batch that
// failed half way, and after one with an unknown outcome.
#include "backend/mongodb/collections.h"
#include "backend/mongodb/stream_writer.h"

#include <algorithm>

namespace tilth::mongodb {

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
