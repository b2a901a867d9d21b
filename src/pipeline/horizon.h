// The horizon: archive files with the oldest records were deleted, by somebody's decision. What was
// computed from them cannot be computed again, so the results there are stay as they are.
//
// The decision is a record of the stream, and goes with it into copies.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "store/archive/archived_stream.h"
#include "store/processed_store.h"

#include <optional>
#include <string>

namespace tilth::pipeline {

struct Horizon {
    Time before{};  ///< Files whose records all came before this were deleted; not after `when`.
    std::string who;
    std::string why;
    Time when{};  ///< The record's time of arrival.
};

std::string Encode(const Horizon& horizon);
/// kBadInput: not what Encode writes; `when` is not part of it.
Result<Horizon> DecodeHorizon(std::string_view payload);

/// The latest one; nullopt: nothing was deleted.
Result<std::optional<Horizon>> LatestHorizon(StreamStore& stream);

/// kRefused: the active results are partly made from records that were deleted since, and a new
/// generation would lack them. Results that were begun after the deletion can be made again.
Status CheckNothingIsFrozen(StreamStore& stream, ProcessedStore& processed);

struct DeleteReport {
    size_t files = 0;
    uint64_t records = 0;
    uint64_t file_bytes = 0;
};

/// The archive files whose records all came before a time. Files of which the store still has the
/// records are none of them.
Result<std::vector<ArchivedRange>> FilesBefore(archive::ArchivedStream& stream, Time before);

/// Puts the decision on record, then deletes those files. A deletion that was cut off is gone on
/// with by the same call. kNotFound: there is none; kConflict: a generation is being built, or
/// another process is moving.
Result<DeleteReport> DeleteArchived(
    archive::ArchivedStream& stream,
    ProcessedStore& processed,
    const Clock& clock,
    const Horizon& horizon
);

}  // namespace tilth::pipeline
