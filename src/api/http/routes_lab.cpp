#include "api/http/api.h"
#include "api/http/openapi.h"
#include "api/http/shapes.h"
#include "base/append.h"

namespace tilth::api {
namespace {

using query::JsonWriter;

void WriteConfig(JsonWriter& json, const pipeline::ConfigText& config) {
    json.BeginObject().Field("version", Raw(config.version)).Field("active", config.active);
    json.Field("text", config.text).Field("who", config.author.who).Field("why", config.author.why);
    json.Field("when", config.when).EndObject();
}

class ImportBody final : public Upload {
  public:
    explicit ImportBody(std::unique_ptr<pipeline::ImportUpload> upload)
        : upload_(std::move(upload)) {}

    Status Write(std::string_view bytes) override { return upload_->Write(bytes); }
    Result<Response> Finish() override {
        TILTH_TRY(const pipeline::Task task, upload_->Finish());
        std::string out;
        JsonWriter json(out);
        WriteTask(json, task);
        return JsonResponse(std::move(out), 202);
    }

  private:
    std::unique_ptr<pipeline::ImportUpload> upload_;
};

}  // namespace

Result<Response> Api::Home(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const pipeline::LabStatus status, services_.commands.Describe());
    std::string out;
    JsonWriter json(out);
    json.BeginObject()
        .Field("name", "Tilth")
        .Field("version", status.version)
        .Field("lab", status.lab);
    json.Field("site", status.site).Key("map").BeginObject();
    json.Field("tile_url", tiles_.url).Field("attribution", tiles_.attribution).EndObject();
    json.Key("links").BeginObject();
    for (const char* name :
         {"things", "datastreams", "observations", "events", "status", "openapi.json"}) {
        json.Field(name, fmt::format("/api/v1/{}", name));
    }
    json.EndObject().EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::LabStatus(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const pipeline::LabStatus status, services_.commands.Describe());
    std::string out;
    JsonWriter json(out);
    WriteStatus(json, status, services_.clock.Now());
    return JsonResponse(std::move(out));
}

Result<Response> Api::Generations(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const auto generations, services_.commands.Generations());
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("active");
    const auto active =
        std::find_if(generations.begin(), generations.end(), [](const auto& generation) {
            return generation.state == "active";
        });
    if (active == generations.end()) {
        json.Null();
    } else {
        json.Value(Raw(active->id));
    }
    json.Key("generations").BeginArray();
    for (const pipeline::GenerationProgress& generation : generations) {
        json.BeginObject().Field("id", Raw(generation.id)).Field("config", Raw(generation.config));
        json.Field("state", generation.state).Field("created_at", generation.created_at);
        json.Field("reason", generation.reason).Field("progress", generation.progress).EndObject();
    }
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::Config(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    std::optional<ConfigVersion> version;
    if (!request.captures.empty()) {
        TILTH_TRY(const uint64_t number, ParseWhole(request.captures[0], "configuration version"));
        if (number > INT32_MAX)
            return Fail(Fault::kNotFound, "there is no configuration version {}", number);
        version = ConfigVersion{static_cast<int32_t>(number)};
    }
    TILTH_TRY(const pipeline::ConfigText config, services_.commands.Config(version));
    std::string out;
    JsonWriter json(out);
    WriteConfig(json, config);
    return JsonResponse(std::move(out));
}

Result<Response> Api::CheckConfig(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    TILTH_TRY(const std::string text, body.OptionalText("text"));
    TILTH_TRY(const bool preview, body.Flag("preview"));
    TILTH_CHECK(body.CheckAllKnown());
    TILTH_TRY(const pipeline::ConfigReport report, services_.commands.CheckConfig(text, preview));
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Field("valid", report.problems.empty()).Key("problems").BeginArray();
    for (const pipeline::ConfigProblem& problem : report.problems) {
        json.BeginObject().Field("line", problem.line).Field("column", problem.column);
        json.Field("message", problem.message).EndObject();
    }
    json.EndArray().Key("preview");
    if (report.preview) {
        WriteTask(json, *report.preview);
    } else {
        json.Null();
    }
    json.EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::ApplyConfig(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    TILTH_TRY(const std::string text, body.Text("text"));
    TILTH_TRY(const std::string why, body.Text("why"));
    TILTH_CHECK(body.CheckAllKnown());
    TILTH_TRY(
        const auto applied, services_.commands.ApplyConfig(text, {request.subject.name, why})
    );
    std::string out;
    JsonWriter(out)
        .BeginObject()
        .Field("version", Raw(applied.version))
        .Field("generation", Raw(applied.generation))
        .EndObject();
    return JsonResponse(std::move(out), 202);
}

Result<Response> Api::Replay(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    pipeline::ReplayRequest replay;
    TILTH_TRY(replay.thing, body.OptionalText("thing"));
    TILTH_TRY(replay.from, body.OptionalTimeAt("from", services_.clock.Now()));
    TILTH_TRY(const std::string why, body.Text("why"));
    TILTH_CHECK(body.CheckAllKnown());
    TILTH_TRY(
        const pipeline::Task task, services_.commands.Replay(replay, {request.subject.name, why})
    );
    std::string out;
    JsonWriter(out).BeginObject().Field("task", task.id).EndObject();
    return JsonResponse(std::move(out), 202);
}

Result<Response> Api::OneTask(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const pipeline::Task task, services_.commands.TaskById(request.captures[0]));
    std::string out;
    JsonWriter json(out);
    WriteTask(json, task);
    return JsonResponse(std::move(out));
}

