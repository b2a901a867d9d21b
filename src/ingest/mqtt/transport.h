// A TCP connection, plain or TLS, as the client sees it. Internal: this header brings in Asio.
#pragma once

#include "base/result.h"
#include "ingest/mqtt/endpoint.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <span>
#include <string_view>

namespace tilth::mqtt {

/// All calls and all events on the thread of the io_context. One read and one write at a time.
class Transport {
  public:
    /// What a transport tells its owner. After Close() it tells nothing more.
    class Events {
      public:
        virtual ~Events() = default;
        virtual void OnOpen(Status status) = 0;
        virtual void OnRead(Result<size_t> bytes) = 0;
        virtual void OnWritten(Status status) = 0;
    };

    virtual ~Transport() = default;
    /// Resolves, connects, shakes hands and verifies. Ends with OnOpen.
    virtual void Open() = 0;
    /// Reads some bytes, at least one. The buffer must stand until OnRead, or until the transport
    /// is gone.
    virtual void Read(std::span<char> buffer) = 0;
    /// Writes all bytes. As Read.
    virtual void Write(std::string_view bytes) = 0;
    /// No more will be written; what the peer still sends can be read.
    virtual void EndWriting() = 0;
    virtual void Close() = 0;
};

/// The trust and the certificate of the options. kBadInput: a file that cannot be used, and why.
Result<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsOptions& options);

/// `tls` is null for plain TCP. `keeper` lives as long as any operation of the transport: it owns
/// the buffers.
std::shared_ptr<Transport> MakeTransport(
    boost::asio::io_context& io,
    const Endpoint& endpoint,
    boost::asio::ssl::context* tls,
    Transport::Events& events,
    std::shared_ptr<void> keeper
);

}  // namespace tilth::mqtt
