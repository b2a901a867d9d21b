// The handlers of all routes, by what they are about. They run on worker threads, several at a
// time.
#pragma once

#include "api/http/json_body.h"
#include "api/http/router.h"
#include "api/http/server.h"
#include "telemetry/metrics.h"

#include <atomic>
#include <chrono>

namespace tilth::api {

/// Counted by the server, shown by /metrics.
struct ServerCounters {
    std::atomic<uint64_t> requests[6]{};  ///< By first digit of the status
    std::atomic<int64_t> connections{0};
    std::atomic<int64_t> event_streams{0};
    std::atomic<int64_t> workers{0};  ///< That are at work.
    // Set before the first request: the most there may be of each.
    size_t max_connections = 0;
    size_t max_event_streams = 0;
    size_t max_workers = 0;
    std::atomic<uint64_t> bytes_sent{0};
    telemetry::Metrics times;  ///< Of handlers, by route

    /// How long a handler took until its answer could begin.
    void Took(const Route& route, std::chrono::steady_clock::duration time);
};

/// Counts as one while it lives.
class Counted {
  public:
    explicit Counted(std::atomic<int64_t>& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

  private:
    std::atomic<int64_t>& count_;
};

class Api {
  public:
    Api(Services services, MapTiles tiles, ServerCounters& counters);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// Every route; the handlers refer to this object.
    std::vector<Route> Routes();

    const Services& services() const { return services_; }

  private:
    // routes_catalog.cpp
    Result<Response> Things(Request& request);
    Result<Response> OneThing(Request& request);
    Result<Response> Datastreams(Request& request);
    Result<Response> OneDatastream(Request& request);
    Result<Response> Properties(Request& request);

    // routes_observations.cpp
    Result<Response> Observations(Request& request);
    Result<Response> Events(Request& request);
    Result<Response> Sql(Request& request);

    // routes_evidence.cpp
    Result<Response> Explanations(Request& request);
    Result<Response> RawRecord(Request& request);
    Result<Response> DeadLetters(Request& request);
    tilth::RawRecord RecordOf(const DeadLetter& letter);
    Result<Response> RetryDeadLetters(Request& request);
    Result<Response> ManualFlags(Request& request);
    Result<Response> AddManualFlag(Request& request, bool withdraw);
    Result<Response> Notes(Request& request);
    Result<Response> AddNote(Request& request);

    // routes_lab.cpp
    Result<Response> Home(Request& request);
    Result<Response> LabStatus(Request& request);
    Result<Response> Generations(Request& request);
    Result<Response> Config(Request& request);
    Result<Response> CheckConfig(Request& request);
    Result<Response> ApplyConfig(Request& request);
    Result<Response> Replay(Request& request);
    Result<Response> OneTask(Request& request);
    Result<std::unique_ptr<Upload>> Import(Request& request);
    Result<Response> Health(Request& request);
    Result<Response> Ready(Request& request);
    Result<Response> Metrics(Request& request);
    Result<Response> OpenApi(Request& request);
    Result<Response> OpenApiStyle(Request& request);

    Services services_;
    const MapTiles tiles_;
    ServerCounters& counters_;
    query::Catalog catalog_;
};

/// A whole number in a path; kBadInput names what it should be the number of.
Result<uint64_t> ParseWhole(std::string_view text, std::string_view what);

}  // namespace tilth::api
