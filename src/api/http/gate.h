// What a request must pass before its body is read and its handler runs. Pure: no sockets.
#pragma once

#include "api/http/api.h"
#include "api/http/compress.h"

#include <map>

namespace tilth::api {

/// The head of a request as it came.
struct Head {
    std::string method;
    std::string target;
    std::string host;
    std::string origin;
    std::string content_type;
    std::string accept;
    std::string accept_encoding;
    std::string if_none_match;
    std::string last_event_id;
    std::optional<uint64_t> content_length;
    bool chunked = false;
    std::string local_address;  ///< Of the connection's own end
    Sender sender;
};

/// A request that may go on to its handler, or to a file.
struct Admission {
    Request request;
    const Route* route = nullptr;
    const Asset* asset = nullptr;
    Coding coding = Coding::kIdentity;
    uint64_t max_body = 0;
};

class Gate {
  public:
    Gate(const ServerOptions& options, std::vector<Route> routes, const std::vector<Asset>& assets);

    /// The request, or the problem that answers it.
    std::expected<Admission, Response> Admit(const Head& head) const;

  private:
    using Answer = std::expected<void, Response>;
    Answer CheckHost(const Head& head, std::string_view path) const;
    Answer FindTarget(const Head& head, std::string_view path, Admission& admission) const;
    Answer CheckRight(const Head& head, std::string_view path, Admission& admission) const;
    Answer CheckBody(const Head& head, std::string_view path, Admission& admission) const;

    const ServerOptions& options_;
    std::vector<Route> routes_;
    std::map<std::string, const Asset*, std::less<>> assets_;
};

/// The handler's answer, errors as problems, and 304 where the client has it already.
Response Answer(const Route& route, Request& request);

/// True when If-None-Match holds the ETag (compared weakly) or "*".
bool Matches(std::string_view if_none_match, std::string_view etag);

}  // namespace tilth::api
