#include "store/conformance/killed_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace tilth {
namespace {

constexpr const char* kPlaceVariable = "TILTH_KILLED_CHILD_PLACE";
constexpr int kReportFile = 3;

pid_t StartChild(const std::string& place, int report_file) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string filter =
        fmt::format("--gtest_filter={}.{}", test->test_suite_name(), test->name());
    const std::string variable = fmt::format("{}={}", kPlaceVariable, place);
    std::vector<char*> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    environment.push_back(const_cast<char*>(variable.c_str()));
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe";
    std::string filter_argument = filter;
    char* arguments[] = {program.data(), filter_argument.data(), nullptr};

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, report_file, kReportFile);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    const int error =
        posix_spawn(&child, program.c_str(), &files, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&files);
    EXPECT_EQ(error, 0);
    return child;
}

}  // namespace

void BeChildIfAsked(const ChildWork& work) {
    const char* place = std::getenv(kPlaceVariable);
    if (place == nullptr) return;
    work(place, [](uint64_t number) {
        if (write(kReportFile, &number, sizeof number) != sizeof number) _exit(1);
    });
    _exit(0);
}

uint64_t RunAndKill(const std::string& place, uint64_t reports, std::chrono::microseconds delay) {
    int pipe_ends[2];
    EXPECT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
    const pid_t child = StartChild(place, pipe_ends[1]);
    close(pipe_ends[1]);
    uint64_t last = 0;
    uint64_t number = 0;
    for (uint64_t i = 0; i < reports && read(pipe_ends[0], &number, sizeof number) > 0; ++i) {
        last = number;
    }
    usleep(static_cast<useconds_t>(delay.count()));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(pipe_ends[0], &number, sizeof number) == sizeof number) last = number;
    close(pipe_ends[0]);
    return last;
}

RunningChild::RunningChild(const std::string& place) {
    int pipe_ends[2];
    EXPECT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
    child_ = StartChild(place, pipe_ends[1]);
    close(pipe_ends[1]);
    reports_ = pipe_ends[0];
    fcntl(reports_, F_SETFL, O_NONBLOCK);
}

RunningChild::~RunningChild() {
    Kill();
    close(reports_);
}

void RunningChild::Stop() {
    if (child_ > 0) kill(child_, SIGSTOP);
}
void RunningChild::GoOn() {
    if (child_ > 0) kill(child_, SIGCONT);
}

void RunningChild::Kill() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = -1;
}

uint64_t RunningChild::Reported() {
    uint64_t number = 0;
    while (read(reports_, &number, sizeof number) == sizeof number) last_ = number;
    return last_;
}

void RunningChild::WaitForReportAbove(uint64_t number) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (Reported() <= number && std::chrono::steady_clock::now() < limit) usleep(1000);
    EXPECT_GT(last_, number) << "the child does not get on";
}

}  // namespace tilth
