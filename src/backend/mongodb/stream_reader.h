// What is asked of the records: by place, by id, by hint and time, and whether they are in order.
#pragma once

#include "backend/mongodb/connection.h"
#include "backend/mongodb/writer_list.h"
#include "store/stream_store.h"

namespace tilth::mongodb {

/// As the methods of StreamStore.
Result<Sequence> ReadRecords(
    Connection& connection, const ReadRequest& request, const RecordVisitor& visit
);
Result<RawRecord> GetRecord(Connection& connection, WriterId writer, Sequence sequence);
Result<RawRecord> GetRecordById(Connection& connection, std::string_view id);
Result<std::vector<RawRecord>> FindRecords(Connection& connection, const FindRequest& request);

/// Reads the places of all records: each belongs to a writer, none is taken twice, none lies behind
/// its writer's end, and times rise. At most a hundred problems are told.
Result<std::vector<std::string>> CheckRecords(
    Connection& connection, const std::vector<WriterEntry>& writers
);

}  // namespace tilth::mongodb
