// The HTTP server: one thread for all connections, a few workers for what may block on a store.
//
// Limits keep one client from harming others: a header, a body, the time for each, the number of
// connections. A client that does not read for half a minute is cut. docs/api.md says what is
// served.
#pragma once

#include "api/http/auth.h"
#include "api/http/map_tiles.h"
#include "api/http/message.h"
#include "base/clock.h"
#include "pipeline/commands.h"
#include "query/export.h"
#include "store/processed_store.h"

namespace tilth::api {

struct ServerOptions {
    std::string address = "127.0.0.1";
    uint16_t port = 8080;            ///< 0: any that is free
    std::vector<std::string> names;  ///< Host names besides loopback and the bound address
    AuthOptions auth;
    MapTiles tiles;  ///< Under the dashboard's map
    size_t workers = 4;
    size_t max_connections = 2000;
    size_t max_event_streams = 1200;
    size_t max_header_bytes = 32 * 1024;
    size_t max_target_bytes = 24 * 1024;  ///< Room for the mapping of a wide table
    uint64_t max_body_bytes = 4 << 20;    ///< Of a JSON body
    uint64_t max_upload_bytes = uint64_t{16} << 30;
    Duration header_time =
        std::chrono::seconds{10};  ///< From the first byte to the end of the header
    Duration idle_time = std::chrono::seconds{60};  ///< Between requests
    Duration step_time = std::chrono::seconds{30};  ///< To take or give 64 KB
    Duration heartbeat = std::chrono::seconds{15};  ///< Of an event stream without events
};

/// What an event stream wants to hear of.
struct EventRequest {
    std::vector<DatastreamId> datastreams;  ///< Empty: all
    std::optional<ChangeToken> after;       ///< None: from now on
    std::function<void()> wake;  ///< Called from any thread when there is something to take
};

/// Opens a stream; destroying the function it gives ends it, after which `wake` is not called any
/// more.
using OpenEvents = std::function<Result<TakeEvents>(EventRequest)>;

/// What the server stands on. All of it outlives the server.
struct Services {
    ProcessedStore& store;
    const Clock& clock;
    pipeline::Commands& commands;
    query::TestName test_name;
    OpenEvents open_events;
    std::vector<Asset> assets;  ///< The dashboard; "/" is its page
};

class Server {
  public:
    /// Listens and serves until destroyed. kUnavailable names the address when the port is taken or
    /// not permitted; kBadInput: the address or the tiles' URL is none.
    static Result<std::unique_ptr<Server>> Start(ServerOptions options, Services services);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    uint16_t Port() const;
    /// Closes every connection and waits for the handlers that are running. Harmless when repeated.
    void Stop();

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::api
