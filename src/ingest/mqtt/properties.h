// The properties of MQTT 5 packets (MQTT5 2.2.2), read in place: a Properties is a view of bytes
// that were checked once, and a value is looked for only when somebody asks.
#pragma once

#include "ingest/mqtt/bytes.h"
#include "ingest/mqtt/types.h"

#include <optional>
#include <string>
#include <string_view>

namespace tilth::mqtt {

enum class PropertyId : uint8_t {
    kPayloadFormat = 1,
    kMessageExpiry = 2,
    kContentType = 3,
    kResponseTopic = 8,
    kCorrelationData = 9,
    kSubscriptionId = 11,
    kSessionExpiry = 17,
    kAssignedClientId = 18,
    kServerKeepAlive = 19,
    kAuthenticationMethod = 21,
    kAuthenticationData = 22,
    kRequestProblemInformation = 23,
    kWillDelay = 24,
    kRequestResponseInformation = 25,
    kResponseInformation = 26,
    kServerReference = 28,
    kReasonString = 31,
    kReceiveMaximum = 33,
    kTopicAliasMaximum = 34,
    kTopicAlias = 35,
    kMaximumQos = 36,
    kRetainAvailable = 37,
    kUser = 38,
    kMaximumPacketSize = 39,
    kWildcardSubscriptionAvailable = 40,
    kSubscriptionIdAvailable = 41,
    kSharedSubscriptionAvailable = 42,
};

/// One property; numbers stand in `number`, texts and binary data in `text`, the pair of a user
/// property in `text` (its name) and `value`.
struct Property {
    PropertyId id{};
    uint32_t number = 0;
    std::string_view text;
    std::string_view value;
};

/// Where a property may stand: in a packet of this type, or in the will of a CONNECT.
enum class PropertyPlace : uint8_t { kWill = 0 };
constexpr PropertyPlace PlaceOf(PacketType type) {
    return static_cast<PropertyPlace>(static_cast<uint8_t>(type));
}

/// A view, valid as long as the bytes it was read from. Empty in 3.1.1.
class Properties {
  public:
    Properties() = default;

    /// Reads the length and the properties behind it. The reader refuses an unknown property, one
    /// that may not stand here, a repeated one (but user properties and subscription ids), and one
    /// that passes the end.
    static Properties Read(Reader& in, PropertyPlace place);
    /// Bytes without their length, as PropertyWriter made them.
    static Properties Trusted(std::string_view bytes) { return Properties(bytes); }

    std::optional<uint32_t> Number(PropertyId id) const;
    std::optional<std::string_view> Text(PropertyId id) const;
    /// The value of the first user property of this name.
    std::optional<std::string_view> User(std::string_view name) const;
    /// Calls f(const Property&) for each, in order.
    template <class F>
    void ForEach(F&& f) const {
        Reader in(bytes_);
        while (!in.empty()) f(Next(in));
    }

    std::string_view bytes() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }

  private:
    explicit Properties(std::string_view bytes) : bytes_(bytes) {}
    static Property Next(Reader& in);

    std::string_view bytes_;
};

/// Collects properties for an outgoing packet.
class PropertyWriter {
  public:
    PropertyWriter& Number(PropertyId id, uint32_t value);
    PropertyWriter& Text(PropertyId id, std::string_view value);
    PropertyWriter& User(std::string_view name, std::string_view value);
    void Clear() { bytes_.clear(); }

    /// Valid until the next change of this writer.
    Properties View() const { return Properties::Trusted(bytes_); }

  private:
    std::string bytes_;
};

/// Writes length and bytes; writes nothing in 3.1.1.
void PutProperties(std::string& out, Version version, Properties properties);
/// Bytes that PutProperties writes.
size_t PropertiesSize(Version version, Properties properties);

}  // namespace tilth::mqtt
