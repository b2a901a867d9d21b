#include "app/stores.h"

#include "app/stop.h"
#include "backend/duckdb/processed_store.h"
#include "backend/mongodb/stream_store.h"
#include "backend/postgresql/processed_store.h"
#include "backend/sqlite/stream_store.h"
#include "pipeline/retention.h"
#include "telemetry/log.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

namespace tilth::app {
namespace {

using telemetry::Level;
using telemetry::Log;

/// For DuckDB's cache and a person's queries; larger ones go through the disk.
constexpr size_t kQueryMemory = size_t{256} << 20;

/// Where nobody names another.
constexpr const char* kArchiveFolder = "archive";

constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr std::chrono::milliseconds kTick{100};

bool IsMongodb(std::string_view url) {
    return url.starts_with("mongodb://") || url.starts_with("mongodb+srv://");
}
bool IsPostgresql(std::string_view url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

/// False: asked to stop.
bool Pause(std::chrono::milliseconds length) {
    for (auto left = length; left.count() > 0; left -= kTick) {
        if (StopAsked()) return false;
        std::this_thread::sleep_for(std::min(left, kTick));
    }
    return !StopAsked();
}

Result<std::unique_ptr<ArchivableStore>> OpenMongodb(
    const Settings& settings,
    const Clock& clock,
    const std::string& lab_id,
    telemetry::PoolMetrics* metrics
) {
    mongodb::StreamOptions options;
    options.lab_id = lab_id;
    options.url = settings.stream;
    options.clock = &clock;
    options.ca_file = settings.stream_ca;
    options.metrics = metrics;
    if (!settings.stream_password_file.empty()) {
        TILTH_TRY(options.password, ReadSecret(settings.stream_password_file));
    }
    return mongodb::OpenStreamStore(options);
}

}  // namespace

Result<std::string> ReadSecret(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    if (!in || !std::getline(in, line) || line.empty())
        return Fail(Fault::kBadInput, "the file {} with a password cannot be read", file);
    if (line.back() == '\r') line.pop_back();
    return line;
}

Result<std::unique_ptr<archive::ArchivedStream>> OpenStream(
    const Settings& settings,
    const std::filesystem::path& file,
    const Clock& clock,
    const std::string& lab_id,
    telemetry::PoolMetrics* metrics
) {
    const std::string& url = settings.stream;
    archive::ArchiveOptions options;
    options.folder = settings.archive;
    options.clock = &clock;
    if (IsMongodb(url)) {
        if (options.folder.empty()) options.folder = settings.data / kArchiveFolder;
        options.look_again = archive::kLookAgain;
        options.settle = archive::kSettle;
        TILTH_TRY(auto store, OpenMongodb(settings, clock, lab_id, metrics));
        return archive::ArchivedStream::Open(std::move(store), std::move(options));
    }
    if (!url.empty() && !url.starts_with("sqlite:")) {
        return Fail(
            Fault::kBadInput,
            "--stream {}: expected sqlite:FILE or mongodb://user@host:27017/sensor",
            url.substr(0, url.find(':'))
        );
    }
    const std::filesystem::path at = url.empty() ? file : std::filesystem::path(url.substr(7));
    if (options.folder.empty()) options.folder = at.parent_path() / kArchiveFolder;
    TILTH_TRY(auto store, sqlite::OpenStreamStore(at.string(), {&clock, lab_id}));
    return archive::ArchivedStream::Open(std::move(store), std::move(options));
}

Result<Duration> ParseArchiveAge(std::string_view option, std::string_view text) {
    const Result<Duration> age = ParseDuration(text);
    if (!age) return Fail(Fault::kBadInput, "{}: {}", option, age.error().message);
    if (*age >= pipeline::kLeastArchiveAge) return age;
    return Fail(
        Fault::kBadInput,
        "{} {}: records younger than {} stay in the store",
        option,
        text,
        FormatDuration(pipeline::kLeastArchiveAge)
    );
}

Result<std::unique_ptr<ProcessedStore>> OpenProcessed(
    const Settings& settings,
    const std::filesystem::path& file,
    const Clock& clock,
    telemetry::PoolMetrics* metrics
) {
    const std::string& url = settings.processed;
    if (url.empty() || url.starts_with("duckdb:")) {
        return duckdb::OpenProcessedStore(
            url.empty() ? file.string() : url.substr(7),
            {.clock = &clock, .memory_limit_bytes = kQueryMemory}
        );
    }
    if (!IsPostgresql(url)) {
        return Fail(
            Fault::kBadInput,
            "--processed {}: expected duckdb:FILE or postgresql://user@host:5432/tilth",
            url.substr(0, url.find(':'))
        );
    }
    postgresql::ProcessedOptions options;
    options.url = url;
    options.password_file = settings.processed_password_file;
    options.metrics = metrics;
    TILTH_TRY(options.lease, ParseDuration(settings.lease));
    return postgresql::OpenProcessedStore(options);
}

bool IsServer(std::string_view url) {
    return IsMongodb(url) || IsPostgresql(url);
}
bool AreShared(const Settings& settings) {
    return IsServer(settings.stream) && IsServer(settings.processed);
}

Status WaitFor(
    telemetry::Health& health, std::string_view check, const std::function<Status()>& start
) {
    health.Declare(check);
    std::string told;
    for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
        const Status status = start();
        if (status) {
            if (!told.empty()) Log(Level::kInfo, "no longer waiting", {{"for", check}});
            health.SetReady(check);
            return {};
        }
        const Error& error = status.error();
        if (error.fault != Fault::kUnavailable && error.fault != Fault::kRefused) return status;
        health.SetNotReady(check, error.message);
        if (std::exchange(told, error.message) != error.message)
            Log(Level::kWarning, "waiting", {{"for", check}, {"reason", error.message}});
        if (!Pause(pause)) return Fail(Fault::kUnavailable, "stopped while waiting for {}", check);
    }
}

}  // namespace tilth::app
