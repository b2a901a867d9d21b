// A raw record as a row of the table `record`, in the order of kRecordColumns.
#pragma once

#include "backend/sqlite/database.h"
#include "backend/sqlite/stream_schema.h"
#include "model/raw_record.h"

namespace tilth::sqlite {

inline void BindRecord(Statement& insert, const RawRecordView& record) {
    insert.Bind(0, PlaceOf(record.writer, record.sequence));
    insert.Bind(1, int64_t{Raw(record.partition)});
    insert.Bind(2, ToMicros(record.received_at));
    insert.Bind(3, static_cast<int64_t>(record.kind));
    insert.Bind(4, int64_t{record.qos} + (record.retained ? 4 : 0));
    insert.Bind(5, record.id);
    insert.Bind(6, record.topic);
    insert.Bind(7, record.device);
    insert.Bind(8, record.note);
    insert.Bind(9, record.payload);
}

/// The row a statement stands on; valid until its next Step.
inline RawRecordView RecordOf(const Statement& row) {
    RawRecordView record;
    const int64_t place = row.Int(0);
    record.writer = WriterOf(place);
    record.sequence = SequenceOf(place);
    record.partition = PartitionId{static_cast<uint16_t>(row.Int(1))};
    record.received_at = FromMicros(row.Int(2));
    record.kind = RecordKind{static_cast<uint8_t>(row.Int(3))};
    const int64_t delivery = row.Int(4);
    record.qos = static_cast<uint8_t>(delivery & 3);
    record.retained = (delivery & 4) != 0;
    record.id = row.Bytes(5);
    record.topic = row.Bytes(6);
    record.device = row.Bytes(7);
    record.note = row.Bytes(8);
    record.payload = row.Bytes(9);
    return record;
}

}  // namespace tilth::sqlite
