#include "app/results_backup.h"

#include "app/stores.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

namespace tilth::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDuckdbCopy = "processed.duckdb";
constexpr const char* kPostgresqlCopy = "processed.pgdump";

fs::path DuckdbFile(const Settings& settings) {
    if (settings.processed.empty()) return settings.data / "processed.duckdb";
    return settings.processed.substr(settings.processed.find(':') + 1);
}

/// Complete or not there at all.
Status CopyFile(const fs::path& from, const fs::path& to) {
    const fs::path unfinished = to.string() + ".unfinished";
    std::error_code error;
    fs::copy_file(from, unfinished, fs::copy_options::overwrite_existing, error);
    if (!error) fs::rename(unfinished, to, error);
    if (!error) return {};
    return Fail(
        Fault::kUnavailable,
        "{} cannot be copied to {}: {}",
        from.string(),
        to.string(),
        error.message()
    );
}

/// Waits for it. kNotFound: not installed; kUnavailable: it failed, and has said why.
Status RunProgram(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t pid = 0;
    if (posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
        return Fail(Fault::kNotFound, "{} is not installed", words[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return Fail(Fault::kUnavailable, "{} failed", words[0]);
}

/// A password goes by the environment: the words of a program can be read by everybody.
Status GivePassword(const Settings& settings) {
    if (settings.processed_password_file.empty()) return {};
    TILTH_TRY(const std::string password, ReadSecret(settings.processed_password_file));
    setenv("PGPASSWORD", password.c_str(), 1);
    return {};
}

Status DumpPostgresql(const Settings& settings, const fs::path& copy) {
    TILTH_CHECK(GivePassword(settings));
    const std::string unfinished = copy.string() + ".unfinished";
    const Status dumped = RunProgram(
        {"pg_dump", "--format=custom", "--file", unfinished, "--dbname", settings.processed}
    );
    if (!dumped && dumped.error().fault == Fault::kNotFound) {
        fmt::print(
            "results are not in this backup: pg_dump is not installed (apt-get install "
            "postgresql-client); a restored lab computes them again\n"
        );
        return {};
    }
    TILTH_CHECK(dumped);
    std::error_code error;
    fs::rename(unfinished, copy, error);
    if (error) return Fail(Fault::kUnavailable, "{}: {}", copy.string(), error.message());
    fmt::print("results: {}, {} bytes\n", copy.string(), fs::file_size(copy, error));
    return {};
}

Status RestorePostgresql(const Settings& settings, const fs::path& copy) {
    TILTH_CHECK(GivePassword(settings));
    const Status restored = RunProgram(
        {"pg_restore",
         "--no-owner",
         "--exit-on-error",
         "--single-transaction",
         "--dbname",
         settings.processed,
         copy.string()}
    );
    if (restored || restored.error().fault == Fault::kNotFound) return restored;
    return Fail(
        Fault::kConflict,
        "{} was not restored: the database must be empty, and have the role tilth_reader. The "
        "stream is restored: a processor on an empty database computes the results again",
        copy.string()
    );
}

void SayThatTheyAreComputed() {
    fmt::print("results are not in this backup: they are computed from the stream\n");
}

}  // namespace

Status BackupResults(const Settings& settings, const std::string& folder) {
    const fs::path to(folder);
    if (IsServer(settings.processed)) return DumpPostgresql(settings, to / kPostgresqlCopy);
    const fs::path file = DuckdbFile(settings);
    if (!fs::exists(file)) return {};
    {
        // Opened and closed, the file is whole: nothing is left in a log beside it.
        const SystemClock clock;
        TILTH_TRY(const auto store, OpenProcessed(settings, file, clock));
    }
    TILTH_CHECK(CopyFile(file, to / kDuckdbCopy));
    fmt::print("results: {}, {} bytes\n", (to / kDuckdbCopy).string(), fs::file_size(file));
    return {};
}

Status RestoreResults(const Settings& settings, const std::string& folder) {
    const bool is_server = IsServer(settings.processed);
    const fs::path copy = fs::path(folder) / (is_server ? kPostgresqlCopy : kDuckdbCopy);
    if (!fs::exists(copy)) {
        SayThatTheyAreComputed();
        return {};
    }
    if (is_server) return RestorePostgresql(settings, copy);
    const fs::path file = DuckdbFile(settings);
    if (fs::exists(file)) {
        return Fail(
            Fault::kConflict,
            "{} is there already; take it away, then restore again, or let it be: results follow "
            "from the stream",
            file.string()
        );
    }
    return CopyFile(copy, file);
}

}  // namespace tilth::app
