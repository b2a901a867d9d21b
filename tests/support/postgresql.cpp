#include "support/postgresql.h"

#include "support/loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tilth::test {
namespace {

constexpr const char* kUser = "postgres";
constexpr const char* kPassword = "secret";               // over TCP
constexpr const char* kShared = "TILTH_TEST_POSTGRESQL";  // folder:port, for children

/// Debian keeps the programs of each version in a folder of their own; the newest counts.
std::filesystem::path ProgramsFolder() {
    std::vector<std::filesystem::path> found;
    std::error_code absent;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", absent)) {
        if (::access((version.path() / "bin/postgres").c_str(), X_OK) == 0) {
            found.push_back(version.path() / "bin");
        }
    }
    return found.empty() ? std::filesystem::path{} : *std::ranges::max_element(found);
}

/// Who the server runs as where root runs the tests.
const passwd* ServerUser() {
    for (const char* name : {"postgres", "nobody"}) {
        if (const passwd* user = ::getpwnam(name); user != nullptr) return user;
    }
    throw std::runtime_error("neither postgres nor nobody is a user of this machine");
}

using Link = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Link Connect(const std::string& url) {
    return {PQconnectdb(url.c_str()), &PQfinish};
}

void Shell(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

void Own(const std::filesystem::path& path, const passwd* user) {
    if (user != nullptr) (void)!::chown(path.c_str(), user->pw_uid, user->pw_gid);
}

}  // namespace

bool Postgresql::Available() {
    return !ProgramsFolder().empty();
}

std::unique_ptr<Postgresql> Postgresql::ParentsOrOwn() {
    if (const char* parents = std::getenv(kShared); parents != nullptr) {
        const std::string place = parents;
        const size_t colon = place.rfind(':');
        const auto port = static_cast<uint16_t>(std::stoi(place.substr(colon + 1)));
        return std::unique_ptr<Postgresql>(new Postgresql(Attach{place.substr(0, colon), port}));
    }
    auto own = std::make_unique<Postgresql>(PostgresqlOptions{.config = {"autovacuum = off"}});
    const std::string place = fmt::format("{}:{}", own->dir_.string(), own->port_);
    if (::setenv(kShared, place.c_str(), 1) != 0)
        throw std::runtime_error("the environment is full");
    return own;
}

Postgresql& Postgresql::Shared() {
    static const std::unique_ptr<Postgresql> kCluster = ParentsOrOwn();
    return *kCluster;
}

Postgresql::Postgresql(PostgresqlOptions options) : options_(std::move(options)) {
    if (!Available()) throw std::runtime_error("PostgreSQL is not installed (apt: postgresql)");
    std::string pattern = (std::filesystem::temp_directory_path() / "tilth-postgresql-XXXXXX");
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    dir_ = pattern;
    port_ = FreePort();
    Initialize();
    if (options_.tls) MakeCertificates();
    Configure();
    Start();
    if (options_.tcp || options_.tls) {
        Execute("postgres", fmt::format("ALTER ROLE {} PASSWORD '{}'", kUser, kPassword));
    }
}

