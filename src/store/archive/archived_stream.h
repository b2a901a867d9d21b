// A stream of which old records are in archive files: one stream for everybody who reads it.
//
// It is the store's own contract over both: records come in the same order, with the same bytes,
// and an id that is in a file counts as stored. Moving is done in this order, so that a kill at any
// point loses nothing and doubles nothing: a file is written, put on disk and read back; it is
// entered in the store's list; everybody who may still read those records from the store has ended;
// only then are they removed there. Where several processes share the store, that is: after the
// time within which each looks at the list again, plus the longest that a request may take.
#pragma once

#include "base/clock.h"
#include "store/archivable_store.h"
#include "store/archive/file_set.h"
#include "store/archive/file_writer.h"
#include "store/archive/range_list.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::archive {

struct ArchiveOptions {
    std::filesystem::path folder;  ///< Made when the first file is.
    /// Other processes may use the store: each looks at the list that often, and what is removed
    /// from the store waits `settle` after it was entered. Zero: the store is this process's alone.
    std::chrono::milliseconds look_again{0};
    std::chrono::milliseconds settle{0};
    /// Gives ArchivedRange::archived_at. Must outlive the store; null: the machine's clock.
    const Clock* clock = nullptr;
    /// Told each step of a move as it is done. For tests.
    std::function<void(std::string_view step)> observer = {};
};

/// The times of a store that several processes share; longer than MongoDB's longest answer.
inline constexpr std::chrono::seconds kLookAgain{5};
inline constexpr std::chrono::seconds kSettle{45};

/// What a move may take: records of a writer up to a place, received before a time.
struct MoveLimits {
    WriterId writer{};
    Sequence up_to = 0;
    Time received_before{};
    uint64_t most_records = 200'000;            ///< Of one file.
    uint64_t most_bytes = uint64_t{128} << 20;  ///< Of one file, before it is compressed.
};

class ArchivedStream final : public StreamStore {
  public:
    /// kUnavailable: the list cannot be read. The files are looked at when they are needed.
    static Result<std::unique_ptr<ArchivedStream>> Open(
        std::unique_ptr<ArchivableStore> store, ArchiveOptions options
    );

    std::string LabId() const override { return store_->LabId(); }
    Result<WriterId> OpenWriter(std::string_view name) override { return store_->OpenWriter(name); }
    Status EndWriter(WriterId writer) override { return store_->EndWriter(writer); }
    Result<AppendOutcome> Append(std::span<const RawRecordView> records) override;
    Result<std::vector<WriterInfo>> Writers() override { return store_->Writers(); }
    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override;
    Result<RawRecord> Get(WriterId writer, Sequence sequence) override;
    Result<RawRecord> GetById(std::string_view id) override;
    Result<std::vector<RawRecord>> Find(const FindRequest& request) override;
    Result<StreamStatistics> Statistics() override;
    Result<std::vector<std::string>> CheckIntegrity() override;

    // --- the archive

    const std::filesystem::path& folder() const { return files_.folder(); }
    /// The list as it is now, by writer and place.
    Result<std::vector<ArchivedRange>> Archived();
    /// What is wrong with a file; kCorrupt or kUnavailable. Nothing is said of deleted ones.
    Status Verify(const ArchivedRange& range);

    /// Held by who moves or deletes: one process at a time. kConflict: another one does.
    Result<Descriptor> LockArchive();
    /// Removes what killed programs left in the folder: unfinished files, and those of entries that
    /// are deleted. Requires: LockArchive.
    Status RemoveLeftovers();
    /// Puts the writer's oldest records that are still in the store alone into one file, and enters
    /// it. nullopt: there is none within the limits; a writer's last record always stays.
    /// kConflict: somebody else has moved them meanwhile. Requires: LockArchive.
    Result<std::optional<ArchivedRange>> CopyOut(const MoveLimits& limits);
    /// Removes from the store what the files have, after it has read them once more; waits for
    /// readers. Also after a move that was cut off. `wait` is asked to pass the time where others
    /// share the store; false: stop.
    Status RemoveCopied(const std::function<bool(std::chrono::milliseconds)>& wait);
    /// Deletes a moved range's file for good: nobody has its records then. Requires: LockArchive,
    /// and that the decision is on record (pipeline/horizon.h).
    Status Delete(const ArchivedRange& range);

  private:
    ArchivedStream(std::unique_ptr<ArchivableStore> store, ArchiveOptions options);

    Result<std::optional<Sequence>> ReadArchived(
        const ArchivedRange& range, const ReadRequest& request, const RecordVisitor& visit
    );
    Result<bool> IsArchived(const RangeList& list, std::string_view id);
    Result<AppendOutcome> AppendOthers(
        std::span<const RawRecordView> records, std::vector<bool> was_there
    );
    Result<RawRecord> GetArchived(const ArchivedRange& range, Sequence sequence);
    void Tell(std::string_view step) const {
        if (options_.observer) options_.observer(step);
    }

    const std::unique_ptr<ArchivableStore> store_;
    const ArchiveOptions options_;
    const SystemClock system_clock_;
    FileSet files_;
    RangeBook book_;
};

}  // namespace tilth::archive
