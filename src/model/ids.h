// Identities, each a type of its own, so that one cannot be passed for another.
#pragma once

#include <cstdint>
#include <type_traits>

namespace tilth {

/// A datastream: made from its name (model/datastream.h), so that a replay gives the same.
enum class DatastreamId : int64_t {};

/// One complete set of results; readers see the active one only.
enum class GenerationId : int32_t {};

/// A numbered, immutable version of the lab's configuration; 1 is the first, 0 means none.
enum class ConfigVersion : int32_t {};

/// One run of a router, importer or command writer; it numbers its records from 1 without going
/// back.
enum class WriterId : int64_t {};
using Sequence = uint64_t;

/// Shares out work; fixed at the lab's creation. In [0, kPartitions).
enum class PartitionId : uint16_t {};
inline constexpr int kPartitions = 256;

/// A position in the change feed of a processed store; rises with every commit.
enum class ChangeToken : uint64_t {};

template <class Id>
constexpr auto Raw(Id id) {
    return static_cast<std::underlying_type_t<Id>>(id);
}

}  // namespace tilth
