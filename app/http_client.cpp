#include "app/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <simdjson.h>

#include <array>

namespace tilth::app {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;

Error Unreachable(const std::string& address, const std::string& why) {
    return {Fault::kUnavailable, fmt::format("the lab at {} does not answer: {}", address, why)};
}

Fault FaultOf(int status) {
    switch (status) {
        case 401:
        case 403:
        case 413:
        case 429:
            return Fault::kRefused;
        case 404:
            return Fault::kNotFound;
        case 409:
            return Fault::kConflict;
        case 500:
            return Fault::kCorrupt;
        case 503:
            return Fault::kUnavailable;
        default:
            return Fault::kBadInput;
    }
}

/// The "detail" of an RFC 9457 problem, or what is there.
Error ProblemOf(const HttpAnswer& answer) {
    simdjson::dom::parser parser;
    std::string_view detail;
    if (parser.parse(answer.body)["detail"].get(detail) != simdjson::SUCCESS) detail = answer.body;
    return {FaultOf(answer.status), std::string(detail)};
}

}  // namespace

Result<HttpAnswer> HttpClient::Get(const std::string& target) {
    return Send(false, target, {}, {}, nullptr);
}
Result<HttpAnswer> HttpClient::PostJson(const std::string& target, std::string_view body) {
    return Send(true, target, "application/json", body, nullptr);
}
Result<HttpAnswer> HttpClient::PostFile(const std::string& target, std::string_view bytes) {
    return Send(true, target, "application/octet-stream", bytes, nullptr);
}
Status HttpClient::Stream(const std::string& target, const BodySink& sink) {
    TILTH_TRY(const HttpAnswer answer, Send(false, target, {}, {}, &sink));
    return {};
}

Result<HttpAnswer> HttpClient::Send(
    bool is_post,
    const std::string& target,
    std::string_view content_type,
    std::string_view body,
    const BodySink* sink
) {
    boost::asio::io_context io;
    beast::tcp_stream stream(io);
    beast::error_code error;
    const size_t colon = address_.rfind(':');
    const auto found =
        Tcp::resolver(io).resolve(address_.substr(0, colon), address_.substr(colon + 1), error);
    if (!error) stream.connect(found, error);
    if (error) return std::unexpected(Unreachable(address_, error.message()));

    http::request<http::span_body<const char>> request(
        is_post ? http::verb::post : http::verb::get, target, 11
    );
    request.set(http::field::host, address_);
    request.set(http::field::user_agent, "tilth");
    if (is_post) {
        request.set(http::field::content_type, content_type);
        request.body() = {body.data(), body.size()};
    }
    request.prepare_payload();
    http::write(stream, request, error);
    if (error) return std::unexpected(Unreachable(address_, error.message()));

    beast::flat_buffer buffer;
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    http::read_header(stream, buffer, parser, error);
    if (error) return std::unexpected(Unreachable(address_, error.message()));
    HttpAnswer answer;
    answer.status = static_cast<int>(parser.get().result_int());
    answer.content_type = std::string(parser.get()[http::field::content_type]);
    const bool is_good = answer.status < 400;
    std::array<char, 65536> piece{};
    while (!parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        http::read(stream, buffer, parser, error);
        if (error == http::error::need_buffer) error = {};
        if (error)
            return std::unexpected(Unreachable(address_, "the answer broke off: " + error.message())
            );
        const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
        if (sink == nullptr || !is_good) {
            answer.body.append(got);
        } else if (!got.empty() && !(*sink)(got)) {
            return answer;
        }
    }
    if (!is_good) return std::unexpected(ProblemOf(answer));
    return answer;
}

std::string UrlEncode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') ||
                              std::string_view("-_.~").find(c) != std::string_view::npos;
        if (is_plain) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::string JsonQuote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                } else {
                    out += c;
                }
        }
    }
    return out + "\"";
}

}  // namespace tilth::app
