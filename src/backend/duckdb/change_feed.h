// The last changes of the active generation, in memory: who asks for older ones is told to read
// anew.
#pragma once

#include "store/processed_store.h"

#include <deque>
#include <mutex>

namespace tilth::duckdb {

/// Thread-safe.
class ChangeFeed {
  public:
    /// `token`: of the newest commit in the store; changes before it are not known.
    explicit ChangeFeed(ChangeToken token = {}) : floor_(token), newest_(token) {}

    /// After the commit that `token` stands for is visible.
    void Publish(ChangeToken token, std::vector<SeriesChanged> series);
    /// Forgets all changes: another generation is active.
    void Reset(ChangeToken token);

    /// One range a series, the hull of its changes. A commit is never split: `limit` is passed over
    /// by the rest of the commit that reaches it.
    Changes After(ChangeToken token, size_t limit) const;
    ChangeToken Newest() const;

  private:
    struct Entry {
        ChangeToken token;
        SeriesChanged change;
    };

    mutable std::mutex mutex_;
    std::deque<Entry> entries_;
    ChangeToken floor_;  ///< Changes after this one are all in `entries_`.
    ChangeToken newest_;
};

}  // namespace tilth::duckdb
