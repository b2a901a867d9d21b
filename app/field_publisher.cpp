#include "app/field_publisher.h"

#include "field/payload.h"
#include "field/plan.h"
#include "telemetry/log.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tilth::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

}  // namespace

Result<PayloadFormat> ParsePayloadFormat(std::string_view text) {
    if (text == "json") return PayloadFormat::kJson;
    if (text == "name-value") return PayloadFormat::kNameValue;
    if (text == "senml") return PayloadFormat::kSenml;
    return Fail(
        Fault::kBadInput, "\"{}\" is no format of messages; known are json, name-value, senml", text
    );
}

class FieldPublisher::Impl final : public mqtt::Handler {
  public:
    Impl(FieldPublisherOptions options, field::Field field)
        : options_(std::move(options)), field_(std::move(field)) {}

    ~Impl() override {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
        client_->Disconnect();
        client_.reset();
    }

    Status Start() {
        mqtt::ClientOptions client;
        client.endpoint = options_.broker.endpoint;
        client.session.version = options_.version;
        client.session.client_id = options_.client_id;
        client.session.user = options_.broker.user;
        client.session.password = options_.broker.password;
        client.session.clean_start = true;
        client.session.session_expiry = 0;
        client.longest_retry = milliseconds{5000};
        TILTH_TRY(client_, mqtt::Client::Create(client, *this, io_));
        client_->Start();
        thread_ = std::thread([this] { Run(); });
        return {};
    }

    FieldPublisherStatus Describe() const {
        FieldPublisherStatus status;
        status.published = published_;
        status.acknowledged = options_.qos == mqtt::Qos::kAtMostOnce
                                  ? published_ - client_->pending()
                                  : acknowledged_.load();
        status.refused = refused_;
        status.connected = client_->Stats().connected;
        status.finished = done_ && client_->pending() == 0;
        const std::scoped_lock lock(mutex_);
        status.trouble = trouble_;
        return status;
    }

  private:
    void Run() {
        field::Plan plan(field_, {options_.start, Time::max()});
        const auto wall_start = steady_clock::now();
        while (const std::optional<field::Send> send = plan.Next()) {
            if (!WaitFor(DueAt(wall_start, send->at))) return;
            if (!SendMessages(*send)) return;
            if (options_.count != 0 && published_ >= options_.count) break;
        }
        done_ = true;
    }

    /// By rate each message has its turn; by time the field's clock, which may run faster until it
    /// has reached the present.
    steady_clock::time_point DueAt(steady_clock::time_point wall_start, Time at) const {
        double seconds = options_.rate > 0 ? static_cast<double>(published_) / options_.rate
                                           : ToSeconds(at - options_.start) / options_.speed;
        if (options_.rate <= 0 && options_.start <= options_.now)
            seconds = std::max(seconds, ToSeconds(at - options_.now));
        return wall_start + std::chrono::duration_cast<steady_clock::duration>(
                                std::chrono::duration<double>(seconds)
                            );
    }

    bool WaitFor(steady_clock::time_point due) {
        if (due <= steady_clock::now()) return !stopped();
        std::unique_lock lock(mutex_);
        return !wake_.wait_until(lock, due, [this] { return stop_; });
    }

    bool SendMessages(const field::Send& send) {
        const size_t count =
            field_.Read(send.transmission.node, send.transmission.measured, readings_);
        const std::span<const field::Reading> readings(readings_.data(), count);
        name_.clear();
        field_.AppendName(send.transmission.node, name_);
        topic_.clear();
        field::AppendTopic(options_.topic_prefix, options_.field_name, name_, topic_);
        if (options_.format != PayloadFormat::kNameValue) {
            payload_.clear();
            if (options_.format == PayloadFormat::kJson) {
                field::AppendJson(name_, send.transmission, readings, payload_);
            } else {
                field::AppendSenml(name_, send.transmission, readings, payload_);
            }
            return Publish();
        }
        for (const field::Reading& reading : readings) {
            payload_.clear();
            field::AppendNameValue(name_, send.transmission, reading, payload_);
            if (!Publish()) return false;
        }
        return true;
    }

    bool Publish() {
        mqtt::Publish message;
        message.topic = topic_;
        message.payload = payload_;
        message.qos = options_.qos;
        if (options_.ledger != nullptr) options_.ledger->Sent(published_, topic_, payload_);
        while (!client_->Publish(message, published_)) {
            client_->WaitForRoom(milliseconds{200});
            if (stopped()) return false;
        }
        ++published_;
        return true;
    }

    void OnPublished(std::span<const mqtt::Published> ended) override {
        uint64_t refused = 0;
        for (const mqtt::Published& one : ended) {
            const bool failed = mqtt::Failed(one.reason);
            refused += failed ? 1 : 0;
            if (options_.ledger == nullptr) continue;
            if (failed)
                options_.ledger->Refused(one.user_token);
            else
                options_.ledger->Acknowledged(one.user_token);
        }
        if (options_.ledger != nullptr && !options_.ledger->Flush())
            SetTrouble("the ledger's disk takes no more");
        refused_ += refused;
        acknowledged_ += ended.size() - refused;
    }
    mqtt::Unsettled OnLost(const Error& error) override {
        SetTrouble(error.message);
        return mqtt::Unsettled::kKept;
    }
    void OnFatal(const Error& error) override {
        telemetry::Log(
            telemetry::Level::kError,
            "the emulated field lost its broker",
            {{"reason", error.message}}
        );
        SetTrouble(error.message);
    }
    void OnConnected(bool) override { SetTrouble(""); }

    void SetTrouble(const std::string& text) {
        const std::scoped_lock lock(mutex_);
        trouble_ = text;
    }
    bool stopped() const {
        const std::scoped_lock lock(mutex_);
        return stop_;
    }

    const FieldPublisherOptions options_;
    field::Field field_;
    std::array<field::Reading, field::kMostReadings> readings_{};
    std::string name_;
    std::string topic_;
    std::string payload_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    std::string trouble_;
    std::atomic<uint64_t> published_ = 0;
    std::atomic<uint64_t> acknowledged_ = 0;
    std::atomic<uint64_t> refused_ = 0;
    std::atomic<bool> done_ = false;
    mqtt::IoThread io_;
    std::unique_ptr<mqtt::Client> client_;
    std::thread thread_;
};

FieldPublisher::FieldPublisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FieldPublisher::~FieldPublisher() = default;

Result<std::unique_ptr<FieldPublisher>> FieldPublisher::Start(FieldPublisherOptions options) {
    TILTH_TRY(field::Field field, field::Field::Make(options.field));
    auto impl = std::make_unique<Impl>(std::move(options), std::move(field));
    TILTH_CHECK(impl->Start());
    return std::unique_ptr<FieldPublisher>(new FieldPublisher(std::move(impl)));
}

FieldPublisherStatus FieldPublisher::Describe() const {
    return impl_->Describe();
}

}  // namespace tilth::app
