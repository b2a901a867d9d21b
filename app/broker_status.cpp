#include "app/broker_status.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace tilth::app {
namespace {

constexpr std::string_view kFolder = "$SYS/tilth/journal/";

/// A topic, and the metric that shows it.
struct Shown {
    std::string_view topic;  ///< Under kFolder
    const char* metric;
    const char* help;
    double unit;  ///< Of the topic's number, in that of the metric.
};

constexpr std::array<Shown, 8> kShown{{
    {"depth",
     "tilth_broker_journal_messages",
     "Messages in the journal, not known to be saved.",
     1},
    {"bytes", "tilth_broker_journal_bytes", "Size of the broker's journal.", 1},
    {"limit_bytes", "tilth_broker_journal_limit_bytes", "Size at which messages are refused.", 1},
    {"minutes_left",
     "tilth_broker_journal_left_seconds",
     "Until the journal is full, if the broker stopped saving now.",
     60},
    {"sync_us", "tilth_broker_journal_sync_seconds", "Mean time of a sync of the journal.", 1e-6},
    {"sync_longest_us",
     "tilth_broker_journal_longest_sync_seconds",
     "Longest sync of the journal.",
     1e-6},
    {"refused", "tilth_broker_journal_refused", "Messages refused in this run of the broker.", 1},
    {"absent",
     "tilth_broker_absent_subscriptions",
     "Subscriptions whose sessions have not come back since the broker's start.",
     1},
}};

std::optional<double> NumberIn(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

class BrokerStatus::Impl final : public mqtt::Handler {
  public:
    explicit Impl(telemetry::Metrics& metrics) : metrics_(metrics) {}
    ~Impl() override {
        if (client_) client_->Disconnect(true);
    }

    Status Start(const BrokerAddress& broker) {
        mqtt::ClientOptions options;
        options.endpoint = broker.endpoint;
        options.session.user = broker.user;
        options.session.password = broker.password;
        options.session.clean_start = true;
        options.session.session_expiry = 0;
        options.session.subscriptions.push_back(
            {.filter = std::string(kFolder) + "#",
             .qos = mqtt::Qos::kAtMostOnce,
             .retain_handling = mqtt::RetainHandling::kSend}
        );
        TILTH_TRY(client_, mqtt::Client::Create(options, *this, thread_));
        client_->Start();
        return {};
    }

  private:
    void OnBatch(const mqtt::Batch& batch) override {
        for (const mqtt::Message& message : batch.messages) Show(message);
        client_->Acknowledge(batch.last_token);
    }

    void Show(const mqtt::Message& message) {
        if (!message.topic.starts_with(kFolder)) return;
        const std::string_view name = message.topic.substr(kFolder.size());
        const auto number = NumberIn(message.payload);
        for (size_t i = 0; i < kShown.size(); ++i) {
            if (kShown[i].topic != name || !number) continue;
            if (gauges_[i] == nullptr)
                gauges_[i] = &metrics_.AddGauge(kShown[i].metric, kShown[i].help);
            gauges_[i]->Set(*number * kShown[i].unit);
        }
    }

    mqtt::Unsettled OnLost(const Error&) override {
        Forget();
        return mqtt::Unsettled::kDiscarded;
    }
    void OnFatal(const Error&) override { Forget(); }
    void Forget() {
        for (telemetry::Gauge* gauge : gauges_) {
            if (gauge != nullptr) gauge->Set(std::numeric_limits<double>::quiet_NaN());
        }
    }

    telemetry::Metrics& metrics_;
    std::array<telemetry::Gauge*, kShown.size()> gauges_{};  ///< The client's thread's own.
    mqtt::IoThread thread_;
    std::unique_ptr<mqtt::Client> client_;
};

BrokerStatus::BrokerStatus(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BrokerStatus::~BrokerStatus() = default;

Result<std::unique_ptr<BrokerStatus>> BrokerStatus::Start(
    const BrokerAddress& broker, telemetry::Metrics& metrics
) {
    auto impl = std::make_unique<Impl>(metrics);
    TILTH_CHECK(impl->Start(broker));
    return std::unique_ptr<BrokerStatus>(new BrokerStatus(std::move(impl)));
}

}  // namespace tilth::app
