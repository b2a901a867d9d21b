// A stream, copied from one store into another: a lab that moves, and a backup.
#pragma once

#include "store/stream_store.h"

#include <functional>

namespace tilth::pipeline {

struct CopyReport {
    uint64_t records = 0;        ///< In both stores now.
    uint64_t copied = 0;         ///< By this call.
    uint64_t payload_bytes = 0;  ///< Of all records.
    std::string digest;          ///< Of all records, the same for both.
};

/// Told now and then; `total` may grow while the source is written to.
using CopyProgress = std::function<void(uint64_t done, uint64_t total)>;

/// Copies every record, with its place, id and bytes, as far as each writer had come at the start;
/// then reads both stores and compares digests. A copy that was cut off, or is older, is gone on
/// with. Only for a target that holds nothing else: kConflict where a writer there is another one,
/// or has more. kBadInput: the target cannot keep a record. kCorrupt: the stores differ.
/// `is_final`: nothing will write to the source again, so all writers are marked as ended in the
/// target.
Result<CopyReport> CopyStream(
    StreamStore& source, StreamStore& target, bool is_final, const CopyProgress& progress
);

}  // namespace tilth::pipeline
