// What can be known about mosquitto.db, the file in which Mosquitto saves its sessions and queues
// (version 6 of its format, that of Mosquitto 2.0; sources: persist.h, persist_write.c).
#pragma once

#include "base/result.h"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace tilth::broker_plugin {

struct Subscription {
    std::string client;
    std::string filter;

    friend auto operator<=>(const Subscription&, const Subscription&) = default;
};

struct SavedDatabase {
    bool at_shutdown = false;  ///< Written by a broker that stopped in good order.
    std::set<Subscription> subscriptions;
};

/// Mosquitto looks neither at all results of its writes nor at that of fsync before it renames the
/// new file over the old one, so a full disk can leave a file cut short. kCorrupt: it does not end
/// where its last chunk ends, or is of another version.
Result<SavedDatabase> ParseSavedDatabase(std::string_view bytes);

/// Of a file; kNotFound when there is none.
Result<SavedDatabase> ReadSavedDatabase(const std::filesystem::path& path);

/// Tells one saved file from the next: Mosquitto writes each anew and renames it.
struct DatabaseStamp {
    uint64_t inode = 0;
    int64_t modified = 0;  ///< Nanoseconds since 1970.
    int64_t changed = 0;
    int64_t size = -1;  ///< -1: there is no file.

    static DatabaseStamp Of(const char* path) noexcept;
    friend bool operator==(const DatabaseStamp&, const DatabaseStamp&) = default;
};

}  // namespace tilth::broker_plugin
