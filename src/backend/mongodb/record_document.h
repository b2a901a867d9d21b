// A raw record as a document of the collection `sensors` (docs/formats/stream_mongodb.md).
#pragma once

#include "backend/mongodb/bson.h"
#include "base/result.h"
#include "model/raw_record.h"

namespace tilth::mongodb {

/// Sequences fit BSON's signed integers.
inline constexpr Sequence kHighestSequence = static_cast<Sequence>(INT64_MAX);

/// Writes the record into an empty document.
void Encode(const RawRecordView& record, bson_t* document);
/// The most bytes that Encode makes of the record.
size_t LargestSizeOf(const RawRecordView& record);

/// The view points into the document. kCorrupt: a field is missing or has another type.
Result<RawRecordView> Decode(const bson_t& document);

}  // namespace tilth::mongodb
