#include "broker_plugin/mosquitto/plugin.h"

#include "base/mutant.h"
#include "broker_plugin/mosquitto/properties.h"
#include "broker_plugin/recovery.h"

#include <mqtt_protocol.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace tilth::broker_plugin {
namespace {

constexpr const char* kIdProperty = "tilth-id";
constexpr const char* kArrivalProperty = "tilth-arrival";

/// Looks at the saved database are this far apart.
constexpr Duration kLookEvery{50'000};
/// A full disk is complained about this often.
constexpr Duration kComplainEvery{10'000'000};

Time SteadyNow() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return FromMicros(std::chrono::duration_cast<Duration>(now).count());
}

int AddIdentity(mosquitto_property** list, const MessageId& id, int64_t arrival) noexcept {
    std::array<char, 24> text{};
    *fmt::format_to_n(text.data(), text.size() - 1, "{}", arrival).out = '\0';
    int error =
        mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY, kIdProperty, id.c_str());
    if (error == 0) {
        error = mosquitto_property_add_string_pair(
            list, MQTT_PROP_USER_PROPERTY, kArrivalProperty, text.data()
        );
    }
    return error;
}

/// Queues a message of the journal for all who have a subscription to it.
Status PublishAgain(const Run& run, const Record& record) {
    mosquitto_property* list = nullptr;
    int error = DecodeProperties(record.properties, list);
    if (error == 0) error = AddIdentity(&list, MessageId(run, record.counter), record.arrival);
    if (error == 0) {
        error = mosquitto_broker_publish_copy(
            nullptr,
            std::string(record.topic).c_str(),
            static_cast<int>(record.payload.size()),
            record.payload.data(),
            record.qos,
            record.retain,
            list
        );
    }
    if (error == 0) return {};
    if (list != nullptr) mosquitto_property_free_all(&list);
    return Fail(
        Fault::kUnavailable,
        "message {} of the journal cannot be published again: error {}",
        MessageId(run, record.counter).view(),
        error
    );
}

std::string_view Reason(const Appended& why) {
    switch (why.refusal) {
        case Refusal::kFull:
            return "the journal has reached its limit, because the broker has not saved its "
                   "database; see persistence and autosave_interval";
        case Refusal::kTooLarge:
            return "it is larger than the journal's limit";
        case Refusal::kMemory:
            return "there is no memory";
        case Refusal::kDisk:
            return std::strerror(why.error);
        case Refusal::kNone:
            break;
    }
    return "";
}

int ErrnoOf(const Appended& why) {
    switch (why.refusal) {
        case Refusal::kTooLarge:
            return EMSGSIZE;
        case Refusal::kMemory:
            return ENOMEM;
        case Refusal::kDisk:
            return why.error;
        default:
            return EDQUOT;
    }
}

}  // namespace

Plugin::Plugin(const PluginOptions& options)
    : options_(options), run_(NewRun(static_cast<uint64_t>(ToMicros(clock_.Now()) / 1'000'000))) {}

Result<std::unique_ptr<Plugin>> Plugin::Start(const PluginOptions& options) {
    if (!KnowsPropertyLists()) {
        return Fail(
            Fault::kUnavailable,
            "this broker keeps message properties in another way than Mosquitto 2.0 does; the "
            "plugin has to be built for it"
        );
    }
    std::unique_ptr<Plugin> plugin(new Plugin(options));
    if (options.has_journal) TILTH_CHECK(plugin->OpenJournal());
    return plugin;
}

Status Plugin::OpenJournal() {
    TILTH_TRY(JournalFolder folder, JournalFolder::Lock(options_.journal));
    TILTH_TRY(std::vector<SegmentPath> earlier, ListSegments(options_.journal));
    TILTH_TRY(const Recovered recovered, Recover(earlier, PublishAgain));
    for (const std::string& damage : recovered.damage)
        mosquitto_log_printf(MOSQ_LOG_WARNING, "tilth: %s", damage.c_str());
    recovered_ = recovered.messages;
    if (recovered_ != 0) {
        mosquitto_log_printf(
            MOSQ_LOG_NOTICE,
            "tilth: %llu messages of the journal are published again",
            static_cast<unsigned long long>(recovered_)
        );
    }
    TILTH_TRY(
        writer_,
        JournalWriter::Open(std::move(folder), options_.writer, run_, std::move(earlier), clock_)
    );
    return {};
}

bool Plugin::IsJournalled(const mosquitto_evt_message& event) const {
    if (writer_ == nullptr) return false;
    if (event.retain ? !options_.retained : event.qos == 0 && !options_.qos0) return false;
    return std::ranges::any_of(options_.topics, [&event](const std::string& filter) {
        bool is_match = false;
        return mosquitto_topic_matches_sub(filter.c_str(), event.topic, &is_match) == 0 && is_match;
    });
}

Appended Plugin::Store(const mosquitto_evt_message& event, int64_t arrival) {
    properties_.clear();
    EncodeProperties(event.properties, properties_);
    Record record;
    record.qos = event.qos;
    record.retain = event.retain;
    record.arrival = arrival;
    record.topic = event.topic;
    record.properties = {properties_.data(), properties_.size()};
    record.payload = {static_cast<const char*>(event.payload), event.payloadlen};
    return writer_->Append(record);
}

int Plugin::OnMessage(mosquitto_evt_message& event) {
    if (!IsMutant("ids-not-stripped"))
        StripUserProperties(event.properties, kIdProperty, kArrivalProperty);
    Look();
    const int64_t arrival = ToMicros(clock_.Now());
    uint64_t number = 0;
    if (IsJournalled(event)) {
        const Appended appended = Store(event, arrival);
        if (appended.refusal != Refusal::kNone) return Refuse(event, appended);
        number = writer_->last();
    } else {
        number = writer_ != nullptr ? writer_->Skip() : ++counter_;
    }
    return AddIdentity(&event.properties, MessageId(run_, number), arrival);
}

/// Of the results that Mosquitto 2.0 knows for this event, MOSQ_ERR_ACL_DENIED alone becomes a
/// reason of MQTT 5 (0x87); with others it closes the connection. Older publishers have no reasons:
/// to them a PUBACK would say that the message was taken, so they are disconnected, and keep it.
int Plugin::Refuse(const mosquitto_evt_message& event, const Appended& why) {
    const Time now = SteadyNow();
    if (complained_at_ == Time{} || now >= complained_at_ + kComplainEvery) {
        complained_at_ = now;
        mosquitto_log_printf(
            MOSQ_LOG_ERR,
            "tilth: messages are refused, the last one to %s: %s",
            event.topic,
            std::string(Reason(why)).c_str()
        );
    }
    const bool has_reasons = mosquitto_client_protocol_version(event.client) >= 5;
    if (event.qos == 0 || has_reasons) return MOSQ_ERR_ACL_DENIED;
    errno = ErrnoOf(why);
    return MOSQ_ERR_ERRNO;
}

void Plugin::Look() {
    if (writer_ == nullptr) return;
    const Time now = SteadyNow();
    if (now < looked_at_ + kLookEvery) return;
    looked_at_ = now;
    writer_->Look(now);
}

void Plugin::OnTick() {
    Look();
}

void Plugin::Finish() {
    if (writer_ == nullptr) return;
    if (!writer_->Finish()) {
        mosquitto_log_printf(
            MOSQ_LOG_WARNING,
            "tilth: the broker has not saved its database; the journal keeps its messages"
        );
    }
}

}  // namespace tilth::broker_plugin
