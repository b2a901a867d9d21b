#include "broker/mosquitto.h"

#include "broker/plugin.h"
#include "broker/port.h"
#include "telemetry/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

namespace tilth::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using telemetry::Level;
using telemetry::Log;

/// With a journal of millions of messages to publish again.
constexpr seconds kLongestStart{60};

/// A save stops the broker for as long as its queue is long. What the journal has can wait for it
/// (docs/decisions/broker-saves-every-ten-seconds.md).
constexpr int kSaveEvery = 1;
constexpr int kSaveEveryWithJournal = 10;

Result<std::string> FindBinary(const std::string& name) {
    if (name.find('/') != std::string::npos) return name;
    const char* const folders = getenv("PATH");
    const std::string path =
        std::string(folders != nullptr ? folders : "") + ":/usr/sbin:/usr/local/sbin";
    for (size_t at = 0; at <= path.size();) {
        const size_t end = std::min(path.find(':', at), path.size());
        std::string candidate = path.substr(at, end - at) + "/" + name;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
        at = end + 1;
    }
    return Fail(
        Fault::kUnavailable,
        "the MQTT broker {} is not installed; run apt-get install mosquitto, or name a running "
        "broker with --broker",
        name
    );
}

/// A plugin built with a sanitizer needs its library in the process before all others.
void PreloadSanitizer() {
#ifdef TILTH_SANITIZER_LIBRARY
    setenv("LD_PRELOAD", TILTH_SANITIZER_LIBRARY, 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0", 0);
#endif
}

/// The last complaint in the broker's log, which says why it did not start; empty when there is
/// none.
std::string LastError(const std::filesystem::path& log) {
    constexpr std::string_view kMark = "Error: ";
    std::ifstream in(log);
    std::string found;
    for (std::string line; std::getline(in, line);) {
        const size_t at = line.find(kMark);
        // What Mosquitto adds to a plugin's own sentence says nothing.
        if (at != std::string::npos && line.find("Plugin returned") == std::string::npos)
            found = line.substr(at + kMark.size());
    }
    while (found.ends_with('.')) found.pop_back();
    return found;
}

/// Everything is saved by time and nothing is ever dropped from a queue: while the lab is away, the
/// broker keeps what sensors send, bounded by memory only. What comes between two saves is in the
/// plugin's journal.
Result<std::filesystem::path> WriteConfiguration(const MosquittoOptions& options) {
    std::error_code error;
    std::filesystem::create_directories(options.folder, error);
    const std::filesystem::path folder = std::filesystem::absolute(options.folder, error);
    const std::filesystem::path path = folder / "mosquitto.conf";
    const bool has_journal = options.has_plugin && options.sync != "off";
    std::ofstream out(path, std::ios::trunc);
    out << "# Written by tilth at each start.\n"
        << "persistence true\n"
        << "persistence_location " << folder.string() << "/\n"
        << "autosave_interval " << (has_journal ? kSaveEveryWithJournal : kSaveEvery) << "\n"
        << "autosave_on_changes false\n"
        << "max_queued_messages 0\n"
        << "max_inflight_messages 1000\n"
        << "log_dest stderr\nlog_type error\nlog_type warning\n"
        << "allow_anonymous true\n"
        << "set_tcp_nodelay true\n"
        << (options.has_plugin ? PluginLines(options.plugin, folder, options.sync) : "")
        << options.more;
    // Started as root, Mosquitto would give up root for its own user, who may not write here.
    if (geteuid() == 0) out << "user root\n";
    out << "listener " << options.mqtt_port << " 127.0.0.1\n"
        << "listener " << options.websocket_port << " 127.0.0.1\nprotocol websockets\n";
    out.flush();
    if (!out)
        return Fail(Fault::kUnavailable, "{} cannot be written; is the disk full?", path.string());
    return path;
}

}  // namespace

class Mosquitto::Impl {
  public:
    Impl(MosquittoOptions options, std::string binary, std::filesystem::path configuration)
        : options_(std::move(options)),
          binary_(std::move(binary)),
          configuration_(std::move(configuration)) {}

