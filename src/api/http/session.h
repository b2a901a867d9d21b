// One connection: requests read one after another, each answered before the next is read. Runs on
// the server's one I/O thread, handlers on its workers.
#pragma once

#include "api/http/gate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace tilth::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

/// What all connections share. Outlives them.
struct Shared {
    const ServerOptions& options;
    const Gate& gate;
    ServerCounters& counters;
    asio::thread_pool& workers;
    const std::string content_policy;  ///< Of every page
};

/// Lets any thread tell a connection that its event stream has something.
class Waker : public std::enable_shared_from_this<Waker> {
  public:
    explicit Waker(asio::any_io_executor executor) : timer_(executor) {}

    /// From any thread.
    void Wake();
    /// On the I/O thread: until woken since the last Reset, or for `time`.
    asio::awaitable<void> Wait(Duration time);
    /// Called before looking for events, so that none that comes later is overlooked.
    void Reset() { woken_ = false; }

  private:
    asio::steady_timer timer_;
    std::atomic<bool> woken_{false};
};

class Session {
  public:
    Session(beast::tcp_stream stream, Shared& shared)
        : stream_(std::move(stream)), shared_(shared) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Serves until the client leaves or is cut.
    asio::awaitable<void> Run();
    /// Answers that there are too many connections, and ends.
    asio::awaitable<void> TurnAway();

  private:
    using HeadParser = http::request_parser<http::empty_body>;

    // session_read.cpp
    asio::awaitable<bool> WaitForRequest();
    asio::awaitable<void> ReadAndAnswer();
    asio::awaitable<void> AnswerBadHead(const HeadParser& parser, beast::error_code error);
    asio::awaitable<void> ReadBodyAndAnswer(HeadParser& head, Admission admission);
    asio::awaitable<void> ReadUploadAndAnswer(HeadParser& head, Admission admission);
    asio::awaitable<bool> SayContinue(const HeadParser& head);
    Head DescribeHead(const HeadParser& parser) const;

    // session_write.cpp
    asio::awaitable<void> Send(Response response, const Admission& admission);
    asio::awaitable<void> SendProblem(Response problem);
    asio::awaitable<void> SendText(Response& response, const Admission& admission);
    asio::awaitable<void> SendSource(Response& response, const Admission& admission);
    asio::awaitable<void> SendAsset(Response& response, const Admission& admission);
    asio::awaitable<void> SendEvents(Response& response);
    asio::awaitable<bool> WriteHeader(
        const Response& response, Coding coding, std::optional<uint64_t> length
    );
    asio::awaitable<bool> WriteBytes(std::string_view bytes);
    asio::awaitable<bool> WriteChunk(std::string_view bytes);
    asio::awaitable<void> Linger();

    template <class F>
    auto OnWorker(F work) -> asio::awaitable<std::invoke_result_t<F>> {
        using T = std::invoke_result_t<F>;
        co_return co_await asio::co_spawn(
            shared_.workers,
            [](F w, std::atomic<int64_t>& busy) -> asio::awaitable<T> {
                const Counted counted(busy);
                co_return w();
            }(std::move(work), shared_.counters.workers),
            asio::use_awaitable
        );
    }

    beast::tcp_stream stream_;
    Shared& shared_;
    beast::flat_buffer buffer_;
    bool keep_alive_ = true;
    bool http_1_0_ = false;
    bool head_only_ = false;
    bool body_unread_ = false;
    std::shared_ptr<Waker> waker_;
};

}  // namespace tilth::api
