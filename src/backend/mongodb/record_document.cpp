#include "backend/mongodb/record_document.h"

#include "backend/mongodb/shown_values.h"
#include "base/text.h"

namespace tilth::mongodb {
namespace {

/// Names, types, numbers and the values shown: far above what they take.
constexpr size_t kLargestOverhead = size_t{16} << 10;

int64_t Milliseconds(Time t) {
    return std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

void AppendInt64(bson_t* document, std::string_view key, int64_t value) {
    bson_append_int64(document, key.data(), static_cast<int>(key.size()), value);
}
void AppendInt32(bson_t* document, std::string_view key, int32_t value) {
    bson_append_int32(document, key.data(), static_cast<int>(key.size()), value);
}

/// What was found of a document while its fields were passed.
struct Found {
    RawRecordView record;
    unsigned needed = 0;  ///< One bit a field without which there is no record.
};
constexpr unsigned kNeeded = 0xff;

void TakeNumber(Found& found, std::string_view key, int64_t value) {
    RawRecordView& record = found.record;
    if (key == "writer") {
        record.writer = WriterId{value};
        found.needed |= 1;
    } else if (key == "sequence") {
        record.sequence = static_cast<Sequence>(value);
        found.needed |= 2;
    } else if (key == "partition") {
        record.partition = PartitionId{static_cast<uint16_t>(value)};
        found.needed |= 4;
    } else if (key == "kind") {
        record.kind = RecordKind{static_cast<uint8_t>(value)};
        found.needed |= 8;
    } else if (key == "received_at") {
        record.received_at = FromMicros(value);
        found.needed |= 16;
    } else if (key == "qos") {
        record.qos = static_cast<uint8_t>(value);
    }
}

void TakeBytes(Found& found, std::string_view key, std::string_view value) {
    RawRecordView& record = found.record;
    if (key == "_id") {
        record.id = value;
        found.needed |= 32;
    } else if (key == "topic") {
        record.topic = value;
        found.needed |= 64;
    } else if (key == "payload") {
        record.payload = value;
        found.needed |= 128;
    } else if (key == "name") {
        record.device = value;
    } else if (key == "note") {
        record.note = value;
    }
}

}  // namespace

void Encode(const RawRecordView& record, bson_t* document) {
    AppendBytes(document, "_id", record.id);
    if (!record.device.empty()) AppendBytes(document, "name", record.device);
    if (record.kind == RecordKind::kMessage) AppendShownValues(document, record.payload);
    bson_append_date_time(document, "timestamp", 9, Milliseconds(record.received_at));
    AppendInt64(document, "writer", Raw(record.writer));
    AppendInt64(document, "sequence", static_cast<int64_t>(record.sequence));
    AppendInt32(document, "partition", Raw(record.partition));
    AppendInt32(document, "kind", static_cast<int32_t>(record.kind));
    AppendInt32(document, "qos", record.qos);
    if (record.retained) bson_append_bool(document, "retained", 8, true);
    AppendInt64(document, "received_at", ToMicros(record.received_at));
    AppendBytes(document, "topic", record.topic);
    AppendBytes(document, "payload", record.payload);
    if (!record.note.empty()) AppendBytes(document, "note", record.note);
}

size_t LargestSizeOf(const RawRecordView& record) {
    return record.id.size() + record.device.size() + record.topic.size() + record.payload.size() +
           record.note.size() + kLargestOverhead;
}

Result<RawRecordView> Decode(const bson_t& document) {
    Found found;
    bson_iter_t field;
    if (bson_iter_init(&field, &document)) {
        while (bson_iter_next(&field)) {
            const std::string_view key(bson_iter_key(&field), bson_iter_key_len(&field));
            if (const auto bytes = BytesOf(field)) {
                TakeBytes(found, key, *bytes);
            } else if (const auto number = IntOf(field)) {
                TakeNumber(found, key, *number);
            } else if (key == "retained") {
                found.record.retained = bson_iter_as_bool(&field);
            }
        }
    }
    if (found.needed != kNeeded) {
        return Fail(
            Fault::kCorrupt,
            "the document {} in the collection sensors is no record of Tilth: fields are missing",
            Printable(found.record.id)
        );
    }
    return found.record;
}

}  // namespace tilth::mongodb
