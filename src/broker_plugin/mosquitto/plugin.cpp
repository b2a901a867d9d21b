#include "broker_plugin/mosquitto/plugin.h"

#include "base/mutant.h"
#include "broker_plugin/mosquitto/identity.h"
#include "broker_plugin/mosquitto/properties.h"
#include "broker_plugin/recovery.h"

#include <mosquitto_plugin.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace tilth::broker_plugin {
namespace {

constexpr const char* kBookName = "subscriptions";

/// Looks at the saved database are this far apart.
constexpr Duration kLookEvery{50'000};
/// A broker with per_listener_settings calls no ticks; then messages are the occasion to look.
constexpr Duration kNoTicksAfter{5'000'000};
/// A turn of the broker's loop takes 0.1 s at most while there is little to do.
constexpr Duration kNextTurn{1'000'000};
constexpr Duration kSweepEvery{60'000'000};
/// A full disk is complained about this often.
constexpr Duration kComplainEvery{10'000'000};

Time SteadyNow() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return FromMicros(std::chrono::duration_cast<Duration>(now).count());
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

Plugin::Plugin(PluginOptions options)
    : options_(std::move(options)), takes_all_(std::ranges::count(options_.topics, "#") != 0) {}

Result<std::unique_ptr<Plugin>> Plugin::Start(const PluginOptions& options) {
    if (!KnowsPropertyLists()) {
        return Fail(
            Fault::kUnavailable,
            "this broker keeps message properties in another way than Mosquitto 2.0 does; the "
            "plugin has to be built for it"
        );
    }
    std::unique_ptr<Plugin> plugin(new Plugin(options));
    plugin->started_at_ = SteadyNow();
    plugin->run_ = NewRun(plugin->SecondsNow(), 0);
    if (options.has_journal) TILTH_CHECK(plugin->OpenJournal());
    return plugin;
}

uint64_t Plugin::SecondsNow() const {
    return static_cast<uint64_t>(ToMicros(clock_.Now()) / 1'000'000);
}

Status Plugin::OpenJournal() {
    TILTH_TRY(JournalFolder folder, JournalFolder::Lock(options_.journal));
    run_ = NewRun(SecondsNow(), folder.LastRun());
    TILTH_CHECK(folder.NoteRun(run_.number));
    TILTH_TRY(std::vector<SegmentPath> earlier, ListSegments(options_.journal));
    TILTH_TRY(
        const Recovered recovered,
        Recover(
            earlier,
            [](const BrokerRun& run, const Record& record) {
                return PublishAgain(nullptr, run, record, record.qos);
            }
        )
    );
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
    earlier = folder.GiveBack(std::move(earlier), recovered.ends);
    TILTH_TRY(
        writer_,
        JournalWriter::Open(std::move(folder), options_.writer, run_, std::move(earlier), clock_)
    );
    if (options_.is_open) TILTH_CHECK(OpenBook(recovered.saved));
    return {};
}

Status Plugin::OpenBook(const Place& covered) {
    auto book = SubscriptionBook::Read(options_.journal / kBookName);
    if (!book && book.error().fault != Fault::kCorrupt) return std::unexpected(book.error());
    if (!book) mosquitto_log_printf(MOSQ_LOG_WARNING, "tilth: %s", book.error().message.c_str());
    if (book) book_ = std::move(*book);
    const auto saved = ReadSavedDatabase(options_.writer.database);
    const std::set<Subscription> none;
    const bool is_changed =
        book_.NoteRestored(saved ? saved->subscriptions : none, covered, ToMicros(clock_.Now()));
    if (is_changed) StoreBook();
    writer_->Hold(book_.CountAbsent() != 0);
    return {};
}

void Plugin::StoreBook() {
    if (const Status stored = book_.Write(options_.journal / kBookName); !stored)
        mosquitto_log_printf(MOSQ_LOG_ERR, "tilth: %s", stored.error().message.c_str());
}

bool Plugin::IsJournalled(const mosquitto_evt_message& event) const {
    if (writer_ == nullptr) return false;
    if (event.retain ? !options_.retained : event.qos == 0 && !options_.qos0) return false;
    if (takes_all_ && event.topic[0] != '$') return true;
    return std::ranges::any_of(options_.topics, [&event](const std::string& filter) {
        bool is_match = false;
        return mosquitto_topic_matches_sub(filter.c_str(), event.topic, &is_match) == 0 && is_match;
    });
}

Appended Plugin::Store(const mosquitto_evt_message& event, int64_t arrival) {
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
    if (!has_ticked_ && SteadyNow() >= started_at_ + kNoTicksAfter) Look();
    const int64_t arrival = ToMicros(clock_.Now());
    const bool is_journalled = IsJournalled(event);
    if (is_journalled) {
        properties_.clear();
        EncodeProperties(event.properties, properties_);
    }
    // Its id before the record, though the record has the number: a message that gets no id for
    // want of memory is refused, and must not come back from the journal.
    const uint64_t number = is_journalled ? writer_->last() + 1 : SkipNumber();
    const int error = AddIdentity(&event.properties, MessageId(run_, number), arrival);
    if (error != 0 || !is_journalled) return error;
    const Appended appended = Store(event, arrival);
    return appended.refusal == Refusal::kNone ? MOSQ_ERR_SUCCESS : Refuse(event, appended);
}

uint64_t Plugin::SkipNumber() {
    return writer_ != nullptr ? writer_->Skip() : ++counter_;
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

/// Never between a message given to a client and the broker's next turn, in which it queues it: a
/// save in between would count as one that has it.
void Plugin::Look() {
    if (writer_ == nullptr) return;
    const Time now = SteadyNow();
    if (now < looked_at_ + kLookEvery) return;
    looked_at_ = now;
    writer_->Look(now);
}

void Plugin::OnTick() {
    has_ticked_ = true;
    Look();
    const Time now = SteadyNow();
    if (options_.is_open && now >= swept_at_ + kSweepEvery) {
        swept_at_ = now;
        ForgetAbsent(clock_.Now());
    }
    const bool is_told = options_.status_every != Duration{0};
    if (is_told && (told_at_ == Time{} || now >= told_at_ + options_.status_every)) {
        told_at_ = now;
        PublishStatus(now);
    }
}

void Plugin::PublishStatus(Time now) {
    StatusTopics::Facts facts;
    const std::string run = fmt::format("{:016x}", run_.number);
    facts.run = run;
    facts.sync = options_.writer.sync == Sync::kAlways ? "always" : "interval";
    if (writer_ == nullptr) facts.sync = "off";
    facts.recovered = recovered_;
    facts.absent = book_.CountAbsent();
    if (writer_ != nullptr) facts.writer = writer_->Describe();
    status_.Publish(facts, now);
}

int Plugin::OnAccess(const mosquitto_evt_acl_check& event) {
    if (event.access == MOSQ_ACL_SUBSCRIBE) Subscribe(event);
    if (event.access == MOSQ_ACL_UNSUBSCRIBE) {
        const char* const client = mosquitto_client_id(event.client);
        if (client != nullptr && book_.Unsubscribe({client, event.topic})) StoreBook();
    }
    return MOSQ_ERR_SUCCESS;
}

void Plugin::Subscribe(const mosquitto_evt_acl_check& event) {
    const char* const client = mosquitto_client_id(event.client);
    if (client == nullptr || event.topic == nullptr) return;
    if (mosquitto_client_clean_session(event.client)) {
        if (book_.Forget(client)) StoreBook();
        return;
    }
    const Subscription subscription{client, event.topic};
    const uint64_t here = writer_->Skip();
    const auto subscribed = book_.Subscribe(subscription, {run_.number, {here, here}});
    if (subscribed.owed) {
        const uint64_t given = GiveOwed(subscription, *subscribed.owed, event.qos);
        looked_at_ = SteadyNow() + kNextTurn;
        mosquitto_log_printf(
            MOSQ_LOG_NOTICE,
            "tilth: %llu messages that waited for %s are given to %s",
            static_cast<unsigned long long>(given),
            event.topic,
            client
        );
    }
    if (subscribed.is_changed) StoreBook();
    writer_->Hold(book_.CountAbsent() != 0);
}

uint64_t Plugin::GiveOwed(const Subscription& subscription, const Place& owed, uint8_t qos) {
    const std::string filter(TopicFilter(subscription.filter));
    uint64_t given = 0;
    std::vector<std::string> damage;
    const auto segments = ListSegments(options_.journal);
    Status status = segments ? Status{} : std::unexpected(segments.error());
    const Visit give = [&](const SegmentHeader& header, const Record& record) {
        if (record.kind != Kind::kMessage || !owed.IsBefore(header.run.number, record)) return true;
        bool is_match = false;
        mosquitto_topic_matches_sub(filter.c_str(), std::string(record.topic).c_str(), &is_match);
        if (!is_match) return true;
        status = PublishAgain(
            subscription.client.c_str(), header.run, record, std::min(qos, record.qos)
        );
        given += status ? 1 : 0;
        return status.has_value();
    };
    if (status) {
        const Status read = ReadJournal(*segments, give, damage);
        if (!read) status = read;
    }
    if (!status) mosquitto_log_printf(MOSQ_LOG_ERR, "tilth: %s", status.error().message.c_str());
    return given;
}

void Plugin::ForgetAbsent(Time now) {
    const auto forgotten = book_.ForgetAbsent(ToMicros(now - options_.hold));
    if (forgotten.empty()) return;
    for (const Subscription& subscription : forgotten) {
        mosquitto_log_printf(
            MOSQ_LOG_WARNING,
            "tilth: %s has not come back to %s; nothing is kept for it any more",
            subscription.client.c_str(),
            subscription.filter.c_str()
        );
    }
    StoreBook();
    writer_->Hold(book_.CountAbsent() != 0);
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
