#include "support/mosquitto.h"

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
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tilth::test {
namespace {

constexpr const char* kProgram = "/usr/sbin/mosquitto";

void Shell(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

bool Mosquitto::Available() {
    return ::access(kProgram, X_OK) == 0;
}

Mosquitto::Mosquitto(MosquittoOptions options) : options_(std::move(options)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "tilth-mosquitto-XXXXXX");
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    dir_ = pattern;
    port_ = FreePort();
    if (options_.tls) {
        tls_port_ = FreePort();
        MakeCertificates();
    }
    WriteConfig();
    Start();
}

Mosquitto::~Mosquitto() {
    End(SIGKILL);
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
}

void Mosquitto::WriteConfig() const {
    std::ofstream out(dir_ / "mosquitto.conf");
    if (::getuid() == 0) out << "user root\n";  // otherwise it becomes a user who cannot write here
    out << "persistence true\npersistence_location " << dir_.string() << "/\n"
        << "autosave_interval 1\nmax_queued_messages 0\nallow_anonymous true\n"
        << "log_dest file " << (dir_ / "mosquitto.log").string() << "\n";
    for (std::string line : options_.config) {
        const size_t at = line.find("{dir}");
        if (at != std::string::npos) line.replace(at, 5, dir_.string());
        out << line << "\n";
    }
    out << "listener " << port_ << " 127.0.0.1\n";
    if (options_.tls) {
        out << "listener " << tls_port_ << " 127.0.0.1\n"
            << "cafile " << ca_file() << "\n"
            << "certfile " << (dir_ / "server.pem").string() << "\n"
            << "keyfile " << (dir_ / "server.key").string() << "\n";
    }
}

void Mosquitto::MakeCertificates() const {
    Shell(fmt::format(
        "cd '{}' && exec 2>openssl.log && "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj '/CN=Tilth test authority' -keyout ca.key -out ca.pem && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' "
        "-keyout server.key -out server.csr && "
        "printf 'subjectAltName=DNS:localhost' > server.ext && "
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile server.ext -out server.pem",
        dir_.string()
    ));
}

void Mosquitto::Start() {
    if (pid_ != 0) return;
    const std::string config = dir_ / "mosquitto.conf";
    const std::string output = dir_ / "output.log";
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves no broker behind
        const int fd = ::open(output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
        ::dup2(fd, STDOUT_FILENO);
        ::dup2(fd, STDERR_FILENO);
        ::execl(kProgram, kProgram, "-c", config.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    WaitUntilReady();
}

void Mosquitto::WaitUntilReady() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!Answers(port_)) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            throw std::runtime_error("mosquitto did not start: " + Log());
        }
        if (std::chrono::steady_clock::now() > limit) {
            throw std::runtime_error("mosquitto does not answer: " + Log());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void Mosquitto::End(int signal) {
    if (pid_ == 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void Mosquitto::Stop() {
    End(SIGTERM);
}
void Mosquitto::Kill() {
    End(SIGKILL);
}
void Mosquitto::Freeze() {
    ::kill(pid_, SIGSTOP);
}
void Mosquitto::Thaw() {
    ::kill(pid_, SIGCONT);
}
void Mosquitto::Save() {
    ::kill(pid_, SIGUSR1);
}

std::string Mosquitto::Log() const {
    std::ostringstream text;
    for (const char* name : {"output.log", "mosquitto.log"}) {
        const std::ifstream in(dir_ / name);
        if (in) text << in.rdbuf();
    }
    return text.str();
}

}  // namespace tilth::test
