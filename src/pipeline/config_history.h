// The versions of a lab's configuration, as the stream store keeps them.
#pragma once

#include "base/clock.h"
#include "pipeline/change_record.h"
#include "pipeline/processor.h"
#include "store/stream_store.h"

#include <vector>

namespace tilth::pipeline {

struct ConfigEntry {
    ConfigChange change;
    Time when{};
};

/// All versions, newest first.
Result<std::vector<ConfigEntry>> ConfigHistory(StreamStore& stream);
/// kNotFound when there is no such version.
Result<ConfigEntry> FindConfig(StreamStore& stream, ConfigVersion version);
/// Ready to process by. Version 0 is the configuration of a lab that was never given one.
Result<ProcessingConfig> LoadConfig(StreamStore& stream, ConfigVersion version);

/// Appends a record of a change on behalf of a person, received at `when`, through a writer of its
/// own.
Status AppendChange(
    StreamStore& stream, Time when, RecordKind kind, std::string_view name, std::string_view payload
);
/// Received now.
Status AppendChange(
    StreamStore& stream,
    const Clock& clock,
    RecordKind kind,
    std::string_view name,
    std::string_view payload
);

}  // namespace tilth::pipeline