    ~Impl() {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
            if (pid_ > 0) kill(pid_, SIGTERM);
        }
        stopped_.notify_all();
        if (watcher_.joinable()) watcher_.join();
    }

    Status Start() {
        // The child is bound to the thread that forks it (PR_SET_PDEATHSIG), so the watcher itself
        // forks.
        watcher_ = std::thread([this] { Watch(); });
        const auto limit = std::chrono::steady_clock::now() + kLongestStart;
        while (std::chrono::steady_clock::now() < limit) {
            if (Accepts(options_.mqtt_port)) {
                was_ready_ = true;
                return {};
            }
            if (gave_up_) break;
            std::this_thread::sleep_for(milliseconds{10});
        }
        const std::filesystem::path log = options_.folder / "mosquitto.log";
        const std::string reason = LastError(log);
        return Fail(
            Fault::kUnavailable,
            "the MQTT broker does not start{}{}; its log is {}",
            reason.empty() ? "" : ": ",
            reason,
            log.string()
        );
    }

    int restarts() const { return restarts_; }
    int pid() const { return pid_; }

  private:
    void Watch() {
        for (milliseconds pause{100};; pause = std::min(pause * 2, milliseconds{5000})) {
            const auto started = std::chrono::steady_clock::now();
            if (!Fork()) return;
            int status = 0;
            waitpid(pid_, &status, 0);
            std::unique_lock lock(mutex_);
            pid_ = 0;
            if (stop_) return;
            if (!was_ready_ && std::chrono::steady_clock::now() - started < seconds{1}) {
                gave_up_ = true;
                return;
            }
            if (std::chrono::steady_clock::now() - started > seconds{60}) pause = milliseconds{100};
            ++restarts_;
            Log(Level::kWarning,
                "the MQTT broker died; it is started again",
                {{"wait_status", status}});
            if (stopped_.wait_for(lock, pause, [this] { return stop_; })) return;
        }
    }

    bool Fork() {
        const std::scoped_lock lock(mutex_);
        if (stop_) return false;
        const std::string log = (options_.folder / "mosquitto.log").string();
        const pid_t parent = getpid();
        const pid_t child = fork();
        if (child == 0) {
            // The lab waits for its stop signals with them blocked, which a child would inherit: it
            // could not be stopped.
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, nullptr);
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() != parent) _exit(0);
            // A Ctrl-C in the terminal is for the lab; the lab stops its broker last.
            setpgid(0, 0);
            const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
            if (out >= 0) dup2(out, STDERR_FILENO);
            PreloadSanitizer();
            execl(
                binary_.c_str(),
                binary_.c_str(),
                "-c",
                configuration_.c_str(),
                static_cast<char*>(nullptr)
            );
            _exit(127);
        }
        pid_ = child;
        return child > 0;
    }

    const MosquittoOptions options_;
    const std::string binary_;
    const std::filesystem::path configuration_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    std::atomic<bool> gave_up_ = false;
    std::atomic<bool> was_ready_ = false;
    std::atomic<int> restarts_ = 0;
    std::atomic<int> pid_ = 0;
    std::thread watcher_;
};

Mosquitto::Mosquitto(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mosquitto::~Mosquitto() = default;
int Mosquitto::restarts() const {
    return impl_->restarts();
}
int Mosquitto::pid() const {
    return impl_->pid();
}

Result<std::unique_ptr<Mosquitto>> Mosquitto::Start(const MosquittoOptions& given) {
    MosquittoOptions options = given;
    TILTH_TRY(std::string binary, FindBinary(options.binary));
    if (options.has_plugin && options.plugin.empty()) {
        TILTH_TRY(options.plugin, FindPlugin());
    }
    TILTH_CHECK(WaitUntilFree(options.mqtt_port, "--mqtt-port", seconds{3}));
    TILTH_CHECK(WaitUntilFree(options.websocket_port, "--ws-port", seconds{3}));
    TILTH_TRY(std::filesystem::path configuration, WriteConfiguration(options));
    auto impl = std::make_unique<Impl>(options, std::move(binary), std::move(configuration));
    TILTH_CHECK(impl->Start());
    return std::unique_ptr<Mosquitto>(new Mosquitto(std::move(impl)));
}

}  // namespace tilth::broker
