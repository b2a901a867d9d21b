#include "broker/plugin.h"

namespace tilth::broker {

Result<std::filesystem::path> FindPlugin() {
    constexpr const char* kPlace = "lib/tilth/tilth_mosquitto.so";
    constexpr int kLevels = 5;
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    std::filesystem::path folder = program.parent_path();
    for (int level = 0; level < kLevels; ++level, folder = folder.parent_path()) {
        if (std::filesystem::exists(folder / kPlace, error)) return folder / kPlace;
    }
    return Fail(
        Fault::kUnavailable,
        "the broker's plugin {} is not in the folder of {} or above it; install Tilth anew, or "
        "name a running broker with --broker",
        kPlace,
        program.string()
    );
}

std::string PluginLines(
    const std::filesystem::path& plugin,
    const std::filesystem::path& folder,
    const std::string& sync
) {
    return fmt::format(
        "plugin {}\n"
        "plugin_opt_sync {}\n"
        "plugin_opt_journal {}\n"
        "plugin_opt_database {}\n"
        "plugin_opt_access open\n",
        plugin.string(),
        sync,
        (folder / "journal").string(),
        (folder / "mosquitto.db").string()
    );
}

}  // namespace tilth::broker
