// The folder of a lab's data and who holds it: one process at a time; others find it and talk to
// it.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <optional>
#include <string>

namespace tilth::app {

/// The process that holds a lab.
struct Holder {
    int pid = 0;
    std::string http;  ///< ADDR:PORT of its API; empty while it starts.
};

/// The lock on a lab's folder, held until destroyed or until the process ends, however it ends.
class LabFolder {
  public:
    /// Makes the folder when absent. kConflict when another process holds it: the message has its
    /// pid.
    static Result<LabFolder> Lock(const std::filesystem::path& folder);
    /// Who holds it now, if anybody.
    static std::optional<Holder> FindHolder(const std::filesystem::path& folder);

    LabFolder(LabFolder&& other) noexcept;
    LabFolder& operator=(LabFolder&&) = delete;
    LabFolder(const LabFolder&) = delete;
    ~LabFolder();

    /// Tells others where to reach this process.
    Status Announce(const std::string& http);
    /// True when the last holder did not say goodbye: it was killed, or the machine was.
    bool was_killed() const { return was_killed_; }

    std::filesystem::path StreamFile() const { return folder_ / "stream.sqlite"; }
    std::filesystem::path ProcessedFile() const { return folder_ / "processed.duckdb"; }
    std::filesystem::path BrokerFolder() const { return folder_ / "broker"; }
    const std::filesystem::path& folder() const { return folder_; }

  private:
    LabFolder(std::filesystem::path folder, int fd, bool was_killed);
    std::filesystem::path folder_;
    int fd_;
    bool was_killed_;
};

}  // namespace tilth::app
