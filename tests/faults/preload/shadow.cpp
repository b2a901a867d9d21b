#include "shadow.h"

#include "real.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace tilth::preload {
namespace {

constexpr off_t kEnd = INT64_MAX;
constexpr size_t kMostRanges = 256;  // more are joined to one

std::string PathOfDescriptor(int fd) {
    char path[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t n = ::readlink(link.c_str(), path, sizeof path);
    return n > 0 ? std::string(path, static_cast<size_t>(n)) : std::string();
}

/// "a/b" -> "a%2Fb".
std::string Encode(std::string_view path) {
    std::string name;
    for (const char c : path) {
        if (c == '/') {
            name += "%2F";
        } else {
            name += c;
        }
    }
    return name;
}

void MakeFolder(const std::string& path) {
    ::mkdir(path.c_str(), 0777);
}

/// A tool that cannot keep its books must not let a test pass.
void Insist(bool good, const char* what) {
    if (good) return;
    ::perror(what);
    ::abort();
}

}  // namespace

Shadow::Shadow(ShadowOptions options) : options_(std::move(options)) {
    for (const char* kind : {"", "/image", "/now", "/synced"}) MakeFolder(options_.shadow + kind);
}

void Shadow::Lock() {
    syncing_.lock();
    mutex_.lock();
}

void Shadow::Unlock() {
    mutex_.unlock();
    syncing_.unlock();
}

std::string Shadow::NameOf(int folder, const char* path) const {
    std::string full = path;
    if (full.empty()) return {};
    if (full.front() != '/') {
        char here[PATH_MAX];
        const std::string base = folder == AT_FDCWD
                                     ? (::getcwd(here, sizeof here) != nullptr ? here : "")
                                     : PathOfDescriptor(folder);
        full = base + "/" + full;
    }
    const size_t slash = full.rfind('/');
    char parent[PATH_MAX];
    if (::realpath(full.substr(0, slash + 1).c_str(), parent) == nullptr) return {};
    const std::string real = std::string(parent) + "/" + full.substr(slash + 1);
    if (!real.starts_with(options_.root + "/")) return {};
    return Encode(std::string_view(real).substr(options_.root.size() + 1));
}

std::string Shadow::NewId() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    char id[64];
    snprintf(id, sizeof id, "%d-%ld-%lu", ::getpid(), now.tv_nsec, ++made_);
    return id;
}

std::string Shadow::PathOf(const char* kind, const std::string& name) const {
    return options_.shadow + "/" + kind + "/" + name;
}

std::string Shadow::Link(const char* kind, const std::string& name) const {
    char id[PATH_MAX];
    const ssize_t n = ::readlink(PathOf(kind, name).c_str(), id, sizeof id);
    return n > 0 ? std::string(id, static_cast<size_t>(n)) : std::string();
}

void Shadow::SetLink(const char* kind, const std::string& name, const std::string& id) {
    const std::string path = PathOf(kind, name);
    if (id.empty()) {
        TILTH_REAL(unlink)(path.c_str());
        return;
    }
    const std::string fresh = options_.shadow + "/fresh-" + std::to_string(::getpid());
    TILTH_REAL(unlink)(fresh.c_str());
    Insist(::symlink(id.c_str(), fresh.c_str()) == 0, "unsynced: symlink");
    Insist(TILTH_REAL(rename)(fresh.c_str(), path.c_str()) == 0, "unsynced: rename");
}

std::vector<std::string> Shadow::Names(const char* kind) const {
    std::vector<std::string> names;
    DIR* folder = ::opendir(PathOf(kind, "").c_str());
    if (folder == nullptr) return names;
    while (const dirent* entry = ::readdir(folder)) {
        if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    }
    ::closedir(folder);
    return names;
}

Shadow::File* Shadow::Find(int fd, struct stat* status) {
    struct stat local;
    struct stat& found = status == nullptr ? local : *status;
    if (::fstat(fd, &found) != 0 || !S_ISREG(found.st_mode)) return nullptr;
    const auto at = files_.find({found.st_dev, found.st_ino});
    return at == files_.end() ? nullptr : &at->second;
}

void Shadow::Opened(int fd, const std::string& name, bool existed, bool unseen) {
    struct stat status;
    const std::scoped_lock lock(mutex_);
    File* known = Find(fd, &status);
    if (!S_ISREG(status.st_mode)) return;
    std::string id = existed ? Link("now", name) : "";
    if (known != nullptr && !id.empty() && known->id == id) {
        known->unseen |= unseen;
        return;
    }
    File file;
    file.unseen = unseen;
    if (!id.empty()) {
        // Of an earlier process, whose unsynced writes may still be there.
        file.written = {{0, kEnd}};
    } else {
        id = NewId();
        file.new_name = !existed;
        file.id = id;
        CopyToImage(fd, file, {{0, kEnd}}, existed ? status.st_size : 0);
        SetLink("now", name, id);
        if (existed) SetLink("synced", name, id);  // it was there before anyone watched
    }
    file.id = id;
    files_[{status.st_dev, status.st_ino}] = std::move(file);
}

