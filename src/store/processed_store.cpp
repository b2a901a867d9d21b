#include "store/processed_store.h"

namespace tilth {

Result<std::vector<std::vector<Observation>>> ProcessTransaction::ReadSegments(
    std::span<const SegmentRequest> requests
) {
    std::vector<std::vector<Observation>> segments;
    segments.reserve(requests.size());
    for (const SegmentRequest& request : requests) {
        TILTH_TRY(
            std::vector<Observation> rows,
            ReadSegment(request.datastream, request.range, request.before)
        );
        segments.push_back(std::move(rows));
    }
    return segments;
}

Result<std::vector<std::vector<Checkpoint>>> ProcessTransaction::ReadCheckpoints(
    std::span<const CheckpointRequest> requests
) {
    std::vector<std::vector<Checkpoint>> answers;
    answers.reserve(requests.size());
    for (const CheckpointRequest& request : requests) {
        TILTH_TRY(
            std::vector<Checkpoint> checkpoints, CheckpointsBefore(request.datastream, request.from)
        );
        TILTH_TRY(
            const std::vector<Checkpoint> later, CheckpointsFrom(request.datastream, request.from)
        );
        checkpoints.insert(checkpoints.end(), later.begin(), later.end());
        answers.push_back(std::move(checkpoints));
    }
    return answers;
}

Result<std::vector<std::optional<Time>>> ProcessTransaction::LastTimes(
    std::span<const DatastreamId> datastreams
) {
    std::vector<std::optional<Time>> times;
    times.reserve(datastreams.size());
    for (const DatastreamId datastream : datastreams) {
        TILTH_TRY(const std::optional<Time> time, LastTime(datastream));
        times.push_back(time);
    }
    return times;
}

}  // namespace tilth
