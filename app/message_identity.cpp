#include "app/message_identity.h"

#include <charconv>

namespace tilth::app {
namespace {

/// Its value is the id, '@', the time of arrival. The plugin's first version had the time in a
/// property of its own, and messages of that time may still wait in a broker.
constexpr std::string_view kIdProperty = "tilth-id";
constexpr std::string_view kArrivalProperty = "tilth-arrival";

std::optional<Time> ParseArrival(std::string_view text) {
    int64_t micros = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return FromMicros(micros);
}

}  // namespace

void ReadIdentity(const mqtt::Properties& properties, pipeline::IncomingMessage& message) {
    const auto id = properties.User(kIdProperty);
    if (!id) return;
    const size_t at = id->find('@');
    message.broker_id = id->substr(0, at);
    message.broker_arrival = ParseArrival(
        at != std::string_view::npos ? id->substr(at + 1)
                                     : properties.User(kArrivalProperty).value_or("")
    );
}

}  // namespace tilth::app
