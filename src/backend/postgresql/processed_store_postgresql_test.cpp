#include "backend/postgresql/processed_store.h"
#include "store/conformance/processed_store_suite.h"
#include "support/postgresql.h"

namespace tilth {
namespace {

ProcessedStoreFactory PostgresqlFactory() {
    return {
        .name = "Postgresql",
        .open =
            [](const std::filesystem::path& place, const Clock& clock) {
                postgresql::ProcessedOptions options;
                options.url = test::Postgresql::Shared().Database(place.string());
                options.lease_clock = &clock;
                return postgresql::OpenProcessedStore(options);
            },
    };
}

INSTANTIATE_TEST_SUITE_P(
    Server, ProcessedStoreSuite, ::testing::Values(PostgresqlFactory()), NameOfProcessedFactory
);

}  // namespace
}  // namespace tilth
