// A private server with MongoDB's protocol for tests: FerretDB 1.24 over SQLite files, on a free
// port, in a temporary folder of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tilth::test {

struct FerretDbOptions {
    /// Listens with TLS only, with a certificate for "localhost" of a private authority
    /// (ca_file()).
    bool tls = false;
    /// Where its folder is made; empty: the system's folder for temporary files.
    std::filesystem::path parent = {};
};

/// Not thread-safe. Failures to start throw std::runtime_error with the server's log.
class FerretDb {
  public:
    /// Was the program built (third_party/fetch ferretdb)?
    static bool Available();
    /// One server for all tests of a program and of the programs it starts; it ends with the first.
    static FerretDb& Shared();

    explicit FerretDb(FerretDbOptions options = {});
    /// Stops the server and removes its folder.
    ~FerretDb();
    FerretDb(const FerretDb&) = delete;
    FerretDb& operator=(const FerretDb&) = delete;

    uint16_t port() const { return port_; }
    const std::filesystem::path& dir() const { return dir_; }
    /// The authority's certificate, PEM.
    std::string ca_file() const { return (dir_ / "ca.pem").string(); }
    /// "mongodb://127.0.0.1:PORT/DATABASE"
    std::string Url(std::string_view database) const;
    /// The same, with a database that is named after a folder, one for each.
    std::string UrlFor(const std::filesystem::path& place) const;

    /// SIGKILL: the server ends where it stands.
    void Kill();
    /// SIGSTOP and SIGCONT: the server stands still, its connections stay.
    void Freeze();
    void Thaw();
    /// Starts again on the same port with the same data. The server ends with the thread that
    /// calls.
    void Start();

    std::string Log() const;
    pid_t pid() const { return pid_; }

  private:
    explicit FerretDb(uint16_t running_at) : port_(running_at) {}
    void MakeCertificates() const;
    void WaitUntilReady();
    void Run() const;

    FerretDbOptions options_;
    std::filesystem::path dir_;
    uint16_t port_ = 0;
    pid_t pid_ = 0;
};

}  // namespace tilth::test
