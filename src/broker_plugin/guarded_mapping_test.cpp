#include "broker_plugin/guarded_mapping.h"

#include "broker_plugin/testing/journal_place.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

namespace tilth::broker_plugin {
namespace {

constexpr size_t kSize = 16'384;

class GuardedMappingTest : public testing::Test {
  protected:
    GuardedMappingTest()
        : file_(place_.folder() / "file"),
          fd_(open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        EXPECT_EQ(ftruncate(fd_, kSize), 0);
    }
    ~GuardedMappingTest() override { close(fd_); }

    std::string Content() const {
        const std::ifstream in(file_, std::ios::binary);
        return (std::ostringstream{} << in.rdbuf()).str();
    }
    static bool HasHandler() {
        struct sigaction action {};
        sigaction(SIGBUS, nullptr, &action);
        return (action.sa_flags & SA_SIGINFO) != 0;
    }

    JournalPlace place_;
    std::filesystem::path file_;
    int fd_;
};

TEST_F(GuardedMappingTest, WhatIsStoredIsInTheFileAtOnce) {
    const GuardedMapping mapping = GuardedMapping::Of(fd_, kSize);
    EXPECT_TRUE(mapping.Store(5'000, "stored"));
    EXPECT_EQ(Content().substr(5'000, 6), "stored");
}

TEST_F(GuardedMappingTest, APageThatTheDiskCannotGiveFailsTheStoreAndAllLaterOnes) {
    const GuardedMapping mapping = GuardedMapping::Of(fd_, kSize);
    // Behind the end of a file there is nothing to store to: the same signal as of a broken disk.
    ASSERT_EQ(ftruncate(fd_, 4'096), 0);
    EXPECT_FALSE(mapping.Store(8'000, std::string(5'000, 'x')));
    EXPECT_FALSE(mapping.Store(0, "x"));
    EXPECT_EQ(Content(), std::string(4'096, '\0'));
}

TEST_F(GuardedMappingTest, AnotherMappingIsNotConcerned) {
    GuardedMapping failing = GuardedMapping::Of(fd_, kSize);
    const std::filesystem::path other_file = place_.folder() / "other";
    const int other_fd = open(other_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(ftruncate(other_fd, kSize), 0);
    const GuardedMapping other = GuardedMapping::Of(other_fd, kSize);
    ASSERT_EQ(ftruncate(fd_, 0), 0);
    EXPECT_FALSE(failing.Store(0, "x"));
    failing = {};
    EXPECT_TRUE(other.Store(0, "x"));
    close(other_fd);
}

TEST_F(GuardedMappingTest, WithoutAFileThereIsNoMapping) {
    const GuardedMapping mapping = GuardedMapping::Of(-1, kSize);
    EXPECT_FALSE(mapping.Store(0, "x"));
    EXPECT_FALSE(GuardedMapping().Store(0, "x"));
}

TEST_F(GuardedMappingTest, TheHandlerStandsWhileThereAreMappings) {
    const bool had_one = HasHandler();  // a sanitizer's
    {
        GuardedMapping first = GuardedMapping::Of(fd_, kSize);
        const GuardedMapping second = std::move(first);
        EXPECT_TRUE(HasHandler());
        { const GuardedMapping third = GuardedMapping::Of(fd_, kSize); }
        EXPECT_TRUE(HasHandler());
    }
    EXPECT_EQ(HasHandler(), had_one);
}

TEST_F(GuardedMappingTest, ASignalFromElsewhereEndsTheProcessAsBefore) {
    const auto end_of = [](const auto& act) {
        const pid_t child = fork();
        if (child == 0) {
            signal(SIGBUS, SIG_DFL);
            act();
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    };
    EXPECT_EQ(
        end_of([this] {
            const GuardedMapping mapping = GuardedMapping::Of(fd_, kSize);
            raise(SIGBUS);
        }),
        SIGBUS
    );
    EXPECT_EQ(
        end_of([this] {
            const GuardedMapping mapping = GuardedMapping::Of(fd_, kSize);
            char* const memory =
                static_cast<char*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0)
                );
            if (ftruncate(fd_, 0) == 0) *static_cast<volatile char*>(memory) = 'x';
        }),
        SIGBUS
    );
}

}  // namespace
}  // namespace tilth::broker_plugin
