#include "api/http/api.h"
#include "base/text.h"

#include <charconv>

namespace tilth::api {

void ServerCounters::Took(const Route& route, std::chrono::steady_clock::duration time) {
    static const std::vector<double> kBounds = telemetry::ExponentialBounds(0.001, 4, 8);
    times
        .AddHistogram(
            "tilth_http_handler_seconds",
            "Time until an answer could begin.",
            kBounds,
            {{"route", route.pattern}}
        )
        .Observe(std::chrono::duration<double>(time).count());
}

Api::Api(Services services, MapTiles tiles, ServerCounters& counters)
    : services_(std::move(services)),
      tiles_(std::move(tiles)),
      counters_(counters),
      catalog_(services_.store, services_.clock) {}

std::vector<Route> Api::Routes() {
    std::vector<Route> routes;
    const auto add = [&](Method method,
                         std::string pattern,
                         Right right,
                         Result<Response> (Api::*handler)(Request&)) {
        const auto call = [this, handler](Request& request) { return (this->*handler)(request); };
        routes.push_back(
            {.method = method, .pattern = std::move(pattern), .right = right, .handler = call}
        );
    };
    const auto get = [&](const char* pattern, Result<Response> (Api::*handler)(Request&)) {
        add(Method::kGet, pattern, Right::kRead, handler);
    };
    get("/api/v1", &Api::Home);
    get("/api/v1/things", &Api::Things);
    get("/api/v1/things/{name}", &Api::OneThing);
    get("/api/v1/datastreams", &Api::Datastreams);
    get("/api/v1/datastreams/{id}", &Api::OneDatastream);
    get("/api/v1/properties", &Api::Properties);
    get("/api/v1/observations", &Api::Observations);
    get("/api/v1/events", &Api::Events);
    add(Method::kPost, "/api/v1/sql", Right::kRead, &Api::Sql);
    get("/api/v1/explanations", &Api::Explanations);
    get("/api/v1/raw/{writer}/{sequence}", &Api::RawRecord);
    get("/api/v1/dead-letters", &Api::DeadLetters);
    add(Method::kPost, "/api/v1/dead-letters/retry", Right::kAdminister, &Api::RetryDeadLetters);
    get("/api/v1/manual-flags", &Api::ManualFlags);
    for (const bool withdraw : {false, true}) {
        routes.push_back(
            {.method = Method::kPost,
             .pattern = withdraw ? "/api/v1/manual-flags/withdraw" : "/api/v1/manual-flags",
             .right = Right::kFlag,
             .handler = [this,
                         withdraw](Request& request) { return AddManualFlag(request, withdraw); }}
        );
    }
    get("/api/v1/notes", &Api::Notes);
    add(Method::kPost, "/api/v1/notes", Right::kFlag, &Api::AddNote);
    get("/api/v1/status", &Api::LabStatus);
    get("/api/v1/generations", &Api::Generations);
    get("/api/v1/config", &Api::Config);
    get("/api/v1/config/{version}", &Api::Config);
    add(Method::kPost, "/api/v1/config/check", Right::kRead, &Api::CheckConfig);
    add(Method::kPost, "/api/v1/config/apply", Right::kAdminister, &Api::ApplyConfig);
    add(Method::kPost, "/api/v1/replay", Right::kAdminister, &Api::Replay);
    get("/api/v1/tasks/{id}", &Api::OneTask);
    routes.push_back(
        {.method = Method::kPost,
         .pattern = "/api/v1/imports",
         .right = Right::kAdminister,
         .upload = [this](Request& request) { return Import(request); }}
    );
    get("/api/v1/openapi.json", &Api::OpenApi);
    get("/api", &Api::OpenApi);
    get("/api.css", &Api::OpenApiStyle);
    add(Method::kGet, "/healthz", Right::kNone, &Api::Health);
    add(Method::kGet, "/readyz", Right::kNone, &Api::Ready);
    get("/metrics", &Api::Metrics);
    return routes;
}

Result<uint64_t> ParseWhole(std::string_view text, std::string_view what) {
    uint64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && value <= INT64_MAX)
        return value;
    return Fail(Fault::kBadInput, "'{}' is not the number of a {}", Printable(text), what);
}

}  // namespace tilth::api
