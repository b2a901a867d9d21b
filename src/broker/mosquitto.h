// The Eclipse Mosquitto that `tilth up` starts for itself: configured, watched, started again when
// it dies.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace tilth::broker {

struct MosquittoOptions {
    std::filesystem::path folder;  ///< Its database and configuration; made when absent.
    uint16_t mqtt_port = 1883;     ///< On 127.0.0.1.
    uint16_t websocket_port = 9001;
    std::string binary = "mosquitto";  ///< Looked for in PATH and in /usr/sbin.
    std::string sync = "always";       ///< One of kSyncNames (broker/plugin.h).
    std::filesystem::path plugin;      ///< Empty: FindPlugin().
    bool has_plugin = true;            ///< False: Mosquitto alone, to compare with.
    std::string more;                  ///< Lines of mosquitto.conf that override those of ours.
};

/// Runs until destroyed. The child ends with its parent, however that ends.
class Mosquitto {
  public:
    /// Returns once the broker accepts connections, which is after its plugin has published again
    /// what a killed broker had not saved. kUnavailable: broker or plugin is not installed, a port
    /// is taken, or the broker does not start; the message says which, and what to do.
    static Result<std::unique_ptr<Mosquitto>> Start(const MosquittoOptions& options);
    /// Asks it to save and stop, and waits.
    ~Mosquitto();

    /// How often it died and was started again.
    int restarts() const;
    int pid() const;

  private:
    class Impl;
    explicit Mosquitto(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::broker
