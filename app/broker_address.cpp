#include "app/broker_address.h"

#include "app/stores.h"

#include <charconv>

namespace tilth::app {
namespace {

Result<BrokerAddress> Parse(std::string_view url, const std::string& ca_file) {
    BrokerAddress address;
    std::string_view rest = url;
    const bool is_tls = rest.starts_with("mqtts://");
    if (!is_tls && !rest.starts_with("mqtt://")) {
        return Fail(
            Fault::kBadInput,
            "the broker \"{}\" must be written as mqtt[s]://[user:password@]host[:port]",
            url
        );
    }
    rest.remove_prefix(is_tls ? 8 : 7);
    address.endpoint.port = is_tls ? 8883 : 1883;
    if (is_tls) {
        address.endpoint.tls.emplace();
        address.endpoint.tls->ca_file = ca_file;
    }
    if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = rest.substr(0, at);
        const size_t colon = login.find(':');
        address.user = std::string(login.substr(0, colon));
        if (colon != std::string_view::npos)
            address.password = std::string(login.substr(colon + 1));
        rest.remove_prefix(at + 1);
    }
    if (const size_t slash = rest.find('/'); slash != std::string_view::npos)
        rest = rest.substr(0, slash);
    if (const size_t colon = rest.rfind(':');
        colon != std::string_view::npos && !rest.ends_with(']')) {
        const std::string_view port = rest.substr(colon + 1);
        const auto [end, error] =
            std::from_chars(port.data(), port.data() + port.size(), address.endpoint.port);
        if (error != std::errc{} || end != port.data() + port.size() ||
            address.endpoint.port == 0) {
            return Fail(
                Fault::kBadInput,
                "the port \"{}\" of the broker is not a number from 1 to 65535",
                port
            );
        }
        rest = rest.substr(0, colon);
    }
    if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
    if (rest.empty()) return Fail(Fault::kBadInput, "the broker \"{}\" names no host", url);
    address.endpoint.host = rest;
    return address;
}

}  // namespace

std::string BrokerAddress::Text() const {
    return fmt::format("{}:{}", endpoint.host, endpoint.port);
}

Result<BrokerAddress> BrokerOf(const Settings& settings) {
    if (settings.broker.empty())
        return Parse(fmt::format("mqtt://127.0.0.1:{}", settings.mqtt_port), {});
    TILTH_TRY(BrokerAddress address, Parse(settings.broker, settings.mqtt_ca));
    if (!settings.broker_password_file.empty()) {
        TILTH_TRY(address.password, ReadSecret(settings.broker_password_file));
    }
    return address;
}

}  // namespace tilth::app
