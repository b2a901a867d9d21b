#include "ingest/mqtt/session.h"

#include "base/text.h"

namespace tilth::mqtt {
namespace {

// Ids that publishing does not use.
constexpr uint16_t kSubscribeId = 65'535;
constexpr uint16_t kUnsubscribeId = 65'534;

// The return codes of CONNACK in 3.1.1 (3.2.2.3) as reasons of 5.
Reason ConnectReason(Version version, Reason reason) {
    if (version == Version::k5 && Failed(reason)) return reason;
    switch (static_cast<uint8_t>(reason)) {
        case 0:
            return Reason::kSuccess;
        case 1:
            return Reason::kUnsupportedVersion;
        case 2:
            return Reason::kBadClientId;
        case 3:
            return Reason::kServerUnavailable;
        case 4:
            return Reason::kBadUserOrPassword;
        case 5:
            return Reason::kNotAuthorized;
        default:
            return Reason::kUnspecified;
    }
}

std::string ReasonText(Properties properties) {
    const auto text = properties.Text(PropertyId::kReasonString);
    return text ? fmt::format(": {}", Printable(*text)) : std::string();
}

uint16_t WindowOf(const SessionOptions& options) {
    if (options.publish_window != 0) return options.publish_window;
    return options.version == Version::k5 ? 1000 : 20;
}

Outbound::Limits LimitsOf(Properties properties) {
    Outbound::Limits limits;
    const auto receive_maximum = properties.Number(PropertyId::kReceiveMaximum);
    if (receive_maximum) limits.receive_maximum = static_cast<uint16_t>(*receive_maximum);
    const auto max_packet = properties.Number(PropertyId::kMaximumPacketSize);
    if (max_packet) limits.max_packet = *max_packet;
    const auto max_qos = properties.Number(PropertyId::kMaximumQos);
    if (max_qos && *max_qos < 2) limits.max_qos = static_cast<Qos>(*max_qos);
    return limits;
}

}  // namespace

void Events::Clear() {
    messages.clear();
    released.clear();
    published.clear();
    connected = session_present = subscribed = unsubscribed = more = false;
}

Status CheckOptions(const SessionOptions& options) {
    const auto too_long = [](std::string_view text) { return text.size() > 65'535; };
    if (options.client_id.empty() && !options.clean_start) {
        return Fail(Fault::kBadInput, "a session that is kept needs a client id of its own");
    }
    if (too_long(options.client_id) || too_long(options.user.value_or("")) ||
        too_long(options.password.value_or(""))) {
        return Fail(Fault::kBadInput, "client id, user and password are at most 65535 bytes");
    }
    if (options.version == Version::k311 && options.password && !options.user) {
        return Fail(Fault::kBadInput, "MQTT 3.1.1 knows no password without a user");
    }
    if (options.receive_maximum == 0 || options.publish_window >= kUnsubscribeId) {
        return Fail(
            Fault::kBadInput, "the receive maximum is 1 to 65535, the publish window 0 to 65533"
        );
    }
    if (options.keep_alive.count() < 0 || options.keep_alive.count() > 65'535) {
        return Fail(Fault::kBadInput, "keep-alive is 0 to 65535 s");
    }
    if (options.max_packet < 1024 || options.max_packet > kLargestPacket) {
        return Fail(Fault::kBadInput, "the largest packet is between 1 KB and 256 MB");
    }
    for (const Subscription& subscription : options.subscriptions) {
        if (subscription.filter.empty() || too_long(subscription.filter)) {
            return Fail(Fault::kBadInput, "a topic filter is 1 to 65535 bytes");
        }
    }
    return {};
}

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      framer_(options_.version, options_.max_packet),
      inbound_(options_.version),
      outbound_(options_.version, WindowOf(options_)) {
    const Status status = CheckOptions(options_);
    if (!status) throw std::invalid_argument(status.error().message);
    inbound_.ImportStoredIds(options_.stored_ids);
}

void Session::Open(Instant now) {
    framer_.Reset();
    output_.clear();
    state_ = State::kConnecting;
    keep_alive_ = options_.keep_alive;
    last_sent_ = last_received_ = now;
    ping_since_.reset();
    PutConnect();
}

void Session::Close(bool discard) {
    state_ = State::kClosed;
    output_.clear();
    inbound_.ConnectionLost(discard);
}

void Session::PutConnect() {
    clean_asked_ = options_.clean_start && (options_.version == Version::k311 || !was_connected_);
    PropertyWriter properties;
    if (options_.version == Version::k5) {
        properties.Number(PropertyId::kSessionExpiry, options_.session_expiry)
            .Number(PropertyId::kReceiveMaximum, options_.receive_maximum);
        // No Maximum Packet Size: the broker would drop larger messages without a word. No Topic
        // Alias Maximum means none.
    }
    Connect connect;
    connect.version = options_.version;
    connect.clean_start = clean_asked_;
    connect.keep_alive = static_cast<uint16_t>(options_.keep_alive.count());
    connect.properties = properties.View();
    connect.client_id = options_.client_id;
    if (options_.user) connect.user = *options_.user;
    if (options_.password) connect.password = *options_.password;
    EncodeConnect(connect, output_);
}

void Session::PutSubscribe() {
    Subscribe subscribe{kSubscribeId, {}, {}};
    for (const Subscription& s : options_.subscriptions) {
        TopicFilter filter{s.filter, s.qos, s.retain_handling, false, false};
        filter.retain_as_published = true;
        subscribe.filters.push_back(filter);
    }
    EncodeSubscribe(options_.version, subscribe, output_);
}

Status Session::Receive(size_t n, Instant now, Events& events) {
    events.Clear();
    framer_.Commit(n);
    if (n > 0) {
        last_received_ = now;
        ping_since_.reset();
    }
    while (!events.more) {
        TILTH_TRY(const std::optional<Framer::Item> item, framer_.Next());
        if (!item) break;
        if (item->oversized != nullptr) {
            if (state_ != State::kConnected) {
                return Fail(Fault::kBadInput, "the broker sent PUBLISH before CONNACK");
            }
            Deliver(item->oversized->publish(), &item->oversized->report(), events);
            events.more = true;
        } else {
            TILTH_CHECK(Handle(item->frame, events));
        }
    }
    inbound_.Flush(output_);
    return {};
}

Status Session::Handle(Frame frame, Events& events) {
    if ((frame.type() == PacketType::kConnack) != (state_ == State::kConnecting)) {
        return Fail(Fault::kBadInput, "the broker sent {} out of turn", Name(frame.type()));
    }
    switch (frame.type()) {
        case PacketType::kPublish: {
            TILTH_TRY(const Publish publish, DecodePublish(options_.version, frame));
            Deliver(publish, nullptr, events);
            return {};
        }
        case PacketType::kPuback:
        case PacketType::kPubrec:
        case PacketType::kPubrel:
        case PacketType::kPubcomp: {
            TILTH_TRY(const Ack ack, DecodeAck(options_.version, frame));
            HandleAck(ack, events);
            return {};
        }
        case PacketType::kConnack: {
            TILTH_TRY(const Connack connack, DecodeConnack(options_.version, frame));
            return HandleConnack(connack, events);
        }
        case PacketType::kSuback:
        case PacketType::kUnsuback: {
            TILTH_TRY(const SubscribeAnswer answer, DecodeSubscribeAnswer(options_.version, frame));
            return HandleSubscribeAnswer(answer, events);
        }
        case PacketType::kPingresp: {
            TILTH_TRY([[maybe_unused]] const Ping ping, DecodePing(frame));
            return {};
        }
        case PacketType::kDisconnect: {
            TILTH_TRY(const Disconnect disconnect, DecodeDisconnect(options_.version, frame));
            return HandleDisconnect(disconnect);
        }
        default:
            break;
    }
    return Fail(
        Fault::kBadInput, "the broker sent {}, which only clients send", Name(frame.type())
    );
}

void Session::Deliver(const Publish& publish, const Oversized* oversized, Events& events) {
    const size_t bytes = publish.topic.size() + publish.payload.size() +
                         publish.properties.bytes().size() + sizeof(Message);
    const uint64_t token = inbound_.OnPublish(publish.qos, publish.packet_id, publish.dup, bytes);
    if (token == 0) return;
    events.messages.push_back(
        {publish.topic,
         publish.payload,
         publish.properties,
         oversized,
         token,
         publish.packet_id,
         publish.qos,
         publish.retain,
         publish.dup}
    );
}

void Session::HandleAck(const Ack& ack, Events& events) {
    switch (ack.type) {
        case PacketType::kPuback:
            outbound_.OnPuback(ack.packet_id, ack.reason, events.published);
            break;
        case PacketType::kPubrec:
            outbound_.OnPubrec(ack.packet_id, ack.reason, output_, events.published);
            break;
        case PacketType::kPubcomp:
            outbound_.OnPubcomp(ack.packet_id, events.published);
            break;
        default:
            if (const uint64_t token = inbound_.OnPubrel(ack.packet_id)) {
                events.released.push_back({token, ack.packet_id});
            }
    }
}

Status Session::Refusal(const Connack& connack) {
    const Reason reason = ConnectReason(options_.version, connack.reason);
    final_ = reason == Reason::kUnsupportedVersion || reason == Reason::kBadClientId;
    return Fail(
        Fault::kRefused,
        "the broker refused client '{}' with {}{}",
        Printable(options_.client_id),
        Describe(reason),
        ReasonText(connack.properties)
    );
}

Status Session::HandleConnack(const Connack& connack, Events& events) {
    if (connack.reason != Reason::kSuccess) return Refusal(connack);
    if (connack.session_present && clean_asked_) {
        return Fail(Fault::kBadInput, "the broker kept a session it was told to drop");
    }
    const Outbound::Limits limits = LimitsOf(connack.properties);
    if (limits.receive_maximum == 0) {
        return Fail(Fault::kBadInput, "the broker announced a receive maximum of 0");
    }
    const auto keep_alive = connack.properties.Number(PropertyId::kServerKeepAlive);
    if (keep_alive) keep_alive_ = std::chrono::seconds(*keep_alive);
    if (!connack.session_present) inbound_.SessionLost();
    // Also in a session that is there: Mosquitto 2.0 does not save shared subscriptions, so after
    // its restart they are gone from a session it still has.
    was_subscribed_ = false;
    state_ = State::kConnected;
    was_connected_ = true;
    events.connected = true;
    events.session_present = connack.session_present;
    RenewSubscriptions(connack.session_present, events);
    outbound_.Resume(connack.session_present, limits);
    return {};
}

void Session::RenewSubscriptions(bool session_present, Events& events) {
    if (options_.subscriptions.empty()) return;
    if (!unsubscribe_) {
        PutSubscribe();
    } else if (session_present) {
        PutUnsubscribe();
    } else {
        events.unsubscribed = true;
    }
}

Status Session::HandleSubscribeAnswer(const SubscribeAnswer& answer, Events& events) {
    if (answer.type == PacketType::kUnsuback) {
        events.unsubscribed = true;
        return {};
    }
    if (answer.packet_id != kSubscribeId || was_subscribed_) return {};
    if (answer.reasons.size() != options_.subscriptions.size()) {
        return Fail(
            Fault::kBadInput, "malformed SUBACK from the broker: one reason a filter is due"
        );
    }
    for (size_t i = 0; i < answer.reasons.size(); ++i) {
        const Subscription& asked = options_.subscriptions[i];
        const Reason granted = answer.reasons[i];
        if (Failed(granted) || static_cast<uint8_t>(granted) < static_cast<uint8_t>(asked.qos)) {
            return Fail(
                Fault::kRefused,
                "the broker did not grant '{}' with QoS {}, but answered {}{}; see its access list",
                Printable(asked.filter),
                static_cast<int>(asked.qos),
                Failed(granted) ? Describe(granted)
                                : fmt::format("QoS {}", static_cast<int>(granted)),
                ReasonText(answer.properties)
            );
        }
    }
    was_subscribed_ = true;
    events.subscribed = true;
    return {};
}

Status Session::HandleDisconnect(const Disconnect& disconnect) {
    const bool taken_over = disconnect.reason == Reason::kSessionTakenOver;
    final_ = taken_over;
    return Fail(
        taken_over ? Fault::kConflict : Fault::kUnavailable,
        "the broker ended the connection of '{}' with {}{}{}",
        Printable(options_.client_id),
        Describe(disconnect.reason),
        ReasonText(disconnect.properties),
        taken_over ? "; another process uses this client id" : ""
    );
}

Status Session::Tick(Instant now, bool reading) {
    if (state_ != State::kConnected || keep_alive_.count() == 0) return {};
    const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(keep_alive_) / 2;
    if (!reading && ping_since_) ping_since_ = now;
    if (ping_since_ && now - *ping_since_ >= keep_alive_) {
        return Fail(
            Fault::kUnavailable, "the broker has not answered a ping for {} s", keep_alive_.count()
        );
    }
    if (now - last_sent_ >= half || (!ping_since_ && now - last_received_ >= half)) {
        EncodePing({PacketType::kPingreq}, output_);
        if (!ping_since_) ping_since_ = now;
    }
    return {};
}

void Session::Acknowledge(uint64_t upto) {
    inbound_.Settle(upto);
    if (state_ == State::kConnected) inbound_.Flush(output_);
}

void Session::EndSubscriptions() {
    unsubscribe_ = true;
    if (state_ == State::kConnected) PutUnsubscribe();
}

void Session::PutUnsubscribe() {
    Unsubscribe unsubscribe{kUnsubscribeId, {}, {}};
    for (const Subscription& s : options_.subscriptions) unsubscribe.filters.push_back(s.filter);
    EncodeUnsubscribe(options_.version, unsubscribe, output_);
}

void Session::PutDisconnect(bool end_session) {
    if (state_ == State::kClosed) return;
    PropertyWriter properties;
    if (end_session && options_.session_expiry != 0) {
        properties.Number(PropertyId::kSessionExpiry, 0);
    }
    EncodeDisconnect(options_.version, {Reason::kSuccess, properties.View()}, output_);
}

void Session::Pump(size_t max_bytes, std::vector<Published>& published) {
    if (state_ == State::kConnected) outbound_.Pump(output_, max_bytes, published);
}

}  // namespace tilth::mqtt