Postgresql::~Postgresql() {
    if (is_anothers_) return;
    End(SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
}

pid_t Postgresql::Run(const std::vector<std::string>& command) const {
    const std::string output = dir_ / "output.log";
    const passwd* user = ::getuid() == 0 ? ServerUser() : nullptr;
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("cannot fork");
    if (pid > 0) return pid;
    const int fd = ::open(output.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                            ::setuid(user->pw_uid) != 0)) {
        ::_exit(126);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // a test that crashes leaves no server behind
    if (::chdir(dir_.c_str()) != 0) ::_exit(126);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

void Postgresql::Initialize() {
    if (::getuid() == 0) Own(dir_, ServerUser());
    const pid_t pid = Run(
        {ProgramsFolder() / "initdb",
         "--pgdata=" + (dir_ / "data").string(),
         std::string("--username=") + kUser,
         "--encoding=UTF8",
         "--locale=C.UTF-8",
         "--auth=trust",
         "--no-sync",
         "--no-instructions"}
    );
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed: " + Log());
}

void Postgresql::Configure() const {
    const bool tcp = options_.tcp || options_.tls;
    std::ofstream out(dir_ / "data/postgresql.conf", std::ios::app);
    out << "listen_addresses = '" << (tcp ? "127.0.0.1" : "") << "'\n"
        << "port = " << port_ << "\nunix_socket_directories = '" << dir_.string() << "'\n"
        << "fsync = on\nmax_connections = 60\nshared_buffers = 64MB\n";
    if (options_.tls) {
        out << "ssl = on\nssl_cert_file = '" << (dir_ / "server.pem").string()
            << "'\nssl_key_file = '" << (dir_ / "server.key").string() << "'\n";
    }
    for (std::string line : options_.config) {
        const size_t at = line.find("{dir}");
        if (at != std::string::npos) line.replace(at, 5, dir_.string());
        out << line << "\n";
    }
    std::ofstream access(dir_ / "data/pg_hba.conf", std::ios::trunc);
    access << "local all all trust\n"
           << (options_.tls ? "hostssl" : "host") << " all all 127.0.0.1/32 scram-sha-256\n";
}

void Postgresql::MakeCertificates() const {
    Shell(fmt::format(
        "cd '{}' && exec 2>openssl.log && "
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj '/CN=Tilth test authority' -keyout ca.key -out ca.pem && "
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' "
        "-keyout server.key -out server.csr && "
        "printf 'subjectAltName=DNS:localhost' > server.ext && "
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile server.ext -out server.pem && chmod 600 server.key",
        dir_.string()
    ));
    if (::getuid() == 0) {
        for (const char* file : {"server.key", "server.pem"}) Own(dir_ / file, ServerUser());
    }
}

void Postgresql::Start() {
    if (pid_ != 0) return;
    pid_ = Run({ProgramsFolder() / "postgres", "-D", (dir_ / "data").string()});
    WaitUntilReady();
}

void Postgresql::WaitUntilReady() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (PQping(Url("postgres").c_str()) != PQPING_OK) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            throw std::runtime_error("PostgreSQL did not start: " + Log());
        }
        if (std::chrono::steady_clock::now() > limit) {
            throw std::runtime_error("PostgreSQL does not answer: " + Log());
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

void Postgresql::SignalAll(int signal) const {
    // The server's processes are its children.
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", pid_));
    for (pid_t child = 0; children >> child;) ::kill(child, signal);
    ::kill(pid_, signal);
}

void Postgresql::End(int signal) {
    if (pid_ == 0) return;
    SignalAll(SIGCONT);
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void Postgresql::Stop() {
    End(SIGINT);
}
void Postgresql::Crash() {
    End(SIGQUIT);
}
void Postgresql::Freeze() {
    SignalAll(SIGSTOP);
}
void Postgresql::Thaw() {
    SignalAll(SIGCONT);
}

std::string Postgresql::Url(const std::string& database) const {
    return fmt::format(
        "postgresql:///{}?host={}&port={}&user={}", database, dir_.string(), port_, kUser
    );
}

std::string Postgresql::Execute(const std::string& database, const std::string& sql) const {
    const Link link = Connect(Url(database));
    if (PQstatus(link.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(link.get()));
    PGresult* result = PQexec(link.get(), sql.c_str());
    const std::unique_ptr<PGresult, decltype(&PQclear)> owned(result, &PQclear);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        throw std::runtime_error(PQresultErrorMessage(result));
    }
    return PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
}

std::string Postgresql::Database(const std::string& place) {
    const std::string name = fmt::format("lab_{:x}", std::hash<std::string>{}(place));
    const std::string there =
        Execute("postgres", fmt::format("SELECT 1 FROM pg_database WHERE datname = '{}'", name));
    if (there.empty()) Execute("postgres", "CREATE DATABASE " + name);
    return Url(name);
}

std::string Postgresql::Log() const {
    std::ostringstream text;
    const std::ifstream in(dir_ / "output.log");
    if (in) text << in.rdbuf();
    return text.str();
}

}  // namespace tilth::test
