// Packets of both versions as annotated bytes with what they mean: for tests only. Laid out by hand
// from the standards.
#pragma once

#include "ingest/mqtt/packet.h"

#include <initializer_list>
#include <string>
#include <vector>

namespace tilth::mqtt {

struct PacketSample {
    const char* name;
    Version version;
    std::string bytes;
    Packet packet;
};

/// Bytes written as numbers.
inline std::string Bytes(std::initializer_list<unsigned> bytes) {
    std::string text;
    for (const unsigned byte : bytes) text.push_back(static_cast<char>(byte));
    return text;
}

/// The first packet of the bytes, which hold its length field in one byte.
inline Frame SmallFrame(std::string_view bytes) {
    return {static_cast<uint8_t>(bytes[0]), bytes.substr(2)};
}

inline std::vector<PacketSample> ConnectSamples() {
    static const PropertyWriter properties = PropertyWriter()
                                                 .Number(PropertyId::kSessionExpiry, 0xffff'ffff)
                                                 .Number(PropertyId::kReceiveMaximum, 1000);
    static const PropertyWriter will = PropertyWriter().Number(PropertyId::kWillDelay, 5);
    static const PropertyWriter answer = PropertyWriter()
                                             .Number(PropertyId::kReceiveMaximum, 20)
                                             .Text(PropertyId::kAssignedClientId, "x1");
    const auto k5 = Version::k5;
    const auto k311 = Version::k311;
    Connect plain{k311, true, 60, {}, "lab", {}, {}, {}};
    Connect full{k5, false, 30, properties.View(), "lab", {}, "me", "pw"};
    full.will = Will{"w", "off", will.View(), Qos::kAtLeastOnce, true};
    return {
        {"CONNECT 3.1.1",
         k311,
         Bytes({0x10, 15, 0, 4}) + "MQTT" +  // length, name of the protocol
             Bytes({4, 0x02, 0, 60}) +       // level, clean session, keep-alive 60 s
             Bytes({0, 3}) + "lab",          // client id
         plain},
        {"CONNECT 5 with will, user and password",
         k5,
         Bytes({0x10, 46, 0, 4}) + "MQTT" +                 //
             Bytes({5, 0xec, 0, 30}) +                      // user, password, will: retain, QoS 1
             Bytes({8, 17, 0xff, 0xff, 0xff, 0xff}) +       // properties: session expiry
             Bytes({33, 0x03, 0xe8}) +                      // receive maximum 1000
             Bytes({0, 3}) + "lab" +                        // client id
             Bytes({5, 24, 0, 0, 0, 5}) +                   // will properties: delay 5 s
             Bytes({0, 1}) + "w" + Bytes({0, 3}) + "off" +  // will topic and payload
             Bytes({0, 2}) + "me" + Bytes({0, 2}) + "pw",   // user, password
         full},
        {"CONNACK 3.1.1", k311, Bytes({0x20, 2, 1, 0}), Connack{true, Reason::kSuccess, {}}},
        {"CONNACK 3.1.1 refused",
         k311,
         Bytes({0x20, 2, 0, 5}),  // return code 5: not authorized
         Connack{false, static_cast<Reason>(5), {}}},
        {"CONNACK 5",
         k5,
         Bytes({0x20, 11, 0, 0, 8, 33, 0, 20}) +  // receive maximum 20
             Bytes({18, 0, 2}) + "x1",            // assigned client id
         Connack{false, Reason::kSuccess, answer.View()}},
    };
}

inline std::vector<PacketSample> PublishSamples() {
    static const PropertyWriter user = PropertyWriter().User("id", "7");
    Publish at_most_once{"t/1", "5.1", {}, 0, Qos::kAtMostOnce, true, false};
    Publish again{"t/1", "5.1", {}, 258, Qos::kAtLeastOnce, false, true};
    Publish v5{"t", "", user.View(), 10, Qos::kExactlyOnce, false, false};
    return {
        {"PUBLISH 3.1.1 QoS 0 retained",
         Version::k311,
         Bytes({0x31, 8, 0, 3}) + "t/1" + "5.1",  // topic, payload
         at_most_once},
        {"PUBLISH 3.1.1 QoS 1 DUP",
         Version::k311,
         Bytes({0x3a, 10, 0, 3}) + "t/1" + Bytes({1, 2}) + "5.1",  // packet id 258
         again},
        {"PUBLISH 5 QoS 2 with a user property and no payload",
         Version::k5,
         Bytes({0x34, 14, 0, 1}) + "t" + Bytes({0, 10}) +        // topic, packet id 10
             Bytes({8, 38, 0, 2}) + "id" + Bytes({0, 1}) + "7",  // properties
         v5},
    };
}

inline std::vector<PacketSample> AckSamples() {
    static const PropertyWriter why = PropertyWriter().Text(PropertyId::kReasonString, "no");
    using enum PacketType;
    const auto ok = Reason::kSuccess;
    return {
        {"PUBACK 3.1.1", Version::k311, Bytes({0x40, 2, 0, 7}), Ack{kPuback, 7, ok, {}}},
        {"PUBREC 3.1.1", Version::k311, Bytes({0x50, 2, 0, 7}), Ack{kPubrec, 7, ok, {}}},
        {"PUBREL 3.1.1", Version::k311, Bytes({0x62, 2, 0, 7}), Ack{kPubrel, 7, ok, {}}},
        {"PUBCOMP 3.1.1", Version::k311, Bytes({0x70, 2, 0, 7}), Ack{kPubcomp, 7, ok, {}}},
        {"PUBACK 5", Version::k5, Bytes({0x40, 2, 0, 7}), Ack{kPuback, 7, ok, {}}},
        {"PUBREC 5 refused",
         Version::k5,
         Bytes({0x50, 9, 0, 7, 0x97, 5, 31, 0, 2}) + "no",  // quota exceeded, reason string
         Ack{kPubrec, 7, Reason::kQuotaExceeded, why.View()}},
        {"PUBREL 5",
         Version::k5,
         Bytes({0x62, 3, 0, 7, 0x92}),
         Ack{kPubrel, 7, Reason::kPacketIdNotFound, {}}},
        {"PUBCOMP 5", Version::k5, Bytes({0x70, 2, 0xff, 0xff}), Ack{kPubcomp, 65'535, ok, {}}},
    };
}

inline std::vector<PacketSample> SubscribeSamples() {
    static const PropertyWriter id = PropertyWriter().Number(PropertyId::kSubscriptionId, 200);
    const auto unsuback = PacketType::kUnsuback;
    Subscribe v311{1, {}, {{"a/#", Qos::kAtLeastOnce, RetainHandling::kSend, false, false}}};
    Subscribe v5{2, id.View(), {{"$share/g/+", Qos::kExactlyOnce}, {"b"}}};
    v5.filters[0].retain_handling = RetainHandling::kSendIfNew;
    v5.filters[0].retain_as_published = true;
    v5.filters[1].no_local = true;
    const std::vector<Reason> granted{static_cast<Reason>(1), Reason::kUnspecified};
    return {
        {"SUBSCRIBE 3.1.1",
         Version::k311,
         Bytes({0x82, 8, 0, 1, 0, 3}) + "a/#" + Bytes({1}),  // packet id, filter, QoS
         v311},
        {"SUBSCRIBE 5",
         Version::k5,
         Bytes({0x82, 23, 0, 2, 3, 11, 0xc8, 0x01}) +  // subscription id 200
             Bytes({0, 10}) + "$share/g/+" +
             Bytes({0x1a}) +                       // retain handling 1, as published, QoS 2
             Bytes({0, 1}) + "b" + Bytes({0x04}),  // no local, QoS 0
         v5},
        {"SUBACK 3.1.1",
         Version::k311,
         Bytes({0x90, 4, 0, 1, 1, 0x80}),
         SubscribeAnswer{PacketType::kSuback, 1, {}, granted}},
        {"SUBACK 5",
         Version::k5,
         Bytes({0x90, 5, 0, 1, 0, 1, 0x80}),
         SubscribeAnswer{PacketType::kSuback, 1, {}, granted}},
        {"UNSUBSCRIBE 3.1.1",
         Version::k311,
         Bytes({0xa2, 8, 0, 3, 0, 1}) + "a" + Bytes({0, 1}) + "b",
         Unsubscribe{3, {}, {"a", "b"}}},
        {"UNSUBSCRIBE 5",
         Version::k5,
         Bytes({0xa2, 6, 0, 3, 0, 0, 1}) + "a",
         Unsubscribe{3, {}, {"a"}}},
        {"UNSUBACK 3.1.1",
         Version::k311,
         Bytes({0xb0, 2, 0, 3}),
         SubscribeAnswer{unsuback, 3, {}, {}}},
        {"UNSUBACK 5",
         Version::k5,
         Bytes({0xb0, 4, 0, 3, 0, 0x11}),  // no subscription existed
         SubscribeAnswer{unsuback, 3, {}, {static_cast<Reason>(0x11)}}},
    };
}

inline std::vector<PacketSample> ControlSamples() {
    static const PropertyWriter expiry = PropertyWriter().Number(PropertyId::kSessionExpiry, 0);
    return {
        {"PINGREQ 3.1.1", Version::k311, Bytes({0xc0, 0}), Ping{PacketType::kPingreq}},
        {"PINGRESP 5", Version::k5, Bytes({0xd0, 0}), Ping{PacketType::kPingresp}},
        {"DISCONNECT 3.1.1", Version::k311, Bytes({0xe0, 0}), Disconnect{}},
        {"DISCONNECT 5", Version::k5, Bytes({0xe0, 0}), Disconnect{}},
        {"DISCONNECT 5 taken over",
         Version::k5,
         Bytes({0xe0, 1, 0x8e}),
         Disconnect{Reason::kSessionTakenOver, {}}},
        {"DISCONNECT 5 that ends the session",
         Version::k5,
         Bytes({0xe0, 7, 0, 5, 17, 0, 0, 0, 0}),
         Disconnect{Reason::kSuccess, expiry.View()}},
    };
}

inline std::vector<PacketSample> PacketSamples() {
    std::vector<PacketSample> all;
    for (auto samples :
         {ConnectSamples(), PublishSamples(), AckSamples(), SubscribeSamples(), ControlSamples()}) {
        all.insert(all.end(), samples.begin(), samples.end());
    }
    return all;
}

}  // namespace tilth::mqtt
