#include "app/bench_place.h"

#include "app/web_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace tilth::app {

using std::chrono::steady_clock;

Result<BenchFolder> BenchFolder::Make() {
    std::string name = (std::filesystem::temp_directory_path() / "tilth-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        return Fail(
            Fault::kUnavailable,
            "no folder can be made in {}",
            std::filesystem::temp_directory_path().string()
        );
    }
    return BenchFolder(name);
}

BenchFolder::~BenchFolder() {
    std::error_code error;
    if (!path_.empty()) std::filesystem::remove_all(path_, error);
}

Result<uint16_t> FreePort() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool good = fd >= 0 && bind(fd, any, size) == 0 && getsockname(fd, any, &size) == 0;
    if (fd >= 0) close(fd);
    if (!good) return Fail(Fault::kUnavailable, "no port on 127.0.0.1 is free");
    return ntohs(address.sin_port);
}

std::string BenchBroker::Url() const {
    return fmt::format("mqtt://127.0.0.1:{}", port);
}

Result<BenchBroker> StartBenchBroker(
    const std::filesystem::path& folder, broker::MosquittoOptions options
) {
    BenchBroker started;
    options.folder = folder;
    TILTH_TRY(started.port, FreePort());
    TILTH_TRY(options.websocket_port, FreePort());
    options.mqtt_port = started.port;
    TILTH_TRY(started.mosquitto, broker::Mosquitto::Start(options));
    return started;
}

std::unique_ptr<Lab> MakeBenchLab(const std::filesystem::path& folder, const BenchBroker* broker) {
    Settings settings;
    settings.data = folder;
    settings.http = "127.0.0.1:0";
    settings.no_emulate = true;
    if (broker != nullptr) settings.broker = broker->Url();
    return std::make_unique<Lab>(settings);
}

double OwnCpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double CpuSecondsOf(int pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream fields(text.substr(name_end + 1));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

uint64_t ResidentBytesOf(int pid) {
    std::ifstream in(fmt::format("/proc/{}/statm", pid));
    uint64_t size = 0;
    uint64_t resident = 0;
    in >> size >> resident;
    return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double SecondsSince(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

Status WaitUntil(
    std::string_view what, const std::function<bool()>& done, const std::function<uint64_t()>& count
) {
    uint64_t before = count();
    for (auto moved = steady_clock::now(); !done();) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        const uint64_t now = count();
        if (now != before) moved = steady_clock::now();
        before = now;
        if (SecondsSince(moved) > 60) {
            return Fail(
                Fault::kUnavailable, "waiting for {}: it stands at {} for a minute", what, now
            );
        }
    }
    return {};
}

}  // namespace tilth::app
