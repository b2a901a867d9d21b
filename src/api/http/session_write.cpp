#include "api/http/problem.h"
#include "api/http/session.h"

#include <boost/asio/write.hpp>

namespace tilth::api {
namespace {

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr size_t kStep = 64 * 1024;
constexpr size_t kWorthCompressing = 1024;

bool Compressible(std::string_view content_type) {
    return content_type.starts_with("application/json") ||
           content_type.starts_with("application/problem+json") ||
           content_type.starts_with("text/");
}

Coding CodingFor(const Response& response, const Admission& admission) {
    return Compressible(response.content_type) ? admission.coding : Coding::kIdentity;
}

std::string Compress(std::string_view text, Coding coding) {
    std::string out;
    Compressor::Make(coding)->Add(text, true, out);
    return out;
}

}  // namespace

void Waker::Wake() {
    if (woken_.exchange(true)) return;
    // Run on the I/O thread: Reset and Wait have nothing between them there, so the timer is either
    // being waited for when it is cancelled, or what woke is found by the next look.
    asio::post(timer_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
}

asio::awaitable<void> Waker::Wait(Duration time) {
    timer_.expires_after(time);
    co_await timer_.async_wait(kNoThrow);
}

asio::awaitable<bool> Session::WriteBytes(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::string_view step = bytes.substr(0, kStep);
        stream_.expires_after(shared_.options.step_time);
        const auto [error, size] =
            co_await asio::async_write(stream_, asio::buffer(step), kNoThrow);
        if (error) {
            keep_alive_ = false;
            co_return false;
        }
        shared_.counters.bytes_sent += size;
        bytes.remove_prefix(step.size());
    }
    co_return true;
}

asio::awaitable<bool> Session::WriteChunk(std::string_view bytes) {
    if (http_1_0_) co_return co_await WriteBytes(bytes);
    const std::string framed = fmt::format("{:x}\r\n", bytes.size()).append(bytes).append("\r\n");
    co_return co_await WriteBytes(framed);
}

/// `length` of the body; none: it is chunked, or ends with the connection for HTTP/1.0.
asio::awaitable<bool> Session::WriteHeader(
    const Response& response, Coding coding, std::optional<uint64_t> length
) {
    if (!length && http_1_0_) keep_alive_ = false;
    http::response<http::empty_body> header;
    header.version(11);
    header.result(static_cast<unsigned>(response.status));
    header.set(http::field::server, "Tilth");
    if (!response.content_type.empty())
        header.set(http::field::content_type, response.content_type);
    if (!response.etag.empty()) header.set(http::field::etag, response.etag);
    header.set(http::field::cache_control, response.cache_control);
    header.set("X-Content-Type-Options", "nosniff");
    if (response.content_type.starts_with("text/html")) {
        header.set("Content-Security-Policy", shared_.content_policy);
        header.set("Referrer-Policy", "no-referrer");
    }
    if (Compressible(response.content_type))
        header.set(http::field::vary, "Accept-Encoding, Accept");
    if (coding != Coding::kIdentity)
        header.set(http::field::content_encoding, std::string(Name(coding)));
    for (const auto& [name, value] : response.headers) header.set(name, value);
    if (length) {
        header.content_length(*length);
    } else if (!http_1_0_) {
        header.chunked(true);
    }
    header.keep_alive(keep_alive_);
    ++shared_.counters.requests[std::clamp(response.status / 100, 0, 5)];
    std::ostringstream text;
    text << header.base();  // The head alone: a whole message would bring its last chunk
    const std::string bytes = text.str();
    co_return co_await WriteBytes(bytes);
}

asio::awaitable<void> Session::SendProblem(Response problem) {
    const Admission nothing;
    co_await SendText(problem, nothing);
}

asio::awaitable<void> Session::Send(Response response, const Admission& admission) {
    switch (response.payload.index()) {
        case 0:
            co_await SendText(response, admission);
            break;
        case 1:
            co_await SendSource(response, admission);
            break;
        case 2:
            co_await SendEvents(response);
            break;
        default:
            co_await SendAsset(response, admission);
            break;
    }
}

asio::awaitable<void> Session::SendText(Response& response, const Admission& admission) {
    std::string& text = std::get<std::string>(response.payload);
    Coding coding = CodingFor(response, admission);
    if (text.size() < kWorthCompressing || response.status == 304) coding = Coding::kIdentity;
    if (coding != Coding::kIdentity)
        text = co_await OnWorker([&text, coding] { return Compress(text, coding); });
    std::optional<uint64_t> length = text.size();
    if (response.status == 304) length = 0;
    const bool written = co_await WriteHeader(response, coding, length);
    if (!written || head_only_) co_return;
    co_await WriteBytes(text);
}

asio::awaitable<void> Session::SendAsset(Response& response, const Admission& admission) {
    const Asset& asset = *std::get<const Asset*>(response.payload);
    response.content_type = asset.content_type;
    response.etag = asset.etag;
    if (Matches(admission.request.if_none_match, asset.etag)) {
        response.status = 304;
        co_await WriteHeader(response, Coding::kIdentity, 0);
        co_return;
    }
    // A file is kept compressed; the few clients that cannot take it so have it unpacked for them.
    const bool packed = admission.coding != Coding::kIdentity;
    const std::string plain = packed ? std::string() : Gunzip(asset.gzip);
    const std::string_view bytes = packed ? asset.gzip : std::string_view(plain);
    const Coding coding = packed ? Coding::kGzip : Coding::kIdentity;
    const bool written = co_await WriteHeader(response, coding, bytes.size());
    if (!written || head_only_) co_return;
    co_await WriteBytes(bytes);
}

asio::awaitable<void> Session::SendSource(Response& response, const Admission& admission) {
    query::ChunkSource& source = *std::get<std::unique_ptr<query::ChunkSource>>(response.payload);
    const Coding coding = CodingFor(response, admission);
    if (head_only_) {
        co_await WriteHeader(response, coding, std::nullopt);
        co_return;
    }
    const std::unique_ptr<Compressor> compressor = Compressor::Make(coding);
    std::string piece;
    std::string packed;
    /// Makes about one step's worth of bytes; false: that was the last.
    const auto make = [&]() -> Result<bool> {
        piece.clear();
        packed.clear();
        bool more = true;
        while (more && piece.size() < kStep) {
            TILTH_TRY(more, source.Next(piece));
        }
        if (compressor) compressor->Add(piece, !more, packed);
        return more;
    };
    bool begun = false;
    bool more = true;
    while (more) {
        const Result<bool> made = co_await OnWorker([&make] { return make(); });
        const std::string& bytes = compressor ? packed : piece;
        if (!made && !begun) {
            Response problem = Problem(made.error(), admission.request.path);
            co_await SendText(problem, admission);
            co_return;
        }
        if (!made) {
            // Without its last chunk the client sees that the answer is not complete.
            keep_alive_ = false;
            co_return;
        }
        more = *made;
        if (!begun) {
            const auto length = more ? std::nullopt : std::optional<uint64_t>(bytes.size());
            begun = co_await WriteHeader(response, coding, length);
            if (!begun) co_return;
            if (length) {
                co_await WriteBytes(bytes);
                co_return;
            }
        }
        if (bytes.empty()) continue;
        const bool written = co_await WriteChunk(bytes);
        if (!written) co_return;
    }
    if (!http_1_0_) co_await WriteBytes("0\r\n\r\n");
}

asio::awaitable<void> Session::SendEvents(Response& response) {
    const TakeEvents take = std::move(std::get<TakeEvents>(response.payload));
    const Counted counted(shared_.counters.event_streams);
    keep_alive_ = false;
    if (shared_.counters.event_streams > static_cast<int64_t>(shared_.options.max_event_streams)) {
        co_await SendProblem(
            Problem(429, "too many event streams; try again in a moment", "/api/v1/events")
        );
        co_return;
    }
    // What can be read from an event stream's client is its end; anything else it sends ends the
    // stream as well.
    const auto left = std::make_shared<bool>(false);
    stream_.socket().async_wait(
        asio::socket_base::wait_read,
        [left, waker = waker_](beast::error_code) {
            *left = true;
            waker->Wake();
        }
    );
    bool written = co_await WriteHeader(response, Coding::kIdentity, std::nullopt);
    std::string events = "retry: 1000\n\n";
    while (written && !*left) {
        if (!events.empty()) written = co_await WriteChunk(events);
        waker_->Reset();
        events = take();
        if (!events.empty()) continue;
        const auto asleep = std::chrono::steady_clock::now();
        stream_.expires_never();
        co_await waker_->Wait(shared_.options.heartbeat);
        if (std::chrono::steady_clock::now() - asleep >= shared_.options.heartbeat)
            events = ": heartbeat\n\n";
    }
}

/// Lets the client read the answer before the connection is reset by what it still sends.
asio::awaitable<void> Session::Linger() {
    beast::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds{1});
    for (int step = 0; step < 64; ++step) {
        buffer_.clear();
        const auto [error, size] =
            co_await stream_.async_read_some(buffer_.prepare(kStep), kNoThrow);
        if (error) co_return;
    }
}

}  // namespace tilth::api
