// Archive files under both stream stores: the contract of a stream store holds as if all records
// were still there.
#include "backend/mongodb/stream_store.h"
#include "backend/sqlite/stream_store.h"
#include "integration/archived_stores.h"
#include "store/conformance/stream_store_suite.h"
#include "support/ferretdb.h"

namespace tilth {
namespace {

using namespace std::chrono_literals;
using archive::ArchivedStream;
using archive::testing::EagerStream;

Result<std::unique_ptr<StreamStore>> Eager(
    Result<std::unique_ptr<ArchivableStore>> store,
    archive::ArchiveOptions options,
    int batches,
    int moves
) {
    if (!store) return std::unexpected(store.error());
    TILTH_CHECK(archive::MakeFolder(options.folder));
    TILTH_TRY(auto stream, ArchivedStream::Open(std::move(*store), std::move(options)));
    return std::make_unique<EagerStream>(std::move(stream), batches, moves);
}

StreamStoreFactory OnFiles() {
    return {.name = "Sqlite", .open = [](const std::filesystem::path& place, const Clock& clock) {
                return Eager(
                    sqlite::OpenStreamStore(place / "stream.sqlite", {.clock = &clock}),
                    {.folder = place / "archive", .clock = &clock},
                    1,
                    1'000'000
                );
            }};
}

StreamStoreFactory OnServer() {
    return {
        .name = "Mongodb",
        .open =
            [](const std::filesystem::path& place, const Clock& clock) {
                return Eager(
                    mongodb::OpenStreamStore(
                        {.url = test::FerretDb::Shared().UrlFor(place), .clock = &clock}
                    ),
                    {.folder = place / "archive",
                     .look_again = 10ms,
                     .settle = 1s,
                     .clock = &clock},
                    2,
                    2  // each waits until readers of other processes know of it
                );
            },
        .largest_payload = 12'000'000,
        .is_shared = true,
        .absent = test::FerretDb::Available()
                      ? ""
                      : "no MongoDB-compatible server: third_party/fetch ferretdb builds one"};
}

INSTANTIATE_TEST_SUITE_P(
    Archived, StreamStoreSuite, ::testing::Values(OnFiles(), OnServer()), NameOfStreamFactory
);
INSTANTIATE_TEST_SUITE_P(
    Archived, StreamStoreAttacks, ::testing::Values(OnFiles(), OnServer()), NameOfStreamFactory
);

}  // namespace
}  // namespace tilth
