#include "ingest/mqtt/properties.h"

#include <array>

namespace tilth::mqtt {
namespace {

enum class Shape : uint8_t { kNone, kU8, kU16, kU32, kVarint, kText, kPair };

struct Rule {
    Shape shape = Shape::kNone;
    uint16_t places = 0;  // bit n: packet type n; bit 0: the will
};

constexpr uint16_t kWillPlace = 1u << 0;

template <class... Types>
constexpr uint16_t In(Types... types) {
    return static_cast<uint16_t>((0u | ... | (1u << static_cast<uint8_t>(types))));
}

// MQTT5 table 2-4.
constexpr std::array<Rule, 43> MakeRules() {
    using enum PacketType;
    std::array<Rule, 43> rules{};
    const auto set = [&rules](PropertyId id, Shape shape, uint16_t places) {
        rules[static_cast<size_t>(id)] = Rule{shape, places};
    };
    const uint16_t message = In(kPublish) | kWillPlace;
    const uint16_t acks = In(kPuback, kPubrec, kPubrel, kPubcomp, kSuback, kUnsuback);
    set(PropertyId::kPayloadFormat, Shape::kU8, message);
    set(PropertyId::kMessageExpiry, Shape::kU32, message);
    set(PropertyId::kContentType, Shape::kText, message);
    set(PropertyId::kResponseTopic, Shape::kText, message);
    set(PropertyId::kCorrelationData, Shape::kText, message);
    set(PropertyId::kSubscriptionId, Shape::kVarint, In(kPublish, kSubscribe));
    set(PropertyId::kSessionExpiry, Shape::kU32, In(kConnect, kConnack, kDisconnect));
    set(PropertyId::kAssignedClientId, Shape::kText, In(kConnack));
    set(PropertyId::kServerKeepAlive, Shape::kU16, In(kConnack));
    set(PropertyId::kAuthenticationMethod, Shape::kText, In(kConnect, kConnack, kAuth));
    set(PropertyId::kAuthenticationData, Shape::kText, In(kConnect, kConnack, kAuth));
    set(PropertyId::kRequestProblemInformation, Shape::kU8, In(kConnect));
    set(PropertyId::kWillDelay, Shape::kU32, kWillPlace);
    set(PropertyId::kRequestResponseInformation, Shape::kU8, In(kConnect));
    set(PropertyId::kResponseInformation, Shape::kText, In(kConnack));
    set(PropertyId::kServerReference, Shape::kText, In(kConnack, kDisconnect));
    set(PropertyId::kReasonString, Shape::kText, In(kConnack, kDisconnect, kAuth) | acks);
    set(PropertyId::kReceiveMaximum, Shape::kU16, In(kConnect, kConnack));
    set(PropertyId::kTopicAliasMaximum, Shape::kU16, In(kConnect, kConnack));
    set(PropertyId::kTopicAlias, Shape::kU16, In(kPublish));
    set(PropertyId::kMaximumQos, Shape::kU8, In(kConnack));
    set(PropertyId::kRetainAvailable, Shape::kU8, In(kConnack));
    set(PropertyId::kUser, Shape::kPair, 0xffff);
    set(PropertyId::kMaximumPacketSize, Shape::kU32, In(kConnect, kConnack));
    set(PropertyId::kWildcardSubscriptionAvailable, Shape::kU8, In(kConnack));
    set(PropertyId::kSubscriptionIdAvailable, Shape::kU8, In(kConnack));
    set(PropertyId::kSharedSubscriptionAvailable, Shape::kU8, In(kConnack));
    return rules;
}

constexpr std::array<Rule, 43> kRules = MakeRules();

Rule RuleOf(PropertyId id) {
    const auto number = static_cast<size_t>(id);
    return number < kRules.size() ? kRules[number] : Rule{};
}

constexpr bool MayRepeat(PropertyId id) {
    return id == PropertyId::kUser || id == PropertyId::kSubscriptionId;
}

}  // namespace

Property Properties::Next(Reader& in) {
    Property property;
    property.id = static_cast<PropertyId>(in.U8());
    switch (RuleOf(property.id).shape) {
        case Shape::kU8:
            property.number = in.U8();
            break;
        case Shape::kU16:
            property.number = in.U16();
            break;
        case Shape::kU32:
            property.number = in.U32();
            break;
        case Shape::kVarint:
            property.number = in.Varint();
            break;
        case Shape::kText:
            property.text = in.Text();
            break;
        case Shape::kPair:
            property.text = in.Text();
            property.value = in.Text();
            break;
        case Shape::kNone:
            in.Refuse("has an unknown property");
            break;
    }
    return property;
}

Properties Properties::Read(Reader& in, PropertyPlace place) {
    const std::string_view bytes = in.Take(in.Varint());
    Reader properties(bytes);
    uint64_t seen = 0;
    while (!properties.empty() && !properties.failed()) {
        const Property property = Next(properties);
        if (properties.failed()) break;
        const uint64_t bit = uint64_t{1} << static_cast<uint8_t>(property.id);
        if ((RuleOf(property.id).places >> static_cast<uint8_t>(place) & 1u) == 0) {
            in.Refuse("has a property that may not stand there");
        }
        if ((seen & bit) != 0 && !MayRepeat(property.id)) in.Refuse("repeats a property");
        seen |= bit;
    }
    if (properties.failed()) in.Refuse("has an unknown or broken property");
    return in.failed() ? Properties() : Properties(bytes);
}

std::optional<uint32_t> Properties::Number(PropertyId id) const {
    Reader in(bytes_);
    while (!in.empty()) {
        const Property property = Next(in);
        if (property.id == id) return property.number;
    }
    return std::nullopt;
}

std::optional<std::string_view> Properties::Text(PropertyId id) const {
    Reader in(bytes_);
    while (!in.empty()) {
        const Property property = Next(in);
        if (property.id == id) return property.text;
    }
    return std::nullopt;
}

std::optional<std::string_view> Properties::User(std::string_view name) const {
    Reader in(bytes_);
    while (!in.empty()) {
        const Property property = Next(in);
        if (property.id == PropertyId::kUser && property.text == name) return property.value;
    }
    return std::nullopt;
}

PropertyWriter& PropertyWriter::Number(PropertyId id, uint32_t value) {
    PutU8(bytes_, static_cast<uint8_t>(id));
    switch (RuleOf(id).shape) {
        case Shape::kU8:
            PutU8(bytes_, static_cast<uint8_t>(value));
            break;
        case Shape::kU16:
            PutU16(bytes_, static_cast<uint16_t>(value));
            break;
        case Shape::kU32:
            PutU32(bytes_, value);
            break;
        case Shape::kVarint:
            PutVarint(bytes_, value);
            break;
        default:
            throw std::invalid_argument("this MQTT property is not a number");
    }
    return *this;
}

PropertyWriter& PropertyWriter::Text(PropertyId id, std::string_view value) {
    if (RuleOf(id).shape != Shape::kText) {
        throw std::invalid_argument("this MQTT property is not a text");
    }
    PutU8(bytes_, static_cast<uint8_t>(id));
    PutText(bytes_, value);
    return *this;
}

PropertyWriter& PropertyWriter::User(std::string_view name, std::string_view value) {
    PutU8(bytes_, static_cast<uint8_t>(PropertyId::kUser));
    PutText(bytes_, name);
    PutText(bytes_, value);
    return *this;
}

void PutProperties(std::string& out, Version version, Properties properties) {
    if (version == Version::k311) return;
    PutVarint(out, properties.bytes().size());
    out.append(properties.bytes());
}

size_t PropertiesSize(Version version, Properties properties) {
    if (version == Version::k311) return 0;
    return VarintSize(properties.bytes().size()) + properties.bytes().size();
}

}  // namespace tilth::mqtt
