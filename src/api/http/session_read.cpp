#include "api/http/problem.h"
#include "api/http/session.h"

#include <charconv>

namespace tilth::api {
namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr size_t kUploadStep = 64 * 1024;

std::string Text(beast::string_view text) {
    return {text.data(), text.size()};
}

int StatusOfBadHead(const http::request<http::empty_body>& head, beast::error_code error) {
    // Without a target the first line alone was too long.
    if (error == http::error::header_limit) return head.target().empty() ? 414 : 431;
    if (error == http::error::bad_version) return 505;
    return 400;
}

}  // namespace

Head Session::DescribeHead(const HeadParser& parser) const {
    const auto& message = parser.get();
    Head head;
    head.method = Text(message.method_string());
    head.target = Text(message.target());
    head.host = Text(message[http::field::host]);
    head.origin = Text(message[http::field::origin]);
    head.content_type = Text(message[http::field::content_type]);
    head.accept = Text(message[http::field::accept]);
    head.accept_encoding = Text(message[http::field::accept_encoding]);
    head.if_none_match = Text(message[http::field::if_none_match]);
    head.last_event_id = Text(message["Last-Event-ID"]);
    head.chunked = parser.chunked();
    if (parser.content_length()) head.content_length = *parser.content_length();
    beast::error_code error;
    const auto local = stream_.socket().local_endpoint(error);
    if (!error) head.local_address = local.address().to_string();
    const auto remote = stream_.socket().remote_endpoint(error);
    if (!error) {
        head.sender.address = remote.address().to_string();
        head.sender.loopback = remote.address().is_loopback();
    }
    for (const char* name : {"X-Forwarded-For", "Forwarded", "X-Real-IP"}) {
        if (message.find(name) != message.end()) head.sender.forwarded = true;
    }
    head.sender.authorization = Text(message[http::field::authorization]);
    const std::string& proxy_header = shared_.options.auth.proxy.subject_header;
    if (!proxy_header.empty()) head.sender.proxy_subject = Text(message[proxy_header]);
    return head;
}

asio::awaitable<bool> Session::WaitForRequest() {
    if (buffer_.size() > 0) co_return true;  // The client sent the next one already
    stream_.expires_after(shared_.options.idle_time);
    const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(4096), kNoThrow);
    if (error) co_return false;
    buffer_.commit(size);
    co_return true;
}

asio::awaitable<void> Session::Run() {
    while (keep_alive_) {
        const bool came = co_await WaitForRequest();
        if (!came) break;
        co_await ReadAndAnswer();
    }
    if (body_unread_) co_await Linger();
    beast::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

asio::awaitable<void> Session::TurnAway() {
    keep_alive_ = false;
    Response problem = Problem(429, "too many connections; try again in a moment", "/");
    co_await SendProblem(std::move(problem));
    co_await Linger();
}

asio::awaitable<void> Session::ReadAndAnswer() {
    head_only_ = false;
    HeadParser parser;
    parser.header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
    parser.body_limit(boost::none);
    stream_.expires_after(shared_.options.header_time);
    const auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, kNoThrow);
    if (error) {
        co_await AnswerBadHead(parser, error);
        co_return;
    }
    keep_alive_ = parser.get().keep_alive();
    http_1_0_ = parser.get().version() < 11;
    head_only_ = parser.get().method() == http::verb::head;
    std::expected<Admission, Response> admission = shared_.gate.Admit(DescribeHead(parser));
    if (!admission) {
        // What the client goes on sending is not read, so the connection cannot be used again.
        body_unread_ = !parser.is_done();
        keep_alive_ = keep_alive_ && !body_unread_;
        co_await SendProblem(std::move(admission.error()));
    } else if (admission->route != nullptr && admission->route->upload) {
        co_await ReadUploadAndAnswer(parser, std::move(*admission));
    } else {
        co_await ReadBodyAndAnswer(parser, std::move(*admission));
    }
}

