// A stream store that can give old records away: it keeps a list of the archive files that ranges
// of records were moved into, and removes what it has been told is safe in one.
//
// The list says what must be there; the files themselves are somebody else's (store/archive). The
// ranges of a writer follow each other: one begins right behind the end of the last, so that two
// programs that move the same records make the same entry, and the second is refused. The record a
// writer ended with last always stays, so that the writer's place is known. An entry is never
// taken back. Threads: as StreamStore.
#pragma once

#include "store/stream_store.h"

#include <string>
#include <vector>

namespace tilth {

/// What has become of a range. The numbers are stored: never reused, never changed.
enum class ArchiveState : uint8_t {
    kCopied = 1,  ///< The file is complete and on disk; the store may still have the records.
    kMoved = 2,   ///< Only the file has them.
    kDeleted =
        3,  ///< Nobody has: the file was deleted by somebody's decision (pipeline/horizon.h).
};

struct ArchivedRange {
    std::string file;    ///< Its name, without folders; unique.
    std::string digest;  ///< HexDigest of the whole file.
    uint64_t file_bytes = 0;
    WriterId writer{};
    Sequence first = 0;  ///< Records with a sequence from this one ...
    Sequence last = 0;   ///< ... to this one; holes included.
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
    uint32_t kinds = 0;     ///< Bit n: there is a record of kind n.
    Time received_first{};  ///< Earliest and latest time of arrival.
    Time received_last{};
    std::string lowest_id;  ///< Of the message ids, by bytes.
    std::string highest_id;
    Time archived_at{};
    ArchiveState state = ArchiveState::kCopied;

    friend bool operator==(const ArchivedRange&, const ArchivedRange&) = default;
};

class ArchivableStore : public StreamStore {
  public:
    /// All entries, by writer and place.
    virtual Result<std::vector<ArchivedRange>> Archived() = 0;

    /// Enters a file that is complete and on disk, durably; its state is kCopied. From then on a
    /// program that knows nothing of archives refuses to open the store. kConflict: the range does
    /// not begin behind the writer's last one: somebody else has moved it. kBadInput: the writer
    /// has no record behind the range, or there is no such writer.
    virtual Status AddArchived(const ArchivedRange& range) = 0;

    /// Removes the records of an entry from the store, then makes its state kMoved. A kill in
    /// between leaves some of them; to be called again then. Requires: nobody reads them here any
    /// more. kNotFound: there is no such entry.
    virtual Status RemoveArchived(const std::string& file) = 0;

    /// Makes the state of a moved range kDeleted. kNotFound; kConflict: it is not moved yet.
    virtual Status MarkDeleted(const std::string& file) = 0;
};

}  // namespace tilth
