#include "pipeline/message_log.h"

#include "model/trace_context.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

using telemetry::Field;
using telemetry::Level;
using telemetry::Log;
using telemetry::LogEnabled;

/// A broken device, or a file of bad rows, must not drown the log.
constexpr size_t kMostDead = 20;
/// Rows a step whose messages are asked for.
constexpr size_t kMostRevised = 100;

/// Positions name records here, whatever stands in them.
RawPosition PlaceOf(RawPosition position) {
    position.position = 0;
    return position;
}

}  // namespace

MessageName::MessageName(const RawRecordView& record)
    : id(record.id), place(fmt::format("{}/{}", Raw(record.writer), record.sequence)) {
    if (const auto trace = TraceOf(record.note)) {
        trace_id = trace->TraceId();
        span_id = trace->SpanId();
    }
}

std::vector<Field> FieldsOf(const MessageName& name, std::initializer_list<Field> more) {
    std::vector<Field> fields{{"message_id", name.id}, {"record", name.place}};
    if (!name.trace_id.empty()) {
        fields.emplace_back("trace_id", name.trace_id);
        fields.emplace_back("span_id", name.span_id);
    }
    fields.insert(fields.end(), more);
    return fields;
}

void StepLog::Took(
    const RawRecordView& record, size_t readings, std::span<const DeadLetter> letters
) {
    const bool tells_all = LogEnabled(Level::kDebug);
    if (tells_all) places_.push_back({record.writer, record.sequence, 0});
    if (!tells_all && (letters.empty() || !is_live_ || !LogEnabled(Level::kInfo))) return;
    if (!tells_all && entries_.size() >= kMostDead) {
        ++untold_;
        return;
    }
    const bool is_message =
        record.kind == RecordKind::kMessage || record.kind == RecordKind::kOversized;
    Entry& entry = entries_.emplace_back(Entry{
        MessageName(record), is_message, readings, letters.size(), {}, {}});
    if (letters.empty()) return;
    entry.code = letters.front().code;
    entry.reason = letters.front().reason;
}

void StepLog::Revised(StreamStore& stream, std::span<const SeriesChange> changes) {
    if (!LogEnabled(Level::kDebug)) return;
    std::ranges::sort(places_);
    size_t left = kMostRevised;
    for (const SeriesChange& change : changes) {
        if (change.tail_only) continue;
        for (const Observation& row : change.rows) {
            if (std::ranges::binary_search(places_, PlaceOf(row.raw))) continue;
            if (left-- == 0) return;
            const Result<RawRecord> record = stream.Get(row.raw.writer, row.raw.sequence);
            if (!record) continue;
            revisions_.push_back(
                {MessageName(record->View()), change.datastream, row.time, row.flag}
            );
        }
    }
}

void StepLog::Committed(GenerationId generation, ChangeToken token) const {
    for (const Entry& entry : entries_) TellEntry(entry, generation, token);
    for (const Revision& revision : revisions_) {
        Log(Level::kDebug,
            "a result was revised",
            FieldsOf(
                revision.name,
                {{"generation", Raw(generation)},
                 {"token", Raw(token)},
                 {"datastream", Raw(revision.datastream)},
                 {"time", FormatRfc3339(revision.time)},
                 {"flag", Name(revision.flag)}}
            ));
    }
    if (untold_ > 0) Log(Level::kInfo, "more records were not understood", {{"records", untold_}});
}

void StepLog::TellEntry(const Entry& entry, GenerationId generation, ChangeToken token) const {
    if (entry.letters > 0) {
        Log(is_live_ ? Level::kInfo : Level::kDebug,
            entry.is_message ? "message not understood" : "record not understood",
            FieldsOf(
                entry.name,
                {{"generation", Raw(generation)},
                 {"code", entry.code},
                 {"reason", entry.reason},
                 {"dead_letters", entry.letters}}
            ));
        return;
    }
    Log(Level::kDebug,
        entry.is_message ? "message processed" : "record processed",
        FieldsOf(
            entry.name,
            {{"generation", Raw(generation)}, {"token", Raw(token)}, {"readings", entry.readings}}
        ));
}

}  // namespace tilth::pipeline
