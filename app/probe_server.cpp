#include "app/probe_server.h"

#include "app/http_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>

namespace tilth::app {
namespace {

constexpr int kTickMilliseconds = 200;
constexpr timeval kPatience{2, 0};
constexpr size_t kLongestRequest = 8192;

Result<sockaddr_in> ParseAddress(const std::string& text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    const size_t colon = text.rfind(':');
    uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const std::string host = text.substr(0, colon);
    if (colon == std::string::npos ||
        std::from_chars(text.data() + colon + 1, end, port).ptr != end ||
        inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
        return Fail(
            Fault::kBadInput, "--http {}: expected ADDR:PORT, for example 127.0.0.1:8080", text
        );
    }
    address.sin_port = htons(port);
    return address;
}

std::string Reply(std::string_view status, std::string_view type, const std::string& body) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
        status,
        type,
        body.size(),
        body
    );
}

/// The head of a request; empty: it did not come in time.
std::string Receive(int connection) {
    std::string request;
    std::array<char, 2048> buffer;
    while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = recv(connection, buffer.data(), buffer.size(), 0);
        if (n <= 0 || request.size() > kLongestRequest) return {};
        request.append(buffer.data(), static_cast<size_t>(n));
    }
    return request;
}

void Send(int connection, const std::string& answer) {
    for (size_t sent = 0; sent < answer.size();) {
        const ssize_t n =
            send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += static_cast<size_t>(n);
    }
}

std::string ReadyBody(const telemetry::Health::State& state) {
    std::string checks;
    for (const telemetry::Health::Check& check : state.checks) {
        checks += fmt::format(
            R"({}{{"name":{},"ready":{},"detail":{}}})",
            checks.empty() ? "" : ",",
            JsonQuote(check.name),
            check.ready,
            JsonQuote(check.reason)
        );
    }
    return fmt::format(R"({{"ready":{},"checks":[{}]}})", state.ready, checks);
}

}  // namespace

Result<std::unique_ptr<ProbeServer>> ProbeServer::Start(
    const std::string& address, ProbeAnswers answers
) {
    TILTH_TRY(sockaddr_in place, ParseAddress(address));
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return Fail(Fault::kUnavailable, "no socket to listen on: {}", strerror(errno));
    const int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto* generic = reinterpret_cast<sockaddr*>(&place);
    socklen_t size = sizeof place;
    if (bind(listener, generic, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, generic, &size) != 0) {
        const int error = errno;
        close(listener);
        return Fail(Fault::kUnavailable, "cannot listen on {}: {}", address, strerror(error));
    }
    const std::string bound =
        fmt::format("{}:{}", address.substr(0, address.rfind(':')), ntohs(place.sin_port));
    return std::unique_ptr<ProbeServer>(new ProbeServer(listener, bound, std::move(answers)));
}

ProbeServer::ProbeServer(int listener, std::string address, ProbeAnswers answers)
    : listener_(listener), address_(std::move(address)), answers_(std::move(answers)) {
    thread_ = std::thread([this] { Run(); });
}

ProbeServer::~ProbeServer() {
    stop_ = true;
    thread_.join();
    if (measuring_.joinable()) measuring_.join();
    close(listener_);
}

void ProbeServer::Run() {
    while (!stop_) {
        pollfd ready{listener_, POLLIN, 0};
        if (poll(&ready, 1, kTickMilliseconds) <= 0) continue;
        const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) Serve(connection);
    }
}

void ProbeServer::Serve(int connection) {
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    const std::string request = Receive(connection);
    if (!request.starts_with("GET ")) {
        if (!request.empty())
            Send(connection, Reply("405 Method Not Allowed", "text/plain", "only GET\n"));
        close(connection);
        return;
    }
    const std::string path = request.substr(4, request.find_first_of(" ?\r", 4) - 4);
    if (path == "/metrics") return ServeMetrics(connection);
    Send(connection, Answer(path));
    close(connection);
}

void ProbeServer::ServeMetrics(int connection) {
    if (is_measuring_.exchange(true)) {
        Send(
            connection,
            Reply("503 Service Unavailable", "text/plain", "the numbers are being gathered\n")
        );
        close(connection);
        return;
    }
    if (measuring_.joinable()) measuring_.join();
    measuring_ = std::thread([this, connection] {
        const std::string numbers = answers_.metrics();
        is_measuring_ = false;  // who has its answer may ask again at once
        Send(connection, Reply("200 OK", "text/plain; version=0.0.4; charset=utf-8", numbers));
        close(connection);
    });
}

std::string ProbeServer::Answer(std::string_view path) const {
    if (path == "/healthz") return Reply("200 OK", "application/json", R"({"alive":true})");
    if (path == "/readyz") {
        const telemetry::Health::State state = answers_.health.Snapshot();
        return Reply(
            state.ready ? "200 OK" : "503 Service Unavailable", "application/json", ReadyBody(state)
        );
    }
    return Reply("404 Not Found", "text/plain", "/healthz, /readyz and /metrics are here\n");
}

}  // namespace tilth::app
