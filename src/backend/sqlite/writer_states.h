// The writers as the store keeps them in memory, and what their next batch must be like.
#pragma once

#include "backend/sqlite/database.h"
#include "store/stream_store.h"

#include <map>
#include <span>

namespace tilth::sqlite {

struct WriterState {
    WriterInfo info;
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
};
using WriterStates = std::map<WriterId, WriterState>;

/// What the file has of each writer.
Result<WriterStates> LoadWriters(Connection& connection);

/// What can be known wrong with a batch before it is tried; as StreamStore::Append. `info` has no
/// id where the writer of the first record was not opened. Requires: there is a record.
Status CheckBatch(std::span<const RawRecordView> records, const WriterInfo& info);

}  // namespace tilth::sqlite
