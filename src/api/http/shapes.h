// The JSON of docs/api.md for what handlers return.
#pragma once

#include "pipeline/commands.h"
#include "query/catalog.h"
#include "query/export.h"
#include "query/json_writer.h"

namespace tilth::api {

void WriteThing(
    query::JsonWriter& json,
    const query::ThingPresent& thing,
    const query::TestName& names,
    bool whole
);
void WriteDatastream(
    query::JsonWriter& json, const query::DatastreamPresent& present, const query::TestName& names
);
void WriteManualFlag(query::JsonWriter& json, const ManualFlag& flag);
void WriteNote(query::JsonWriter& json, const pipeline::FieldNote& note);
void WriteTask(query::JsonWriter& json, const pipeline::Task& task);
void WriteStatus(query::JsonWriter& json, const pipeline::LabStatus& status, Time now);
void WriteExplanation(query::JsonWriter& json, const pipeline::Explanation& explanation);
void WriteRawRecord(query::JsonWriter& json, const RawRecord& record);
/// `record`: the one it stands for, empty where it is no longer kept.
void WriteDeadLetter(query::JsonWriter& json, const DeadLetter& letter, const RawRecord& record);

/// RFC 4648 with padding.
std::string Base64(std::string_view bytes);

}  // namespace tilth::api
