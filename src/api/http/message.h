// Requests and responses as handlers see them: plain data, without sockets.
#pragma once

#include "api/http/auth.h"
#include "api/http/parameters.h"
#include "query/chunk_source.h"

#include <functional>
#include <memory>
#include <variant>

namespace tilth::api {

enum class Method : uint8_t { kGet, kPost, kDelete };
const char* Name(Method method);

struct Request {
    Method method = Method::kGet;
    std::string path;        ///< As sent, without the query
    std::string query_text;  ///< What follows the "?", as sent
    Parameters parameters;
    std::vector<std::string> captures;  ///< What stood for {…} in the route's pattern, decoded
    Subject subject;
    std::string accept;
    std::string if_none_match;
    std::string last_event_id;
    std::string body;
    std::function<void()> wake;  ///< Tells the connection that its event stream has something
};

/// Gives the bytes that wait for an event stream, some ten kilobytes; empty: nothing
/// now.
using TakeEvents = std::function<std::string()>;

struct Asset;

/// What a response carries: text, a source of pieces, events until the client leaves, or a static
/// file.
using Payload =
    std::variant<std::string, std::unique_ptr<query::ChunkSource>, TakeEvents, const Asset*>;

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string etag;  ///< With quotes; empty: made from the text, or none
    std::string cache_control = "no-cache";
    Payload payload;
};

/// A file of the dashboard.
struct Asset {
    std::string path;          ///< "/", "/app.js"
    std::string content_type;  ///< "text/html; charset=utf-8"
    std::string etag;          ///< With quotes
    std::string_view gzip;     ///< Its bytes, compressed
};

Response JsonResponse(std::string json, int status = 200);

}  // namespace tilth::api
