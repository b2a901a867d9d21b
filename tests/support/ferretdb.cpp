#include "support/ferretdb.h"

#include "support/loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tilth::test {
namespace {

constexpr const char* kProgram = TILTH_FERRETDB_PROGRAM;
/// Tells the programs that a test starts where the shared server is.
constexpr const char* kSharedPort = "TILTH_FERRETDB_PORT";

}  // namespace

bool FerretDb::Available() {
    return ::access(kProgram, X_OK) == 0;
}

FerretDb& FerretDb::Shared() {
    static const std::unique_ptr<FerretDb> kShared = [] {
        if (const char* port = std::getenv(kSharedPort); port != nullptr) {
            return std::unique_ptr<FerretDb>(new FerretDb(static_cast<uint16_t>(std::atoi(port))));
        }
        auto started = std::make_unique<FerretDb>();
        ::setenv(kSharedPort, std::to_string(started->port()).c_str(), 1);
        return started;
    }();
    return *kShared;
}

FerretDb::FerretDb(FerretDbOptions options) : options_(std::move(options)) {
    const std::filesystem::path parent =
        options_.parent.empty() ? std::filesystem::temp_directory_path() : options_.parent;
    std::string pattern = parent / "tilth-ferretdb-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    dir_ = pattern;
    std::filesystem::create_directory(dir_ / "data");
    port_ = FreePort();
    if (options_.tls) MakeCertificates();
    Start();
}

FerretDb::~FerretDb() {
    if (dir_.empty()) return;  // it is another program's
    Kill();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
}

std::string FerretDb::Url(std::string_view database) const {
    return fmt::format(
        "mongodb://{}:{}/{}", options_.tls ? "localhost" : "127.0.0.1", port_, database
    );
}

std::string FerretDb::UrlFor(const std::filesystem::path& place) const {
    std::string name = place.string();
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    constexpr size_t kLongestName = 60;
    if (name.size() > kLongestName) name = name.substr(name.size() - kLongestName);
    return Url(name);
}

void FerretDb::MakeCertificates() const {
    const std::string command = fmt::format(
        "cd '{}' && exec 2>openssl.log && "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj '/CN=Tilth test authority' -keyout ca.key -out ca.pem && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' "
        "-keyout server.key -out server.csr && "
        "printf 'subjectAltName=DNS:localhost' > server.ext && "
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile server.ext -out server.pem",
        dir_.string()
    );
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void FerretDb::Run() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves no server behind
    const int fd = ::open((dir_ / "output.log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    const std::string folder = dir_ / "data";
    const std::string address = fmt::format("127.0.0.1:{}", port_);
    const std::string certificate = dir_ / "server.pem";
    const std::string key = dir_ / "server.key";
    if (options_.tls) {
        ::execl(
            kProgram,
            kProgram,
            "-folder",
            folder.c_str(),
            "-listen-tls",
            address.c_str(),
            "-certificate",
            certificate.c_str(),
            "-key",
            key.c_str(),
            static_cast<char*>(nullptr)
        );
    }
    ::execl(
        kProgram,
        kProgram,
        "-folder",
        folder.c_str(),
        "-listen",
        address.c_str(),
        static_cast<char*>(nullptr)
    );
}

void FerretDb::Start() {
    if (pid_ != 0) return;
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) {
        Run();
        ::_exit(127);
    }
    WaitUntilReady();
}

void FerretDb::WaitUntilReady() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!Answers(port_)) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            throw std::runtime_error("FerretDB did not start: " + Log());
        }
        if (std::chrono::steady_clock::now() > limit) {
            throw std::runtime_error("FerretDB does not answer: " + Log());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void FerretDb::Kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}
void FerretDb::Freeze() {
    ::kill(pid_, SIGSTOP);
}
void FerretDb::Thaw() {
    ::kill(pid_, SIGCONT);
}

std::string FerretDb::Log() const {
    std::ifstream in(dir_ / "output.log");
    return (std::ostringstream{} << in.rdbuf()).str();
}

}  // namespace tilth::test
