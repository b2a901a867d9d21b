// The stores on servers, as several processes use them: MongoDB's protocol and PostgreSQL, a
// database of its own in each.
#pragma once

#include "backend/mongodb/stream_store.h"
#include "backend/postgresql/processed_store.h"
#include "pipeline/testing/made_lab.h"
#include "support/ferretdb.h"
#include "support/postgresql.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace tilth {

/// The stores as one process has them open.
struct OpenStores {
    std::unique_ptr<StreamStore> stream;
    std::unique_ptr<ProcessedStore> processed;
};

class ServerStores {
  public:
    static bool Available() { return test::FerretDb::Available() && test::Postgresql::Available(); }
    static constexpr const char* kAbsent =
        "no servers: third_party/fetch ferretdb builds one, the Debian package postgresql-15 is "
        "the "
        "other";

    ServerStores() {
        std::string name = (std::filesystem::temp_directory_path() / "tilth-pair-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        place_ = name;
        processed_url_ = test::Postgresql::Shared().Database(name);
    }
    ~ServerStores() { std::filesystem::remove_all(place_); }
    ServerStores(const ServerStores&) = delete;
    ServerStores& operator=(const ServerStores&) = delete;

    /// As one more process.
    OpenStores Open(Duration lease = std::chrono::seconds{30}) const {
        using pipeline::testing::Sure;
        mongodb::StreamOptions stream;
        stream.url = test::FerretDb::Shared().UrlFor(place_);
        postgresql::ProcessedOptions processed;
        processed.url = processed_url_;
        processed.lease = lease;
        OpenStores open;
        open.stream = Sure(mongodb::OpenStreamStore(stream));
        open.processed = Sure(postgresql::OpenProcessedStore(processed));
        Sure(open.processed->BindLab(open.stream->LabId()));
        return open;
    }

  private:
    std::filesystem::path place_;
    std::string processed_url_;
};

}  // namespace tilth
