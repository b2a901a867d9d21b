#include "api/http/gate.h"

#include "api/http/negotiate.h"
#include "api/http/problem.h"
#include "base/hash.h"
#include "base/text.h"

namespace tilth::api {
namespace {

std::unexpected<Response> Refuse(int status, std::string_view detail, std::string_view path) {
    return std::unexpected(Problem(status, detail, path));
}

std::string_view PathOf(std::string_view target) {
    return target.substr(0, target.find('?'));
}

std::string_view QueryOf(std::string_view target) {
    const size_t mark = target.find('?');
    return mark == std::string_view::npos ? "" : target.substr(mark + 1);
}

/// "application/json; charset=utf-8" -> "application/json"
std::string MediaType(std::string_view content_type) {
    std::string type(content_type.substr(0, content_type.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    for (char& c : type) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return type;
}

std::string_view WithoutWeakMark(std::string_view etag) {
    return etag.starts_with("W/") ? etag.substr(2) : etag;
}

Response NotModified(const Response& response) {
    Response answer;
    answer.status = 304;
    answer.content_type.clear();
    answer.etag = response.etag;
    answer.cache_control = response.cache_control;
    return answer;
}

}  // namespace

Gate::Gate(
    const ServerOptions& options, std::vector<Route> routes, const std::vector<Asset>& assets
)
    : options_(options), routes_(std::move(routes)) {
    for (const Asset& asset : assets) assets_[asset.path] = &asset;
}

Gate::Answer Gate::CheckHost(const Head& head, std::string_view path) const {
    // Probes come by whatever address the machine has.
    if (path == "/healthz" || path == "/readyz") return {};
    if (head.host.empty()) return Refuse(400, "the Host header is missing", path);
    if (HostAllowed(head.host, head.local_address, options_.names)) return {};
    return Refuse(
        403,
        fmt::format(
            "the Host '{}' is not this server's; to allow a name, start it with --http-name NAME",
            Printable(head.host)
        ),
        path
    );
}

Gate::Answer Gate::FindTarget(const Head& head, std::string_view path, Admission& admission) const {
    const bool get = head.method == "GET" || head.method == "HEAD";
    if (!get && head.method != "POST" && head.method != "DELETE") {
        return Refuse(
            501, fmt::format("the method '{}' is not used here", Printable(head.method)), path
        );
    }
    admission.request.method = get                     ? Method::kGet
                               : head.method == "POST" ? Method::kPost
                                                       : Method::kDelete;
    Result<RouteMatch> match = FindRoute(routes_, admission.request.method, path);
    if (!match) return std::unexpected(Problem(match.error(), path));
    admission.route = match->route;
    admission.request.captures = std::move(match->captures);
    if (match->route != nullptr) return {};
    const auto asset = assets_.find(path);
    if (asset != assets_.end()) {
        admission.asset = asset->second;
        if (!get) match->allow = "GET, HEAD";
        if (get) return {};
    }
    if (match->allow.empty())
        return Refuse(404, "there is nothing at this path; /api lists what there is", path);
    Response problem = Problem(
        405, fmt::format("{} is not possible here, only {}", head.method, match->allow), path
    );
    problem.headers.emplace_back("Allow", match->allow);
    return std::unexpected(std::move(problem));
}

Gate::Answer Gate::CheckRight(const Head& head, std::string_view path, Admission& admission) const {
    const Result<Subject> subject = Authenticate(options_.auth, head.sender);
    if (!subject) return Refuse(401, subject.error().message, path);
    admission.request.subject = *subject;
    // The page itself is no secret; what it shows is.
    const Right needed = admission.route == nullptr ? Right::kNone : admission.route->right;
    if (subject->right >= needed) return {};
    const bool anonymous = head.sender.authorization.empty() && head.sender.proxy_subject.empty();
    const std::string_view way = options_.auth.tokens.Empty()
                                     ? "only this machine itself may; for others give tokens"
                                     : "give a token";
    if (anonymous)
        return Refuse(401, fmt::format("this needs the right to {}: {}", Name(needed), way), path);
    return Refuse(
        403, fmt::format("{} has not the right to {}", Printable(subject->name), Name(needed)), path
    );
}

Gate::Answer Gate::CheckBody(const Head& head, std::string_view path, Admission& admission) const {
    if (admission.request.method == Method::kGet) {
        if (head.content_length.value_or(0) == 0 && !head.chunked) return {};
        return Refuse(400, fmt::format("a {} has no body here", head.method), path);
    }
    if (!OriginAllowed(head.origin, head.host)) {
        return Refuse(
            403,
            fmt::format("pages of '{}' may not change anything here", Printable(head.origin)),
            path
        );
    }
    const bool upload = admission.route->upload != nullptr;
    admission.max_body = upload ? options_.max_upload_bytes : options_.max_body_bytes;
    // A form of another site could send neither of the two types without asking first.
    const std::string_view wanted = upload ? "application/octet-stream" : "application/json";
    if (MediaType(head.content_type) != wanted) {
        return Refuse(415, fmt::format("the Content-Type must be {}", wanted), path);
    }
    if (head.content_length.value_or(0) > admission.max_body) {
        return Refuse(413, fmt::format("the body is over {} bytes", admission.max_body), path);
    }
    return {};
}

std::expected<Admission, Response> Gate::Admit(const Head& head) const {
    const std::string_view path = PathOf(head.target);
    if (head.target.size() > options_.max_target_bytes) {
        return Refuse(
            414,
            fmt::format("the target is over {} bytes", options_.max_target_bytes),
            path.substr(0, 200)
        );
    }
    if (!path.starts_with('/') || head.target.find('#') != std::string::npos) {
        return Refuse(400, "the target must be a path such as /api/v1/things", Printable(path));
    }
    Admission admission;
    Request& request = admission.request;
    request.path = path;
    request.query_text = QueryOf(head.target);
    request.accept = head.accept;
    request.if_none_match = head.if_none_match;
    request.last_event_id = head.last_event_id;
    admission.coding = ChooseCoding(head.accept_encoding);
    if (auto passed = CheckHost(head, path); !passed)
        return std::unexpected(std::move(passed.error()));
    for (const auto check : {&Gate::FindTarget, &Gate::CheckRight, &Gate::CheckBody}) {
        auto passed = (this->*check)(head, path, admission);
        if (!passed) return std::unexpected(std::move(passed.error()));
    }
    Result<Parameters> parameters = Parameters::Parse(request.query_text);
    if (!parameters) return std::unexpected(Problem(parameters.error(), path));
    request.parameters = std::move(*parameters);
    return admission;
}

bool Matches(std::string_view if_none_match, std::string_view etag) {
    if (if_none_match.empty() || etag.empty()) return false;
    if (if_none_match == "*") return true;
    return if_none_match.find(WithoutWeakMark(etag)) != std::string_view::npos;
}

Response Answer(const Route& route, Request& request) {
    Result<Response> result = route.handler(request);
    if (!result) {
        if (IsNotAcceptable(result.error()))
            return Problem(406, result.error().message, request.path);
        return Problem(result.error(), request.path);
    }
    Response& response = *result;
    if (request.method != Method::kGet || response.status != 200) return std::move(response);
    const auto* text = std::get_if<std::string>(&response.payload);
    if (response.etag.empty() && text != nullptr && response.cache_control != "no-store") {
        response.etag = fmt::format("W/\"{}\"", HexDigest(*text));
    }
    if (Matches(request.if_none_match, response.etag)) return NotModified(response);
    return std::move(response);
}

}  // namespace tilth::api
