// Do the tests notice? The conformance suite is run on a store that makes a mistake on purpose.
#include "support/postgresql.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

namespace tilth {
namespace {

struct Mutant {
    const char* mistake;
    const char* test;  ///< That must fail.
};

void PrintTo(const Mutant& mutant, std::ostream* out) {
    *out << mutant.mistake;
}

/// The exit status of one test of the suite on a store with the mistake; empty: with none.
int RunSuite(const char* mistake, const char* test) {
    test::Postgresql::Shared();  // the child uses it too
    const std::string command = fmt::format(
        "MUTANT='{}' GTEST_OUTPUT= '{}' --gtest_filter='*.{}/*' > /dev/null 2>&1",
        mistake,
        TILTH_POSTGRESQL_MUTANTS,
        test
    );
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class MutantTest : public ::testing::TestWithParam<Mutant> {};

TEST_P(MutantTest, IsNoticedAndTheSoundStoreIsNot) {
    EXPECT_EQ(RunSuite("", GetParam().test), 0);
    EXPECT_EQ(RunSuite(GetParam().mistake, GetParam().test), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Server,
    MutantTest,
    ::testing::Values(
        Mutant{"no-fencing", "FencesAWriterThatWasPausedAtAnyStep"},
        Mutant{"cursor-outside-transaction", "TellsOfEveryCommitOfAWriterThatIsKilled"},
        Mutant{"feed-ahead-of-running-writers", "MissesNoChangeOfWritersThatAreSlowOrGiveUp"}
    )
);

}  // namespace
}  // namespace tilth
