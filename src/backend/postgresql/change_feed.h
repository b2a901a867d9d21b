// The change feed: one row a commit, numbered by the transaction.
//
// Transactions are numbered when they begin to write, and end in any order: a reader takes only the
// rows below the oldest number that is still at work (pg_snapshot_xmin), below which nothing can
// appear any more. So it misses nothing, and every server gives the same tokens for the same
// changes; a writer that is slow holds the feed back until it ends, and at the latest until the
// server ends it. A switch of generation waits for the writers of both (the generations' rows), so
// whatever commits behind it has a higher number, and the feed begins anew with the switch itself.
// NOTIFY on "tilth_change" tells that there may be news, nothing more.
#pragma once

#include "backend/postgresql/core.h"

namespace tilth::postgresql {

/// Queues the row of the transaction that is open on the connection, and the notification.
void QueueFeedRow(
    Connection& connection, GenerationId generation, std::span<const SeriesChanged> changes
);

/// Queues: from now on, older tokens get a reset.
void QueueFeedReset(Connection& connection);

Result<Changes> ChangesAfter(Connection& connection, ChangeToken token, size_t limit);
Result<ChangeToken> LatestToken(Connection& connection);

/// After a commit: every some hundred commits forgets changes that are older than the options say.
/// What fails is done by the next.
void PruneFeedNowAndThen(Core& core);

}  // namespace tilth::postgresql
