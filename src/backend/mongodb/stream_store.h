// The stream store in a MongoDB database (docs/formats/stream_mongodb.md): for many processes on
// many machines. Any server that speaks MongoDB's protocol will do that has ordered inserts, unique
// _ids and majority concerns: MongoDB 7, or FerretDB 1.24 for one machine.
#pragma once

#include "base/clock.h"
#include "store/archivable_store.h"
#include "telemetry/pool_metrics.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tilth::mongodb {

struct StreamOptions {
    /// mongodb://[user[:password]@]host[:port][,host...][/database][?options]; the database is
    /// "sensor" where none is named. Timeouts that the address does not set are 5 s for finding and
    /// connecting, 30 s for an answer, 20 s for the majority.
    std::string url;
    std::string password = {};  ///< Takes the place of the address's, if not empty.
    std::string ca_file = {};   ///< PEM file of the authorities to trust; switches TLS on.
    /// Gives WriterInfo::opened_at. Must outlive the store; null: the machine's clock.
    const Clock* clock = nullptr;
    /// Of the lab that is restored; empty: a new lab, or the database's.
    std::string lab_id = {};
    /// Sees each command before it is sent, as relaxed JSON, on any thread. For tests.
    std::function<void(std::string_view command)> observer = {};
    telemetry::PoolMetrics* metrics = nullptr;  ///< Null: not counted. Outlives the store.
};

/// Opens the lab's stream, and creates it with a new lab id where there is none; several processes
/// may do so at once. The connection comes back by itself when the server was away.
/// kUnavailable: nobody answers there; kRefused: wrong password, no right, or made by a newer
/// Tilth; kBadInput: not an address; kCorrupt: the database is somebody else's; kConflict:
/// another lab than was asked for.
Result<std::unique_ptr<ArchivableStore>> OpenStreamStore(const StreamOptions& options);

}  // namespace tilth::mongodb
