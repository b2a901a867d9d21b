#include "app/bench_child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace tilth::app {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";

[[noreturn]] void BecomeChild(char* const* arguments, int in, int out, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execv(kThisProgram, arguments);
    _exit(127);
}

}  // namespace

Result<std::unique_ptr<BenchChild>> BenchChild::Start(const std::vector<std::string>& arguments) {
    std::array<int, 2> in{-1, -1};
    std::array<int, 2> out{-1, -1};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
        for (const int fd : {in[0], in[1]}) close(fd);
        return Fail(Fault::kUnavailable, "no pipe to a child process can be made");
    }
    std::vector<std::string> owned{"tilth"};
    owned.insert(owned.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    for (std::string& argument : owned) raw.push_back(argument.data());
    raw.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) BecomeChild(raw.data(), in[0], out[1], parent);
    close(in[0]);
    close(out[1]);
    std::unique_ptr<BenchChild> child(new BenchChild(pid, in[1], out[0]));
    if (pid < 0) return Fail(Fault::kUnavailable, "no child process can be made");
    return child;
}

BenchChild::~BenchChild() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close(in_);
    close(out_);
}

Result<std::string> BenchChild::ReadLine() {
    for (;;) {
        if (const size_t end = read_.find('\n'); end != std::string::npos) {
            std::string line = read_.substr(0, end);
            read_.erase(0, end + 1);
            return line;
        }
        std::array<char, 4096> piece{};
        const ssize_t got = read(out_, piece.data(), piece.size());
        if (got <= 0)
            return Fail(Fault::kUnavailable, "a child process of the benchmark ended too early");
        read_.append(piece.data(), static_cast<size_t>(got));
    }
}

Status BenchChild::WriteLine(std::string_view line) {
    const std::string text = fmt::format("{}\n", line);
    if (write(in_, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
    return Fail(Fault::kUnavailable, "a child process of the benchmark does not listen");
}

void BenchChild::Stop() {
    kill(pid_, SIGTERM);
}

Result<double> BenchChild::Wait() {
    int status = 0;
    rusage usage{};
    wait4(pid_, &status, 0, &usage);
    pid_ = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return Fail(
            Fault::kUnavailable, "a child process of the benchmark failed (wait status {})", status
        );
    }
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace tilth::app
