#include "broker_plugin/saved_database.h"

#include "broker_plugin/bytes.h"
#include "broker_plugin/segment_file.h"

#include <arpa/inet.h>
#include <sys/stat.h>

namespace tilth::broker_plugin {
namespace {

constexpr std::string_view kMagic{"\0\265\0mosquitto db", 15};
constexpr size_t kPreamble = 15 + 4 + 4;  // magic, an unused checksum, the version
constexpr uint32_t kVersion = 6;

// Chunks: a number and a length in network order, then fields as the machine has them.
constexpr uint32_t kConfigChunk = 1;
constexpr uint32_t kSubscriptionChunk = 5;
constexpr size_t kChunkHeader = 8;

// struct PF_cfg, struct PF_sub.
constexpr size_t kShutdownAt = 8;
constexpr size_t kClientSizeAt = 4;
constexpr size_t kFilterSizeAt = 6;
constexpr size_t kSubscriptionFields = 12;

uint32_t Network(std::string_view bytes, size_t at) {
    return ntohl(Get<uint32_t>(bytes.data() + at));
}

void ReadSubscription(std::string_view chunk, SavedDatabase& saved) {
    if (chunk.size() < kSubscriptionFields) return;
    const size_t client = ntohs(Get<uint16_t>(chunk.data() + kClientSizeAt));
    const size_t filter = ntohs(Get<uint16_t>(chunk.data() + kFilterSizeAt));
    const std::string_view names = chunk.substr(kSubscriptionFields);
    if (client + filter > names.size()) return;
    saved.subscriptions.insert(
        {std::string(names.substr(0, client)), std::string(names.substr(client, filter))}
    );
}

}  // namespace

Result<SavedDatabase> ParseSavedDatabase(std::string_view bytes) {
    if (!bytes.starts_with(kMagic) || bytes.size() < kPreamble)
        return Fail(Fault::kCorrupt, "it is no database of Mosquitto, or cut short");
    if (const uint32_t version = Network(bytes, kPreamble - 4); version != kVersion) {
        return Fail(
            Fault::kCorrupt, "its format has version {}, this program knows {}", version, kVersion
        );
    }
    SavedDatabase saved;
    size_t at = kPreamble;
    while (bytes.size() - at >= kChunkHeader) {
        const uint32_t kind = Network(bytes, at);
        const size_t length = Network(bytes, at + 4);
        at += kChunkHeader;
        if (kind == 0 || length > bytes.size() - at)
            return Fail(Fault::kCorrupt, "it is cut short, or damaged at byte {}", at);
        const std::string_view chunk = bytes.substr(at, length);
        if (kind == kConfigChunk && length > kShutdownAt)
            saved.at_shutdown = chunk[kShutdownAt] != 0;
        if (kind == kSubscriptionChunk) ReadSubscription(chunk, saved);
        at += length;
    }
    if (at != bytes.size()) return Fail(Fault::kCorrupt, "it is cut short at byte {}", at);
    return saved;
}

Result<SavedDatabase> ReadSavedDatabase(const std::filesystem::path& path) {
    TILTH_TRY(const MappedFile file, MappedFile::Open(path));
    auto saved = ParseSavedDatabase(file.bytes());
    if (!saved) {
        return Fail(
            saved.error().fault, "the broker's {}: {}", path.string(), saved.error().message
        );
    }
    return saved;
}

DatabaseStamp DatabaseStamp::Of(const char* path) noexcept {
    struct stat status {};
    if (stat(path, &status) != 0) return {};
    constexpr int64_t kNanos = 1'000'000'000;
    return {
        status.st_ino,
        status.st_mtim.tv_sec * kNanos + status.st_mtim.tv_nsec,
        status.st_ctim.tv_sec * kNanos + status.st_ctim.tv_nsec,
        status.st_size};
}

}  // namespace tilth::broker_plugin
