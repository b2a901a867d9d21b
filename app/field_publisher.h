// Publishes an emulated field to a broker, as its nodes would: in time, at any speed, or as fast as
// it goes.
#pragma once

#include "app/ledger.h"
#include "app/mqtt_source.h"
#include "field/field.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace tilth::app {

enum class PayloadFormat { kJson, kNameValue, kSenml };
Result<PayloadFormat> ParsePayloadFormat(std::string_view text);

struct FieldPublisherOptions {
    BrokerAddress broker;
    field::FieldConfig field;
    std::string field_name = "demo";
    std::string topic_prefix = "tilth";
    std::string client_id = "tilth-emulator";
    mqtt::Version version = mqtt::Version::k5;
    mqtt::Qos qos = mqtt::Qos::kAtLeastOnce;
    PayloadFormat format = PayloadFormat::kJson;
    Time start{};        ///< Of field time.
    double speed = 1;    ///< Field seconds per second.
    double rate = 0;     ///< Messages per second, whatever the field's time; 0: by time.
    uint64_t count = 0;  ///< Stop after so many messages; 0: go on.
    /// The clock when it starts. A field that runs faster than time from a `start` before now slows
    /// down to time's own pace when it reaches the present; nothing comes from the future.
    Time now{};
    Ledger* ledger = nullptr;  ///< Of what is acknowledged (QoS 1 and 2); may be null, outlives it.
};

struct FieldPublisherStatus {
    uint64_t published = 0;     ///< Given to the client.
    uint64_t acknowledged = 0;  ///< By the broker (QoS 0: sent).
    uint64_t refused = 0;
    bool connected = false;
    bool finished = false;  ///< `count` is reached and everything is acknowledged.
    std::string trouble;
};

class FieldPublisher {
  public:
    static Result<std::unique_ptr<FieldPublisher>> Start(FieldPublisherOptions options);
    /// Stops; messages on their way are given a moment to be acknowledged.
    ~FieldPublisher();
    FieldPublisherStatus Describe() const;

  private:
    class Impl;
    explicit FieldPublisher(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::app
