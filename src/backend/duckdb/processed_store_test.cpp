#include "backend/duckdb/processed_store.h"

#include "store/conformance/processed_store_suite.h"

namespace tilth {
namespace {

ProcessedStoreFactory DuckdbFactory() {
    return {
        .name = "Duckdb",
        .open =
            [](const std::filesystem::path& place, const Clock& clock) {
                return duckdb::OpenProcessedStore(place / "processed.duckdb", {.clock = &clock});
            },
    };
}

INSTANTIATE_TEST_SUITE_P(
    Embedded, ProcessedStoreSuite, ::testing::Values(DuckdbFactory()), NameOfProcessedFactory
);

}  // namespace
}  // namespace tilth
