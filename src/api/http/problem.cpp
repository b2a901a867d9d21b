#include "api/http/problem.h"

#include "query/json_writer.h"

#include <algorithm>

namespace tilth::api {
namespace {

struct Kind {
    int status;
    const char* type;
    const char* title;
};

constexpr Kind kKinds[] = {
    {400, "bad-input", "Bad input"},
    {401, "unauthorized", "Unauthorized"},
    {403, "refused", "Refused"},
    {404, "not-found", "Not found"},
    {405, "method-not-allowed", "Method not allowed"},
    {406, "not-acceptable", "Not acceptable"},
    {409, "conflict", "Conflict"},
    {413, "too-large", "Content too large"},
    {414, "uri-too-long", "URI too long"},
    {415, "unsupported-media-type", "Unsupported media type"},
    {429, "too-many-requests", "Too many requests"},
    {431, "headers-too-large", "Request header fields too large"},
    {500, "corrupt", "Internal error"},
    {501, "not-implemented", "Not implemented"},
    {503, "unavailable", "Unavailable"},
    {505, "version-not-supported", "HTTP version not supported"},
};

const Kind& KindOf(int status) {
    const auto found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) {
        return k.status == status;
    });
    return found == std::end(kKinds) ? kKinds[0] : *found;
}

}  // namespace

const char* Name(Method method) {
    switch (method) {
        case Method::kGet:
            return "GET";
        case Method::kPost:
            return "POST";
        case Method::kDelete:
            return "DELETE";
    }
    return "GET";
}

Response JsonResponse(std::string json, int status) {
    Response response;
    response.status = status;
    response.payload = std::move(json);
    return response;
}

int StatusOf(Fault fault) {
    switch (fault) {
        case Fault::kUnavailable:
            return 503;
        case Fault::kBadInput:
            return 400;
        case Fault::kNotFound:
            return 404;
        case Fault::kConflict:
            return 409;
        case Fault::kRefused:
            return 403;
        case Fault::kCorrupt:
            return 500;
    }
    return 500;
}

const char* Title(int status) {
    return KindOf(status).title;
}

Response Problem(int status, std::string_view detail, std::string_view instance) {
    const Kind& kind = KindOf(status);
    std::string json;
    query::JsonWriter(json)
        .BeginObject()
        .Field("type", fmt::format("urn:tilth:problem:{}", kind.type))
        .Field("title", kind.title)
        .Field("status", status)
        .Field("detail", detail)
        .Field("instance", instance)
        .EndObject();
    Response response = JsonResponse(std::move(json), status);
    response.content_type = "application/problem+json";
    response.cache_control = "no-store";
    if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "2");
    return response;
}

Response Problem(const Error& error, std::string_view instance) {
    return Problem(StatusOf(error.fault), error.message, instance);
}

}  // namespace tilth::api
