// One file of the journal: a header of a page, then records.
#pragma once

#include "base/result.h"
#include "broker_plugin/message_id.h"
#include "broker_plugin/record.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace tilth::broker_plugin {

constexpr size_t kSegmentHeader = 4096;

/// Every use of a file has a sequence number and a seed of its own, so that what an earlier use
/// left behind does not check.
struct SegmentHeader {
    uint64_t sequence = 0;  ///< Rises by one from segment to segment, over all runs; never reused.
    BrokerRun run;
    uint64_t seed = 0;
    int64_t created = 0;  ///< Microseconds since 1970.

    friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

using SegmentPage = std::array<char, kSegmentHeader>;
SegmentPage Encode(const SegmentHeader& header) noexcept;

/// kCorrupt says what is wrong.
Result<SegmentHeader> DecodeHeader(std::string_view bytes);

/// The records of a segment in memory, in the order they were written. What is damaged is stepped
/// over; what was never written, or only in part, at the end is not told apart from free space.
class SegmentReader {
  public:
    /// `bytes`: the whole file. kCorrupt when the header is damaged.
    static Result<SegmentReader> Open(std::string_view bytes);

    const SegmentHeader& header() const { return header_; }

    struct Entry {
        Record record;
        size_t offset;  ///< In the file.
    };
    std::optional<Entry> Next() noexcept;

    /// Where the records end.
    size_t end() const { return end_; }
    /// Bytes between good records that are none, and the first one's offset.
    size_t damaged() const { return damaged_; }
    size_t first_damage() const { return first_damage_; }

  private:
    SegmentReader(std::string_view bytes, const SegmentHeader& header)
        : bytes_(bytes), header_(header) {}

    std::string_view bytes_;
    SegmentHeader header_;
    size_t at_ = kSegmentHeader;
    size_t end_ = kSegmentHeader;
    size_t damaged_ = 0;
    size_t first_damage_ = 0;
    size_t hashed_ = 0;
};

}  // namespace tilth::broker_plugin