asio::awaitable<void> Session::AnswerBadHead(const HeadParser& parser, beast::error_code error) {
    keep_alive_ = false;
    // Only the parser's own complaints can be answered; after others there is nobody left to read.
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return;
    if (error.category() != make_error_code(http::error::bad_target).category()) co_return;
    body_unread_ = true;
    const int status = StatusOfBadHead(parser.get(), error);
    Response problem = Problem(status, fmt::format("not a request: {}", error.message()), "");
    co_await SendProblem(std::move(problem));
}

asio::awaitable<bool> Session::SayContinue(const HeadParser& head) {
    const auto& message = head.get();
    if (!beast::iequals(message[http::field::expect], "100-continue")) co_return true;
    co_return co_await WriteBytes("HTTP/1.1 100 Continue\r\n\r\n");
}

asio::awaitable<void> Session::ReadBodyAndAnswer(HeadParser& head, Admission admission) {
    if (!head.is_done()) {
        const bool said = co_await SayContinue(head);
        if (!said) co_return;
        http::request_parser<http::string_body> parser(std::move(head));
        parser.body_limit(admission.max_body);
        stream_.expires_after(shared_.options.step_time);
        const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, kNoThrow);
        if (error) {
            keep_alive_ = false;
            body_unread_ = true;
            const bool large = error == http::error::body_limit;
            const bool answerable =
                error.category() == make_error_code(http::error::bad_target).category();
            if (!answerable) co_return;
            const std::string detail =
                large ? fmt::format("the body is over {} bytes", admission.max_body)
                      : fmt::format("not a body: {}", error.message());
            co_await SendProblem(Problem(large ? 413 : 400, detail, admission.request.path));
            co_return;
        }
        admission.request.body = std::move(parser.get().body());
    }
    Response response;
    if (admission.asset != nullptr) {
        response.payload = admission.asset;
    } else {
        waker_ = std::make_shared<Waker>(stream_.get_executor());
        admission.request.wake = [weak = std::weak_ptr(waker_)] {
            if (const auto waker = weak.lock()) waker->Wake();
        };
        Request& request = admission.request;
        const Route& route = *admission.route;
        const auto handle = [this, &route, &request] {
            const auto start = std::chrono::steady_clock::now();
            Response answer = Answer(route, request);
            shared_.counters.Took(route, std::chrono::steady_clock::now() - start);
            return answer;
        };
        // Probes ask no store, and are answered while every worker waits for one.
        if (route.right == Right::kNone)
            response = handle();
        else
            response = co_await OnWorker(handle);
    }
    co_await Send(std::move(response), admission);
}

asio::awaitable<void> Session::ReadUploadAndAnswer(HeadParser& head, Admission admission) {
    Request& request = admission.request;
    const Route& route = *admission.route;
    auto opened = co_await OnWorker([&route, &request] { return route.upload(request); });
    if (!opened) {
        body_unread_ = !head.is_done();
        keep_alive_ = keep_alive_ && !body_unread_;
        co_await SendProblem(Problem(opened.error(), request.path));
        co_return;
    }
    const bool said = co_await SayContinue(head);
    if (!said) co_return;
    http::request_parser<http::buffer_body> parser(std::move(head));
    parser.body_limit(admission.max_body);
    std::string piece;
    while (!parser.is_done()) {
        piece.resize(kUploadStep);
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        stream_.expires_after(shared_.options.step_time);
        const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, kNoThrow);
        Status written;
        if (error && error != http::error::need_buffer) {
            keep_alive_ = false;
            body_unread_ = true;
            if (error != http::error::body_limit) co_return;
            co_await SendProblem(Problem(
                413, fmt::format("the file is over {} bytes", admission.max_body), request.path
            ));
            co_return;
        }
        piece.resize(kUploadStep - parser.get().body().size);
        written = co_await OnWorker([&] { return (*opened)->Write(piece); });
        if (written) continue;
        keep_alive_ = false;
        body_unread_ = true;
        co_await SendProblem(Problem(written.error(), request.path));
        co_return;
    }
    Result<Response> finished = co_await OnWorker([&] { return (*opened)->Finish(); });
    Response response = finished ? std::move(*finished) : Problem(finished.error(), request.path);
    co_await Send(std::move(response), admission);
}

}  // namespace tilth::api
