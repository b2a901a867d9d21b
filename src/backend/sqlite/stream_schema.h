// The layout of a stream store's file and how a file gets it.
#pragma once

#include "backend/sqlite/database.h"
#include "model/ids.h"

namespace tilth::sqlite {

/// A record's place is one integer, the table's own key: writer above, sequence below.
inline constexpr int kSequenceBits = 40;
inline constexpr Sequence kHighestSequence = (Sequence{1} << kSequenceBits) - 1;
inline constexpr int64_t kHighestWriter = (int64_t{1} << (63 - kSequenceBits)) - 1;

constexpr int64_t PlaceOf(WriterId writer, Sequence sequence) {
    return (Raw(writer) << kSequenceBits) | static_cast<int64_t>(sequence);
}
constexpr WriterId WriterOf(int64_t place) {
    return WriterId{place >> kSequenceBits};
}
constexpr Sequence SequenceOf(int64_t place) {
    return static_cast<Sequence>(place) & kHighestSequence;
}

/// The columns of a record, in the order that Fill (record_row.h) reads them.
inline constexpr const char* kRecordColumns =
    "place, partition, received_at, kind, delivery, id, topic, device, note, payload";

/// Settings of the connection that writes: WAL with a sync at every commit.
Status ConfigureWriter(Connection& connection);
/// Makes the tables in a new file, of the lab with this id or of a new one; checks the version of
/// an old one (kRefused: newer than this program; kCorrupt: not a stream store).
Status CreateOrCheckSchema(
    Connection& connection, const std::string& path, const std::string& lab_id
);
/// Inside a transaction: from then on programs that know nothing of archive files refuse the file.
Status RaiseSchemaForArchive(Connection& connection);

}  // namespace tilth::sqlite