Result<std::unique_ptr<Upload>> Api::Import(Request& request) {
    pipeline::ImportRequest import;
    const auto name = request.parameters.Text("name");
    import.format = request.parameters.Text("format").value_or("");
    import.time_zone = request.parameters.Text("time_zone").value_or("");
    import.thing = request.parameters.Text("thing").value_or("");
    import.mapping = request.parameters.Text("mapping").value_or("");
    TILTH_TRY(import.strict, request.parameters.Flag("strict"));
    const std::string why = request.parameters.Text("why").value_or("");
    TILTH_CHECK(request.parameters.CheckAllKnown());
    if (!name) return Fail(Fault::kBadInput, "parameter 'name': is missing; give the file's name");
    import.file_name = *name;
    TILTH_TRY(auto upload, services_.commands.BeginImport(import, {request.subject.name, why}));
    return std::make_unique<ImportBody>(std::move(upload));
}

Result<Response> Api::Health(Request&) {
    return JsonResponse(R"({"alive":true})");
}

Result<Response> Api::Ready(Request&) {
    const std::vector<pipeline::ReadyCheck> checks = services_.commands.Ready();
    const bool ready =
        std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.ready; });
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Field("ready", ready).Key("checks").BeginArray();
    for (const pipeline::ReadyCheck& check : checks) {
        json.BeginObject()
            .Field("name", check.name)
            .Field("ready", check.ready)
            .Field("detail", check.detail);
        json.EndObject();
    }
    json.EndArray().EndObject();
    return JsonResponse(std::move(out), ready ? 200 : 503);
}

Result<Response> Api::Metrics(Request&) {
    std::string out = services_.commands.Metrics();
    if (!out.empty() && out.back() != '\n') out += '\n';
    out += "# HELP tilth_http_responses_total Responses sent, by class of status.\n";
    out += "# TYPE tilth_http_responses_total counter\n";
    for (int digit = 1; digit < 6; ++digit) {
        Append(
            out,
            "tilth_http_responses_total{{status=\"{}xx\"}} {}\n",
            digit,
            counters_.requests[digit].load()
        );
    }
    const auto gauge = [&out](std::string_view name, std::string_view help, int64_t value) {
        Append(out, "# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", name, help, value);
    };
    const auto use = [&](const std::string& name, const char* help, int64_t now, size_t most) {
        gauge(name, help, now);
        gauge(name + "_limit", "The most there may be.", static_cast<int64_t>(most));
    };
    const ServerCounters& c = counters_;
    use("tilth_http_connections", "Connections that are open.", c.connections, c.max_connections);
    use("tilth_http_event_streams",
        "Event streams that are open.",
        c.event_streams,
        c.max_event_streams);
    use("tilth_http_workers_busy", "Workers that are at work.", c.workers, c.max_workers);
    out += counters_.times.Expose();
    Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.cache_control = "no-store";
    response.payload = std::move(out);
    return response;
}

Result<Response> Api::OpenApi(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    if (request.path != "/api") return JsonResponse(std::string(OpenApiDocument()));
    Response response;
    response.content_type = "text/html; charset=utf-8";
    response.payload = OpenApiPage();
    return response;
}

Result<Response> Api::OpenApiStyle(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    Response response;
    response.content_type = "text/css; charset=utf-8";
    response.payload = std::string(OpenApiPageStyle());
    return response;
}

}  // namespace tilth::api
