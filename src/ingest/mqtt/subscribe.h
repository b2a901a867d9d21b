// SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK (MQTT5 3.8 to 3.11).
#pragma once

#include "ingest/mqtt/frame.h"
#include "ingest/mqtt/properties.h"

#include <vector>

namespace tilth::mqtt {

/// When a subscription brings the retained messages (MQTT5 3.8.3.1); 3.1.1 always sends them.
enum class RetainHandling : uint8_t { kSend = 0, kSendIfNew = 1, kNever = 2 };

struct TopicFilter {
    std::string_view filter;
    Qos qos = Qos::kAtMostOnce;
    RetainHandling retain_handling = RetainHandling::kSend;
    bool no_local = false;
    bool retain_as_published = false;
};

struct Subscribe {
    uint16_t packet_id = 0;
    Properties properties;
    std::vector<TopicFilter> filters;
};

struct Unsubscribe {
    uint16_t packet_id = 0;
    Properties properties;
    std::vector<std::string_view> filters;
};

/// SUBACK and UNSUBACK: one reason a filter, in the order of the request. An UNSUBACK of 3.1.1 has
/// none. For SUBACK the values 0, 1 and 2 are the QoS granted.
struct SubscribeAnswer {
    PacketType type = PacketType::kSuback;
    uint16_t packet_id = 0;
    Properties properties;
    std::vector<Reason> reasons;
};

Result<Subscribe> DecodeSubscribe(Version version, Frame frame);
void EncodeSubscribe(Version version, const Subscribe& subscribe, std::string& out);

Result<Unsubscribe> DecodeUnsubscribe(Version version, Frame frame);
void EncodeUnsubscribe(Version version, const Unsubscribe& unsubscribe, std::string& out);

Result<SubscribeAnswer> DecodeSubscribeAnswer(Version version, Frame frame);
void EncodeSubscribeAnswer(Version version, const SubscribeAnswer& answer, std::string& out);

}  // namespace tilth::mqtt
