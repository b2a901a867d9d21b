// The two stores of a lab by their addresses: files of this machine, or servers.
#pragma once

#include "app/settings.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/archive/archived_stream.h"
#include "store/processed_store.h"
#include "telemetry/health.h"
#include "telemetry/pool_metrics.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

namespace tilth::app {

/// "sqlite:FILE" or "mongodb://..."; `file` where the settings name none. Records that were moved
/// into archive files are read from the folder the settings name, else from "archive" beside the
/// file, else from that in the folder of the lab's data. `metrics` count the connections to a
/// server, and outlive the store; null: they are not counted.
Result<std::unique_ptr<archive::ArchivedStream>> OpenStream(
    const Settings& settings,
    const std::filesystem::path& file,
    const Clock& clock,
    const std::string& lab_id = {},
    telemetry::PoolMetrics* metrics = nullptr
);
/// "duckdb:FILE" or "postgresql://..."; `file` where the settings name none.
Result<std::unique_ptr<ProcessedStore>> OpenProcessed(
    const Settings& settings,
    const std::filesystem::path& file,
    const Clock& clock,
    telemetry::PoolMetrics* metrics = nullptr
);

/// The age that `option` gives; kBadInput: no duration, or below pipeline::kLeastArchiveAge.
Result<Duration> ParseArchiveAge(std::string_view option, std::string_view text);

/// Whether the address names a server, not a file.
bool IsServer(std::string_view url);
/// Whether both stores are servers, so that any number of processes may work on them.
bool AreShared(const Settings& settings);

/// Tries again, more and more rarely, while `start` fails because something is away or not yet
/// allowed; says what it waits for once, in the log and as the reason of the check. Any other
/// error, or kUnavailable when the process is asked to stop, ends it.
Status WaitFor(
    telemetry::Health& health, std::string_view check, const std::function<Status()>& start
);

/// The first line of a file with a secret. kBadInput: it cannot be read or is empty.
Result<std::string> ReadSecret(const std::string& file);

}  // namespace tilth::app
