#include "backend/mongodb/stream_store.h"
#include "store/conformance/stream_store_suite.h"
#include "support/ferretdb.h"

namespace tilth {
namespace {

StreamStoreFactory MongodbFactory() {
    return {
        .name = "Mongodb",
        .open = [](const std::filesystem::path& place,
                   const Clock& clock) -> Result<std::unique_ptr<StreamStore>> {
            return mongodb::OpenStreamStore(
                {.url = test::FerretDb::Shared().UrlFor(place), .clock = &clock}
            );
        },
        .largest_payload = 12'000'000,
        .is_shared = true,
        .absent = test::FerretDb::Available()
                      ? ""
                      : "no MongoDB-compatible server: third_party/fetch ferretdb builds one",
    };
}

INSTANTIATE_TEST_SUITE_P(
    Server, StreamStoreSuite, ::testing::Values(MongodbFactory()), NameOfStreamFactory
);
INSTANTIATE_TEST_SUITE_P(
    Server, StreamStoreAttacks, ::testing::Values(MongodbFactory()), NameOfStreamFactory
);

}  // namespace
}  // namespace tilth
