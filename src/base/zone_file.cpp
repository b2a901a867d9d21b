#include "base/zone_file.h"

#include "base/text.h"

#include <filesystem>
#include <fstream>

namespace tilth {
namespace {

constexpr const char* kFolder = "/usr/share/zoneinfo";
constexpr std::streamsize kLargest = 1 << 20;

/// Names of the database: parts of letters, digits, '_', '-' and '+' between slashes.
bool IsZoneName(std::string_view name) {
    if (name.empty() || name.size() > 64 || name.front() == '/' || name.back() == '/') return false;
    for (const char c : name) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '-' && c != '+' && c != '/') return false;
    }
    return name.find("//") == std::string_view::npos;
}

}  // namespace

Result<std::string> LoadZoneFile(std::string_view name) {
    std::error_code error;
    if (!std::filesystem::is_directory(kFolder, error)) {
        return Fail(
            Fault::kNotFound, "{} is missing; install the time zones (Debian: tzdata)", kFolder
        );
    }
    const std::filesystem::path path = std::filesystem::path(kFolder) / name;
    if (!IsZoneName(name) || !std::filesystem::is_regular_file(path, error)) {
        return Fail(
            Fault::kNotFound, "there is no time zone \"{}\" in {}", Printable(name), kFolder
        );
    }
    std::ifstream file(path, std::ios::binary);
    std::string bytes(static_cast<size_t>(kLargest), '\0');
    file.read(bytes.data(), kLargest);
    bytes.resize(static_cast<size_t>(file.gcount()));
    if (!bytes.starts_with("TZif")) {
        return Fail(Fault::kNotFound, "{} is no time zone file", path.string());
    }
    return bytes;
}

}  // namespace tilth
