// Which handler a request goes to.
#pragma once

#include "api/http/message.h"

#include <span>

namespace tilth::api {

/// A long body, taken as it comes. Destroyed without Finish: the request broke off.
class Upload {
  public:
    virtual ~Upload() = default;
    virtual Status Write(std::string_view bytes) = 0;
    virtual Result<Response> Finish() = 0;
};

using Handler = std::function<Result<Response>(Request&)>;
using UploadHandler = std::function<Result<std::unique_ptr<Upload>>(Request&)>;

/// Exactly one of the handlers is set. They run on worker threads and may block on a store.
struct Route {
    Method method = Method::kGet;
    std::string pattern;  ///< "/api/v1/things/{name}": a part in braces stands for one segment
    Right right = Right::kRead;
    Handler handler = nullptr;
    UploadHandler upload = nullptr;
};

struct RouteMatch {
    const Route* route = nullptr;  ///< Null: see the others
    std::vector<std::string> captures;
    std::string allow;  ///< Methods the path has; empty: there is no such path
};

/// `path` is the target without query, as sent. kBadInput for broken percent escapes.
Result<RouteMatch> FindRoute(std::span<const Route> routes, Method method, std::string_view path);

}  // namespace tilth::api
