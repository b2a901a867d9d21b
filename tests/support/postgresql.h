// A private PostgreSQL cluster for tests: a real server in a temporary folder of its own, with
// fsync on, reached through a Unix socket there (and on request over TCP and TLS).
//
// PostgreSQL does not run as root: started by root, it runs as the user `postgres` or `nobody`.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tilth::test {

struct PostgresqlOptions {
    /// Lines added to postgresql.conf, as "max_connections = 20"; "{dir}" stands for the folder.
    std::vector<std::string> config;
    /// Listens on 127.0.0.1:port() too, where a password is asked for (scram-sha-256).
    bool tcp = false;
    /// And there with TLS, with a certificate for "localhost" of a private authority (ca_file()).
    bool tls = false;
};

/// Not thread-safe. Failures to start throw std::runtime_error with the server's log.
class Postgresql {
  public:
    /// Is the server installed?
    static bool Available();
    /// One for the whole test program, started at the first use, without autovacuum (which would
    /// hold back the change feed for moments that no test can foresee). A child that runs the same
    /// program uses its parent's.
    static Postgresql& Shared();

    explicit Postgresql(PostgresqlOptions options = {});
    /// Stops the server and removes its folder.
    ~Postgresql();
    Postgresql(const Postgresql&) = delete;
    Postgresql& operator=(const Postgresql&) = delete;

    /// A new database; the name is made from `place`, the same for the same place.
    /// Returns its URL. Does nothing to a database that is there.
    std::string Database(const std::string& place);
    /// The URL of a database by its name, as the superuser over the Unix socket.
    std::string Url(const std::string& database) const;
    /// SQL as the superuser; throws what the server says. Returns the first cell, empty without.
    std::string Execute(const std::string& database, const std::string& sql) const;

    uint16_t port() const { return port_; }
    const std::filesystem::path& dir() const { return dir_; }
    /// The authority's certificate, PEM.
    std::string ca_file() const { return (dir_ / "ca.pem").string(); }

    /// SIGINT: ends connections and stops properly ("fast").
    void Stop();
    /// SIGQUIT: every process of the server ends at once, as if the machine lost power but for what
    /// the kernel has.
    void Crash();
    /// SIGSTOP and SIGCONT for the server and all its processes: connections stay.
    void Freeze();
    void Thaw();
    /// Starts again in the same folder, on the same port.
    void Start();

    std::string Log() const;
    pid_t pid() const { return pid_; }

  private:
    struct Attach {
        std::filesystem::path dir;
        uint16_t port;
    };
    explicit Postgresql(Attach there)
        : dir_(std::move(there.dir)), port_(there.port), is_anothers_(true) {}

    static std::unique_ptr<Postgresql> ParentsOrOwn();
    void Initialize();
    void Configure() const;
    void MakeCertificates() const;
    void WaitUntilReady();
    void End(int signal);
    void SignalAll(int signal) const;
    pid_t Run(const std::vector<std::string>& command) const;

    PostgresqlOptions options_;
    std::filesystem::path dir_;
    uint16_t port_ = 0;
    pid_t pid_ = 0;
    bool is_anothers_ = false;
};

}  // namespace tilth::test
