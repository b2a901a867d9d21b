#include "app/mqtt_source.h"

#include "app/message_identity.h"
#include "base/guarded.h"
#include "telemetry/log.h"

#include <deque>

namespace tilth::app {
namespace {

using telemetry::Level;
using telemetry::Log;

/// What the publisher may have sent of its trace.
constexpr std::string_view kParentProperty = "traceparent";
constexpr std::string_view kStateProperty = "tracestate";

}  // namespace

class MqttSource::Impl final : public mqtt::Handler {
  public:
    Impl(telemetry::Health& health, std::function<void()> stored)
        : health_(health), stored_(std::move(stored)) {
        health_.Declare(kCheck);
    }

    ~Impl() override {
        if (client_) client_->StopReading();
        if (router_) router_->Flush(std::chrono::seconds{4});
        if (client_) client_->Disconnect(ends_session_);
        client_.reset();
        router_.reset();
    }

    Status Start(const MqttSourceOptions& options, StreamStore& store, const Clock& clock) {
        pipeline::RouterOptions router;
        router.name = "route/" + options.client_id;
        router.metrics = options.metrics;
        TILTH_TRY(router_, pipeline::Router::Start(store, clock, router, [this](uint64_t count) {
                      OnCommit(count);
                  }));
        mqtt::ClientOptions client;
        client.endpoint = options.broker.endpoint;
        client.session.client_id = options.client_id;
        client.session.user = options.broker.user;
        client.session.password = options.broker.password;
        client.session.receive_maximum = kWindow;
        for (const std::string& filter : options.filters) {
            client.session.subscriptions.push_back(
                {fmt::format("$share/{}/{}", options.group, filter), mqtt::Qos::kExactlyOnce}
            );
        }
        client.longest_retry = std::chrono::milliseconds{5000};
        TILTH_TRY(client_, mqtt::Client::Create(client, *this, thread_));
        client_->Start();
        return {};
    }

    void Drain() {
        ends_session_ = true;
        client_->Unsubscribe();
    }

    MqttSourceStatus Describe() const {
        MqttSourceStatus status = status_.With([](const MqttSourceStatus& s) { return s; });
        status.messages = client_->Stats().messages;
        return status;
    }
    pipeline::RouterStatistics RouterStatistics() const { return router_->Statistics(); }

  private:
    /// Enough to keep the broker busy while a batch is being committed.
    static constexpr uint16_t kWindow = 20'000;

    /// A batch that may be acknowledged once `count` messages are committed.
    struct Waiting {
        uint64_t count;
        uint64_t token;
    };
    struct Progress {
        uint64_t committed = 0;
        uint64_t offered = 0;
        std::deque<Waiting> waiting;
    };

    void OnBatch(const mqtt::Batch& batch) override {
        incoming_.clear();
        oversized_.clear();
        for (const mqtt::Message& message : batch.messages) incoming_.push_back(Incoming(message));
        // The lock spans both, so that a commit cannot overtake the note of what it makes ready.
        const bool is_ready = progress_.With([&](Progress& progress) {
            if (!incoming_.empty()) progress.offered = router_->Offer(incoming_);
            if (progress.offered <= progress.committed) return true;
            progress.waiting.push_back({progress.offered, batch.last_token});
            return false;
        });
        if (is_ready) client_->Acknowledge(batch.last_token);
    }

    pipeline::IncomingMessage Incoming(const mqtt::Message& message) {
        pipeline::IncomingMessage incoming;
        incoming.topic = message.topic;
        incoming.payload = message.payload;
        incoming.qos = static_cast<uint8_t>(message.qos);
        incoming.retained = message.retain;
        incoming.dup = message.dup;
        incoming.packet_id = message.packet_id;
        ReadIdentity(message.properties, incoming);
        if (const auto parent = message.properties.User(kParentProperty)) {
            incoming.traceparent = *parent;
            incoming.tracestate = message.properties.User(kStateProperty).value_or("");
        }
        if (message.oversized != nullptr) {
            incoming.oversized = oversized_.emplace_back(fmt::format(
                "{} bytes, XXH3 {}", message.oversized->payload_size, message.oversized->digest
            ));
        }
        return incoming;
    }

    void OnCommit(uint64_t count) {
        const uint64_t token = progress_.With([count](Progress& progress) {
            progress.committed = count;
            uint64_t upto = 0;
            while (!progress.waiting.empty() && progress.waiting.front().count <= count) {
                upto = progress.waiting.front().token;
                progress.waiting.pop_front();
            }
            return upto;
        });
        if (token != 0) client_->Acknowledge(token);
        stored_();
    }

    void OnConnected(bool session_present) override {
        Log(Level::kInfo, "connected to the MQTT broker", {{"session_resumed", session_present}});
    }
    void OnSubscribed() override {
        SetState("connected", "");
        health_.SetReady(kCheck);
    }
    void OnUnsubscribed() override { SetState("draining", ""); }
    mqtt::Unsettled OnLost(const Error& error) override {
        Log(Level::kWarning, "the MQTT broker is away; trying again", {{"reason", error.message}});
        SetState("connecting", error.message);
        status_.With([](MqttSourceStatus& status) { ++status.losses; });
        // What is not being committed comes again with the session: nothing piles up while the
        // broker comes and goes.
        progress_.With([this](Progress& progress) {
            router_->Discard();
            progress.waiting.clear();
            progress.offered = router_->Offer({});
        });
        return mqtt::Unsettled::kDiscarded;
    }
    void OnFatal(const Error& error) override {
        Log(Level::kError, "the MQTT session ended for good", {{"reason", error.message}});
        SetState("stopped", error.message);
        progress_.With([this](Progress& progress) {
            router_->Discard();
            progress.waiting.clear();
        });
    }

    void SetState(const char* state, const std::string& detail) {
        status_.With([&](MqttSourceStatus& status) {
            status.state = state;
            status.detail = detail;
        });
        if (!detail.empty()) health_.SetNotReady(kCheck, detail);
    }

    static constexpr std::string_view kCheck = "broker";

    telemetry::Health& health_;
    const std::function<void()> stored_;
    Guarded<MqttSourceStatus> status_{MqttSourceStatus{"connecting", "", 0, 0}};
    Guarded<Progress> progress_;
    bool ends_session_ = false;
    std::vector<pipeline::IncomingMessage> incoming_;
    std::deque<std::string> oversized_;
    mqtt::IoThread thread_;
    std::unique_ptr<pipeline::Router> router_;
    std::unique_ptr<mqtt::Client> client_;
};

MqttSource::MqttSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MqttSource::~MqttSource() = default;

Result<std::unique_ptr<MqttSource>> MqttSource::Start(
    const MqttSourceOptions& options,
    StreamStore& store,
    const Clock& clock,
    telemetry::Health& health,
    std::function<void()> stored
) {
    auto impl = std::make_unique<Impl>(health, std::move(stored));
    TILTH_CHECK(impl->Start(options, store, clock));
    return std::unique_ptr<MqttSource>(new MqttSource(std::move(impl)));
}

void MqttSource::Drain() {
    impl_->Drain();
}
MqttSourceStatus MqttSource::Describe() const {
    return impl_->Describe();
}
pipeline::RouterStatistics MqttSource::RouterStatistics() const {
    return impl_->RouterStatistics();
}

}  // namespace tilth::app
