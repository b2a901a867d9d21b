#include "app/lab_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace tilth::app {
namespace {

/// The lock file holds "PID ADDR:PORT\n" while a lab runs and is empty after a clean stop.
std::string ReadAll(int fd) {
    std::array<char, 256> buffer{};
    const ssize_t length = pread(fd, buffer.data(), buffer.size(), 0);
    return std::string(buffer.data(), length > 0 ? static_cast<size_t>(length) : 0);
}

Holder ParseHolder(const std::string& text) {
    Holder holder;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), holder.pid);
    if (error != std::errc{}) return holder;
    const std::string_view rest(end, static_cast<size_t>(text.data() + text.size() - end));
    const size_t from = rest.find_first_not_of(" \n");
    if (from != std::string_view::npos)
        holder.http = rest.substr(from, rest.find('\n', from) - from);
    return holder;
}

Status WriteAll(int fd, const std::string& text) {
    if (ftruncate(fd, 0) != 0 ||
        pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return Fail(
            Fault::kUnavailable,
            "the lock file of the data folder cannot be written: {}",
            std::strerror(errno)
        );
    }
    return {};
}

}  // namespace

Result<LabFolder> LabFolder::Lock(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const std::filesystem::path path = folder / "lock";
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        return Fail(
            Fault::kUnavailable,
            "the data folder {} cannot be used: {}; choose another with --data",
            folder.string(),
            std::strerror(errno)
        );
    }
    const std::string before = ReadAll(fd);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return Fail(
            Fault::kConflict,
            "the lab in {} is in use by process {}; stop it, or choose another folder with --data",
            folder.string(),
            ParseHolder(before).pid
        );
    }
    LabFolder lab(folder, fd, !before.empty());
    TILTH_CHECK(WriteAll(fd, fmt::format("{}\n", getpid())));
    return lab;
}

std::optional<Holder> LabFolder::FindHolder(const std::filesystem::path& folder) {
    const int fd = open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    const bool is_held = flock(fd, LOCK_SH | LOCK_NB) != 0;
    const Holder holder = ParseHolder(ReadAll(fd));
    close(fd);
    return is_held ? std::optional(holder) : std::nullopt;
}

LabFolder::LabFolder(std::filesystem::path folder, int fd, bool was_killed)
    : folder_(std::move(folder)), fd_(fd), was_killed_(was_killed) {}

LabFolder::LabFolder(LabFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      fd_(std::exchange(other.fd_, -1)),
      was_killed_(other.was_killed_) {}

LabFolder::~LabFolder() {
    if (fd_ < 0) return;
    (void)WriteAll(fd_, "");
    close(fd_);
}

Status LabFolder::Announce(const std::string& http) {
    return WriteAll(fd_, fmt::format("{} {}\n", getpid(), http));
}

}  // namespace tilth::app
