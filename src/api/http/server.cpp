#include "api/http/server.h"

#include "api/http/session.h"
#include "telemetry/log.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <thread>

namespace tilth::api {

using asio::ip::tcp;
using telemetry::Level;

class Server::Impl {
  public:
    Impl(ServerOptions options, Services services)
        : options_(std::move(options)),
          api_(std::move(services), options_.tiles, counters_),
          gate_(options_, api_.Routes(), api_.services().assets),
          workers_(options_.workers),
          acceptor_(io_) {
        counters_.max_connections = options_.max_connections;
        counters_.max_event_streams = options_.max_event_streams;
        counters_.max_workers = options_.workers;
    }

    ~Impl() { Stop(); }

    Status Listen() {
        beast::error_code error;
        std::string_view text = options_.address;
        if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
        const auto address = asio::ip::make_address(text, error);
        if (error) {
            return Fail(
                Fault::kBadInput, "'{}' is not an IP address to listen on", options_.address
            );
        }
        const tcp::endpoint endpoint(address, options_.port);
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error) {
            return Fail(
                Fault::kUnavailable,
                "cannot listen on {}:{}: {}; choose another with --http ADDR:PORT",
                options_.address,
                options_.port,
                error.message()
            );
        }
        port_ = acceptor_.local_endpoint(error).port();
        asio::co_spawn(io_, Accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
        return {};
    }

    uint16_t port() const { return port_; }

    void Stop() {
        if (!thread_.joinable()) return;
        io_.stop();
        thread_.join();
        workers_.join();
    }

  private:
    asio::awaitable<void> Accept() {
        while (true) {
            auto [error, socket] =
                co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
            if (error) {
                // Most likely out of file descriptors: wait until some are closed.
                asio::steady_timer pause(io_, std::chrono::milliseconds{50});
                co_await pause.async_wait(asio::use_awaitable);
                continue;
            }
            beast::error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            asio::co_spawn(
                io_,
                Serve(beast::tcp_stream(std::move(socket))),
                [](std::exception_ptr failure) {
                    if (failure)
                        telemetry::Log(Level::kError, "a connection ended by an exception");
                }
            );
        }
    }

    asio::awaitable<void> Serve(beast::tcp_stream stream) {
        const Counted counted(counters_.connections);
        Session session(std::move(stream), shared_);
        if (counters_.connections > static_cast<int64_t>(options_.max_connections)) {
            co_await session.TurnAway();
        } else {
            co_await session.Run();
        }
    }

    const ServerOptions options_;
    ServerCounters counters_;
    Api api_;
    Gate gate_;
    asio::thread_pool workers_;
    // Destroyed before what its connections use; their event streams end with them.
    asio::io_context io_{1};
    Shared shared_{options_, gate_, counters_, workers_, ContentPolicy(options_.tiles)};
    tcp::acceptor acceptor_;
    uint16_t port_ = 0;
    std::thread thread_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Services services) {
    TILTH_CHECK(CheckTiles(options.tiles));
    auto impl = std::make_unique<Impl>(std::move(options), std::move(services));
    TILTH_CHECK(impl->Listen());
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::Port() const {
    return impl_->port();
}

void Server::Stop() {
    impl_->Stop();
}

}  // namespace tilth::api
