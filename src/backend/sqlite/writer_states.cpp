#include "backend/sqlite/writer_states.h"

#include "backend/sqlite/stream_schema.h"

namespace tilth::sqlite {

Result<WriterStates> LoadWriters(Connection& connection) {
    TILTH_TRY(
        Statement select,
        connection.Prepare(
            "SELECT id, name, opened_at, ended, records, payload_bytes,"
            " coalesce((SELECT max(place) FROM record"
            " WHERE place BETWEEN writer.id << 40 AND (writer.id << 40) + 1099511627775), 0)"
            " FROM writer ORDER BY id"
        )
    );
    WriterStates loaded;
    while (true) {
        TILTH_TRY(const bool row, select.Step());
        if (!row) return loaded;
        WriterState state;
        state.info.id = WriterId{select.Int(0)};
        state.info.name = select.Bytes(1);
        state.info.opened_at = FromMicros(select.Int(2));
        state.info.ended = select.Int(3) != 0;
        state.info.highest = SequenceOf(select.Int(6));
        state.records = static_cast<uint64_t>(select.Int(4));
        state.payload_bytes = static_cast<uint64_t>(select.Int(5));
        loaded.emplace(state.info.id, std::move(state));
    }
}

Status CheckBatch(std::span<const RawRecordView> records, const WriterInfo& info) {
    const WriterId writer = records.front().writer;
    if (info.id != writer || Raw(writer) == 0) {
        return Fail(
            Fault::kBadInput, "record 0 names writer {}, which was not opened", Raw(writer)
        );
    }
    if (info.ended) return Fail(Fault::kConflict, "writer {} has ended", Raw(writer));
    Sequence previous = info.highest;
    for (size_t i = 0; i < records.size(); ++i) {
        const RawRecordView& record = records[i];
        if (record.writer != writer) {
            return Fail(Fault::kBadInput, "record {} is of another writer than record 0", i);
        }
        if (Raw(record.partition) >= kPartitions || record.qos > 2 || record.id.empty()) {
            return Fail(Fault::kBadInput, "record {} has an impossible partition, QoS or id", i);
        }
        if (record.sequence > kHighestSequence) {
            return Fail(Fault::kBadInput, "record {} has a sequence above {}", i, kHighestSequence);
        }
        if (record.sequence <= previous) {
            return Fail(
                Fault::kConflict,
                "record {} of writer {} has sequence {} after {}; sequences must rise",
                i,
                Raw(writer),
                record.sequence,
                previous
            );
        }
        previous = record.sequence;
    }
    return {};
}

}  // namespace tilth::sqlite
