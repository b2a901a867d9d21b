// A private Mosquitto for tests: a real broker on a free port, in a temporary folder of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tilth::test {

struct MosquittoOptions {
    /// Lines added to mosquitto.conf, as "max_queued_messages 0"; "{dir}" stands for the broker's
    /// folder.
    std::vector<std::string> config;
    /// Listens with TLS on tls_port() too, with a certificate for "localhost" of a private
    /// authority (ca_file()).
    bool tls = false;
};

/// Not thread-safe. Failures to start throw std::runtime_error with the broker's log.
class Mosquitto {
  public:
    /// Is the broker installed?
    static bool Available();

    /// Starts with persistence, no limit of queues and no password, on 127.0.0.1.
    explicit Mosquitto(MosquittoOptions options = {});
    /// Stops the broker and removes its folder.
    ~Mosquitto();
    Mosquitto(const Mosquitto&) = delete;
    Mosquitto& operator=(const Mosquitto&) = delete;

    uint16_t port() const { return port_; }
    uint16_t tls_port() const { return tls_port_; }
    const std::filesystem::path& dir() const { return dir_; }
    /// The authority's certificate, PEM.
    std::string ca_file() const { return (dir_ / "ca.pem").string(); }

    /// SIGTERM: the broker saves its database and ends.
    void Stop();
    /// SIGKILL: the broker ends where it stands.
    void Kill();
    /// SIGSTOP and SIGCONT: the broker stands still, its connections stay.
    void Freeze();
    void Thaw();
    /// SIGUSR1: saves the database.
    void Save();
    /// Starts again on the same port with the same database.
    void Start();

    /// What it has logged.
    std::string Log() const;
    pid_t pid() const { return pid_; }

  private:
    void WriteConfig() const;
    void MakeCertificates() const;
    void WaitUntilReady();
    void End(int signal);

    MosquittoOptions options_;
    std::filesystem::path dir_;
    uint16_t port_ = 0;
    uint16_t tls_port_ = 0;
    pid_t pid_ = 0;
};

}  // namespace tilth::test