void Shadow::Mapped(int fd) {
    const std::scoped_lock lock(mutex_);
    if (File* file = Find(fd)) file->unseen = true;
}

void Shadow::Written(int fd, off_t from, off_t to) {
    const std::scoped_lock lock(mutex_);
    File* file = Find(fd);
    if (file == nullptr) return;
    std::vector<Range>& written = file->written;
    if (!written.empty() && from >= written.back().first && from <= written.back().second) {
        written.back().second = std::max(written.back().second, to);
        return;
    }
    written.emplace_back(from, to);
    if (written.size() < kMostRanges) return;
    Range all = written.front();
    for (const Range& range : written) {
        all = {std::min(all.first, range.first), std::max(all.second, range.second)};
    }
    written = {all};
}

void Shadow::Truncated(int fd, off_t size) {
    // What lies behind the new end is zero if the file grows again.
    Written(fd, size, kEnd);
}

void Shadow::Renamed(const std::string& from, const std::string& to) {
    const std::scoped_lock lock(mutex_);
    if (from.empty() && to.empty()) return;
    const std::string id = from.empty() ? "" : Link("now", from);
    if (!from.empty()) SetLink("now", from, "");
    if (!to.empty()) SetLink("now", to, id);
    for (auto& [inode, file] : files_) {
        if (file.id == id) file.new_name = true;
    }
}

void Shadow::Removed(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const std::string id = Link("now", name);
    SetLink("now", name, "");
    // Its inode's number may come again for another file.
    std::erase_if(files_, [&](const auto& entry) { return entry.second.id == id; });
}

Shadow::Pending Shadow::Take(int fd) {
    Pending pending;
    const std::scoped_lock lock(mutex_);
    struct stat status;
    if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        pending.is_folder = true;
    } else if (File* file = Find(fd)) {
        pending.is_file = true;
        pending.written.swap(file->written);
        if (file->unseen) pending.written = {{0, kEnd}};
    }
    return pending;
}

void Shadow::Finish(int fd, const Pending& pending, bool done) {
    const std::scoped_lock lock(mutex_);
    if (pending.is_folder && done) SyncNamesOfFolder(fd);
    if (!pending.is_file) return;
    struct stat status;
    File* file = Find(fd, &status);
    if (file == nullptr) return;
    if (!done) {
        file->written.insert(file->written.begin(), pending.written.begin(), pending.written.end());
        return;
    }
    CopyToImage(fd, *file, pending.written, status.st_size);
    if (file->new_name && !options_.strict_names) {
        SyncNamesOfFile(file->id);
        file->new_name = false;
    }
}

void Shadow::CopyToImage(int fd, const File& file, const std::vector<Range>& ranges, off_t size) {
    // The program's descriptor may be for writing only.
    const std::string source = "/proc/self/fd/" + std::to_string(fd);
    const int from = TILTH_REAL(open)(source.c_str(), O_RDONLY | O_CLOEXEC);
    const int to =
        TILTH_REAL(open)(PathOf("image", file.id).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    Insist(from >= 0 && to >= 0, "unsynced: open of an image");
    Insist(TILTH_REAL(ftruncate)(to, size) == 0, "unsynced: ftruncate of an image");
    std::vector<char> buffer(256 << 10);
    for (const auto& [begin, end] : ranges) {
        const off_t limit = std::min(end, size);
        for (off_t at = begin; at < limit;) {
            const size_t want = std::min<size_t>(buffer.size(), static_cast<size_t>(limit - at));
            const ssize_t n = ::pread(from, buffer.data(), want, at);
            if (n <= 0) break;  // shorter than a moment ago
            Insist(
                TILTH_REAL(pwrite)(to, buffer.data(), static_cast<size_t>(n), at) == n,
                "unsynced: write of an image"
            );
            at += n;
        }
    }
    ::close(from);
    ::close(to);
}

void Shadow::SyncNamesOfFile(const std::string& id) {
    for (const std::string& name : Names("synced")) {
        if (Link("synced", name) == id && Link("now", name) != id) SetLink("synced", name, "");
    }
    for (const std::string& name : Names("now")) {
        if (Link("now", name) == id) SetLink("synced", name, id);
    }
}

void Shadow::SyncNamesOfFolder(int fd) {
    const std::string path = PathOfDescriptor(fd);
    if (path != options_.root && !path.starts_with(options_.root + "/")) return;
    const std::string prefix =
        path == options_.root
            ? ""
            : Encode(std::string_view(path).substr(options_.root.size() + 1)) + "%2F";
    const auto is_inside = [&](const std::string& name) {
        return name.starts_with(prefix) && name.find("%2F", prefix.size()) == std::string::npos;
    };
    for (const std::string& name : Names("synced")) {
        if (is_inside(name) && Link("now", name).empty()) SetLink("synced", name, "");
    }
    for (const std::string& name : Names("now")) {
        if (is_inside(name)) SetLink("synced", name, Link("now", name));
    }
}

}  // namespace tilth::preload
