// For tests: a folder for a journal beside a database as Mosquitto saves one.
#pragma once

#include <arpa/inet.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tilth::broker_plugin {

/// Bytes of a mosquitto.db, version 6, made chunk by chunk.
class DatabaseBytes {
  public:
    explicit DatabaseBytes(bool at_shutdown, uint32_t version = 6) {
        bytes_.assign("\0\265\0mosquitto db", 15);
        bytes_.append(4, '\0');
        AppendNumber(version);
        std::string config(16, '\0');
        config[8] = at_shutdown ? 1 : 0;
        config[9] = 8;
        Chunk(1, config);
    }
    void Chunk(uint32_t kind, const std::string& body) {
        AppendNumber(kind);
        AppendNumber(static_cast<uint32_t>(body.size()));
        bytes_ += body;
    }
    void AddSubscription(const std::string& client, const std::string& filter) {
        std::string body(12, '\0');
        const uint16_t sizes[] = {
            htons(static_cast<uint16_t>(client.size())),
            htons(static_cast<uint16_t>(filter.size()))};
        std::memcpy(body.data() + 4, sizes, sizeof sizes);
        Chunk(5, body + client + filter);
    }
    const std::string& bytes() const { return bytes_; }

  private:
    void AppendNumber(uint32_t number) {
        const uint32_t network = htonl(number);
        bytes_.append(reinterpret_cast<const char*>(&network), sizeof network);
    }

    std::string bytes_;
};

/// Removed at the end.
class JournalPlace {
  public:
    JournalPlace() {
        std::string name =
            (std::filesystem::temp_directory_path() / "tilth-journal-XXXXXX").string();
        path_ = mkdtemp(name.data());
        std::filesystem::create_directory(folder());
    }
    ~JournalPlace() { std::filesystem::remove_all(path_); }
    JournalPlace(const JournalPlace&) = delete;
    JournalPlace& operator=(const JournalPlace&) = delete;

    std::filesystem::path folder() const { return path_ / "journal"; }
    std::filesystem::path database() const { return path_ / "mosquitto.db"; }

    void Save(bool at_shutdown) const { Replace(DatabaseBytes(at_shutdown).bytes()); }
    void SaveCutShort() const {
        DatabaseBytes whole(false);
        whole.Chunk(2, std::string(1000, 'x'));
        Replace(whole.bytes().substr(0, whole.bytes().size() - 100));
    }
    static void Overwrite(
        const std::filesystem::path& file, std::streamoff at, const std::string& bytes
    ) {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(at);
        out << bytes;
    }

  private:
    void Replace(const std::string& bytes) const {
        const std::filesystem::path fresh = path_ / "mosquitto.db.new";
        std::ofstream(fresh, std::ios::binary) << bytes;
        std::filesystem::rename(fresh, database());
    }

    std::filesystem::path path_;
};

}  // namespace tilth::broker_plugin
