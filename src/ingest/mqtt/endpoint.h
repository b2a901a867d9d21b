// Where a broker is and how it is trusted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tilth::mqtt {

/// The broker's certificate is always verified, with its name. Files are PEM.
struct TlsOptions {
    std::string ca_file;           ///< Empty: the system's authorities.
    std::string certificate_file;  ///< The client's own chain; empty: none.
    std::string key_file;          ///< Needed with certificate_file.
    std::string server_name;       ///< The name to expect; empty: the host.
};

struct Endpoint {
    std::string host = "127.0.0.1";  ///< Name or address.
    uint16_t port = 1883;
    std::optional<TlsOptions> tls;
};

}  // namespace tilth::mqtt
