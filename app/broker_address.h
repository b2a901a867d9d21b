// Where the broker is, and as whom one comes to it.
#pragma once

#include "app/settings.h"
#include "base/result.h"
#include "ingest/mqtt/client.h"

#include <optional>
#include <string>

namespace tilth::app {

struct BrokerAddress {
    mqtt::Endpoint endpoint;
    std::optional<std::string> user;
    std::optional<std::string> password;
    /// host:port, for people.
    std::string Text() const;
};

/// The broker the settings name, mqtt[s]://[user:password@]host[:port], with the password of the
/// file where one is named; else the one of this machine at their port. kBadInput.
Result<BrokerAddress> BrokerOf(const Settings& settings);

}  // namespace tilth::app
