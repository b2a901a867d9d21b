#include "broker_plugin/folder.h"

#include "broker_plugin/segment.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace tilth::broker_plugin {
namespace {

constexpr std::string_view kSegmentSuffix = ".journal";
constexpr std::string_view kSpareSuffix = ".spare";
constexpr size_t kDigits = 16;

std::optional<uint64_t> SequenceOf(std::string_view name, std::string_view suffix) {
    if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
    uint64_t sequence = 0;
    const char* const end = name.data() + kDigits;
    const auto parsed = std::from_chars(name.data(), end, sequence, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return sequence;
}

Result<std::vector<SegmentPath>> List(
    const std::filesystem::path& folder, std::string_view suffix
) {
    std::vector<SegmentPath> found;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        const std::optional<uint64_t> sequence = SequenceOf(it->path().filename().native(), suffix);
        if (!sequence) continue;
        std::error_code gone;
        const uint64_t bytes = std::filesystem::file_size(it->path(), gone);
        if (!gone) found.push_back({it->path(), *sequence, bytes});
    }
    if (error) {
        return Fail(
            Fault::kUnavailable,
            "the journal folder {} cannot be read: {}",
            folder.string(),
            error.message()
        );
    }
    std::ranges::sort(found, {}, &SegmentPath::sequence);
    return found;
}

std::unexpected<Error> CannotOpen(const std::filesystem::path& folder, int error) {
    return Fail(
        Fault::kUnavailable,
        "the journal folder {} cannot be opened: {}; make it and give it to the user the broker "
        "runs as (Mosquitto started as root changes to the user \"mosquitto\" first, unless its "
        "configuration says \"user root\")",
        folder.string(),
        std::strerror(error)
    );
}

}  // namespace

Result<std::vector<SegmentPath>> ListSegments(const std::filesystem::path& folder) {
    return List(folder, kSegmentSuffix);
}

Result<JournalFolder> JournalFolder::Lock(const std::filesystem::path& folder) {
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return CannotOpen(folder, errno);
    const std::filesystem::path file = folder / "lock";
    const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return CannotOpen(folder, errno);
    JournalFolder locked(folder, fd);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return Fail(
            Fault::kConflict,
            "the journal folder {} is in use by another broker, or the plugin is loaded twice; "
            "each needs a folder of its own",
            folder.string()
        );
    }
    return locked;
}

JournalFolder::~JournalFolder() {
    if (lock_ >= 0) close(lock_);
}

uint64_t JournalFolder::LastRun() const {
    uint64_t number = 0;
    return pread(lock_, &number, sizeof number, 0) == sizeof number ? number : 0;
}

Status JournalFolder::NoteRun(uint64_t number) const {
    if (pwrite(lock_, &number, sizeof number, 0) == sizeof number && fsync(lock_) == 0) return {};
    return CannotOpen(path_, errno);
}

std::filesystem::path JournalFolder::SegmentFor(uint64_t sequence) const {
    return path_ / fmt::format("{:016x}{}", sequence, kSegmentSuffix);
}

std::filesystem::path JournalFolder::SpareFor(uint64_t sequence) const {
    return path_ / fmt::format("{:016x}{}", sequence, kSpareSuffix);
}

std::vector<SegmentPath> JournalFolder::GiveBack(
    std::vector<SegmentPath> segments, const std::vector<uint64_t>& ends
) const {
    std::vector<SegmentPath> left;
    for (size_t i = 0; i < segments.size(); ++i) {
        SegmentPath& segment = segments[i];
        std::error_code error;
        if (ends[i] == kSegmentHeader) {
            std::filesystem::rename(segment.path, SpareFor(segment.sequence), error);
            if (!error) continue;
        } else if (ends[i] != 0 && ends[i] < segment.bytes) {
            std::filesystem::resize_file(segment.path, ends[i], error);
            if (!error) segment.bytes = ends[i];
        }
        left.push_back(std::move(segment));
    }
    return left;
}

Result<std::vector<SegmentPath>> JournalFolder::ListSpares() const {
    return List(path_, kSpareSuffix);
}

}  // namespace tilth::broker_plugin
