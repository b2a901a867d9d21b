// The collections of a lab's database, and what documents there look like
// (docs/formats/stream_mongodb.md).
#pragma once

#include "backend/mongodb/connection.h"
#include "model/ids.h"

#include <string>

namespace tilth::mongodb {

inline constexpr const char* kRecords = "sensors";  ///< One document a record.
inline constexpr const char* kWriters = "writers";  ///< One a writer.
inline constexpr const char* kLab = "lab";          ///< One in all.
inline constexpr const char* kArchive = "archive";  ///< One an archive file.

/// Creates the indexes and the lab's document where they are missing, and returns the lab's id.
/// kRefused: made by a newer Tilth, or no right to create; kCorrupt: not Tilth's.
Result<std::string> CreateOrCheckLab(Connection& connection, const std::string& lab_id);
/// From then on programs that know nothing of archive files refuse the lab.
Status RaiseFormatForArchive(Connection& connection);

/// {writer, sequence: {$gt: after, $lte: up_to}}
void SelectPlaces(Document& filter, WriterId writer, Sequence after, Sequence up_to);

}  // namespace tilth::mongodb
