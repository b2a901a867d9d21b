// The text of live events.
#pragma once

#include "api/live/subscriber.h"
#include "query/cadence.h"
#include "query/export.h"

#include <span>

namespace tilth::live {

/// "observations": the counting rows of the datastream in the range are now exactly these.
Event ObservationsEvent(
    DatastreamId id,
    TimeRange range,
    std::span<const query::Point> rows,
    const query::TestName& test_name
);
/// "changed": the same, with too many rows to send.
Event ChangedEvent(DatastreamId id, TimeRange range);
Event ResetEvent(std::string_view reason);
Event StateEvent(const Datastream& datastream, query::PresentState state, Duration age);

}  // namespace tilth::live
