#include "ingest/mqtt/transport.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace tilth::mqtt {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class PlainStream {
  public:
    explicit PlainStream(asio::io_context& io) : stream_(io) {}
    tcp::socket& socket() { return stream_; }
    auto& stream() { return stream_; }
    template <class Handler>
    void Handshake(Handler&& handler) {
        handler(error_code());
    }

  private:
    tcp::socket stream_;
};

class TlsStream {
  public:
    TlsStream(asio::io_context& io, asio::ssl::context& tls, const std::string& name)
        : stream_(io, tls) {
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.set_verify_callback(asio::ssl::host_name_verification(name));
        // RFC 6066: an address is no server name.
        error_code not_an_address;
        asio::ip::make_address(name, not_an_address);
        if (!not_an_address) return;
        // What the macro SSL_set_tlsext_host_name does with an old-style cast.
        SSL_ctrl(
            stream_.native_handle(),
            SSL_CTRL_SET_TLSEXT_HOSTNAME,
            TLSEXT_NAMETYPE_host_name,
            const_cast<char*>(name.c_str())
        );
    }
    tcp::socket& socket() { return stream_.next_layer(); }
    auto& stream() { return stream_; }
    template <class Handler>
    void Handshake(Handler&& handler) {
        stream_.async_handshake(asio::ssl::stream_base::client, std::forward<Handler>(handler));
    }

  private:
    asio::ssl::stream<tcp::socket> stream_;
};

template <class Stream>
class StreamTransport final : public Transport,
                              public std::enable_shared_from_this<StreamTransport<Stream>> {
  public:
    template <class... Args>
    StreamTransport(
        asio::io_context& io,
        const Endpoint& endpoint,
        Events& events,
        std::shared_ptr<void> keeper,
        Args&&... args
    )
        : endpoint_(endpoint),
          events_(&events),
          keeper_(std::move(keeper)),
          resolver_(io),
          stream_(io, std::forward<Args>(args)...) {}

    void Open() override {
        resolver_.async_resolve(
            endpoint_.host,
            std::to_string(endpoint_.port),
            [self = this->shared_from_this()](error_code error, tcp::resolver::results_type found) {
                if (error) return self->Opened("find", error);
                self->ConnectTo(found);
            }
        );
    }

    void Read(std::span<char> buffer) override {
        stream_.stream().async_read_some(
            asio::buffer(buffer.data(), buffer.size()),
            [self = this->shared_from_this()](error_code error, size_t n) {
                if (self->events_ == nullptr) return;
                if (error) return self->events_->OnRead(self->Problem("read from", error));
                self->events_->OnRead(n);
            }
        );
    }

    void Write(std::string_view bytes) override {
        asio::async_write(
            stream_.stream(),
            asio::buffer(bytes.data(), bytes.size()),
            [self = this->shared_from_this()](error_code error, size_t) {
                if (self->events_ == nullptr) return;
                if (error) return self->events_->OnWritten(self->Problem("write to", error));
                self->events_->OnWritten({});
            }
        );
    }

    void EndWriting() override {
        error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    void Close() override {
        events_ = nullptr;
        resolver_.cancel();
        error_code ignored;
        stream_.socket().close(ignored);
    }

  private:
    void ConnectTo(const tcp::resolver::results_type& found) {
        if (events_ == nullptr) return;
        asio::async_connect(
            stream_.socket(),
            found,
            [self = this->shared_from_this()](error_code error, const tcp::endpoint&) {
                if (error) return self->Opened("connect to", error);
                self->ShakeHands();
            }
        );
    }

    void ShakeHands() {
        if (events_ == nullptr) return;
        error_code ignored;
        stream_.socket().set_option(tcp::no_delay(true), ignored);
        stream_.Handshake([self = this->shared_from_this()](error_code error) {
            self->Opened("agree on TLS with", error);
        });
    }

    void Opened(const char* what, error_code error) {
        if (events_ == nullptr) return;
        events_->OnOpen(error ? Status(Problem(what, error)) : Status());
    }

    std::unexpected<Error> Problem(const char* what, error_code error) const {
        return Fail(
            Fault::kUnavailable,
            "cannot {} the broker at {}:{}: {}",
            what,
            endpoint_.host,
            endpoint_.port,
            error.message()
        );
    }

    Endpoint endpoint_;
    Events* events_;
    std::shared_ptr<void> keeper_;
    tcp::resolver resolver_;
    Stream stream_;
};

}  // namespace

Result<std::unique_ptr<asio::ssl::context>> MakeTlsContext(const TlsOptions& options) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    const auto problem = [](const char* what, const std::string& file, error_code error) {
        return Fail(Fault::kBadInput, "cannot use the {} '{}': {}", what, file, error.message());
    };
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    error_code error;
    if (options.ca_file.empty()) {
        context->set_default_verify_paths(error);
    } else {
        context->load_verify_file(options.ca_file, error);
    }
    if (error) return problem("certificate authorities", options.ca_file, error);
    if (options.certificate_file.empty()) return context;
    context->use_certificate_chain_file(options.certificate_file, error);
    if (error) return problem("client certificate", options.certificate_file, error);
    context->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
    if (error) return problem("private key", options.key_file, error);
    return context;
}

std::shared_ptr<Transport> MakeTransport(
    asio::io_context& io,
    const Endpoint& endpoint,
    asio::ssl::context* tls,
    Transport::Events& events,
    std::shared_ptr<void> keeper
) {
    if (tls == nullptr) {
        return std::make_shared<StreamTransport<PlainStream>>(
            io, endpoint, events, std::move(keeper)
        );
    }
    const std::string& name = endpoint.tls->server_name;
    return std::make_shared<StreamTransport<TlsStream>>(
        io, endpoint, events, std::move(keeper), *tls, name.empty() ? endpoint.host : name
    );
}

}  // namespace tilth::mqtt
