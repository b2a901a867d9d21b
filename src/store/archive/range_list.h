// The list of archived ranges as a reader works with it, and how it comes up to date.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "store/archivable_store.h"

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

namespace tilth::archive {

/// The entries at one moment; immutable.
class RangeList {
  public:
    /// By writer and place, as ArchivableStore::Archived gives them.
    explicit RangeList(std::vector<ArchivedRange> ranges);
    RangeList(const RangeList&) = delete;  // its parts point into each other
    RangeList& operator=(const RangeList&) = delete;

    const std::vector<ArchivedRange>& ranges() const { return ranges_; }
    /// The one with the record's place; null: none.
    const ArchivedRange* Containing(WriterId writer, Sequence sequence) const;
    /// The lowest of the writer that ends behind the place; null: none.
    const ArchivedRange* EndingBehind(WriterId writer, Sequence sequence) const;
    /// Those, not deleted, among whose message ids this one may be. Cheap where there is none,
    /// because ids of later times are higher.
    std::vector<const ArchivedRange*> MayHaveId(std::string_view id) const;

  private:
    /// By lowest id; `highest` is the highest of this and all before it.
    struct Ids {
        std::string_view lowest;
        std::string_view highest_so_far;
        const ArchivedRange* range = nullptr;
    };
    std::vector<ArchivedRange> ranges_;
    std::vector<Ids> ids_;
};

/// What a reader holds while it works: as long as it lives, no record leaves the store that this
/// list says is there.
using RangeListPtr = std::shared_ptr<const RangeList>;

/// Thread-safe.
class RangeBook {
  public:
    using Age = std::chrono::steady_clock::duration;
    /// `most_age`: another process may have changed the list that long ago; zero: there is none.
    RangeBook(ArchivableStore& store, Age most_age) : store_(store), most_age_(most_age) {}

    /// The list, no older than it may be. As ArchivableStore::Archived.
    Result<RangeListPtr> Get();
    /// The list as it is now.
    Result<RangeListPtr> Refresh();
    /// Waits until nobody in this process works with an older list.
    void WaitForOldReaders();

  private:
    struct State {
        RangeListPtr current;
        std::chrono::steady_clock::time_point read_at;
        std::vector<std::weak_ptr<const RangeList>> older;
    };

    ArchivableStore& store_;
    const Age most_age_;
    Guarded<State> state_;
};

}  // namespace tilth::archive
