// The plugin inside one broker: what it does on each of the broker's events.
#pragma once

#include "base/clock.h"
#include "broker_plugin/journal_writer.h"
#include "broker_plugin/mosquitto/status_topics.h"
#include "broker_plugin/options.h"
#include "broker_plugin/subscription_book.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>

#include <memory>
#include <optional>

namespace tilth::broker_plugin {

/// All calls come from the broker's one thread. What allocates may throw std::bad_alloc; the
/// functions that Mosquitto calls catch it (entry.cpp).
class Plugin {
  public:
    /// Publishes again what the saved database may lack, and opens the journal. The error is for
    /// the person who starts the broker.
    static Result<std::unique_ptr<Plugin>> Start(const PluginOptions& options);

    /// MOSQ_ERR_SUCCESS once the message may be acknowledged.
    int OnMessage(mosquitto_evt_message& event);
    /// Sees subscriptions come and go; grants everything.
    int OnAccess(const mosquitto_evt_acl_check& event);
    /// Once in each turn of the broker's loop.
    void OnTick();
    /// After the broker's last save.
    void Finish();

  private:
    explicit Plugin(PluginOptions options);

    uint64_t SecondsNow() const;
    Status OpenJournal();
    bool IsJournalled(const mosquitto_evt_message& event) const;
    /// With the properties in properties_.
    Appended Store(const mosquitto_evt_message& event, int64_t arrival);
    /// The number of a message that is not journalled.
    uint64_t SkipNumber();
    int Refuse(const mosquitto_evt_message& event, const Appended& why);
    void Look();
    Status OpenBook(const Place& covered);
    void StoreBook();
    void Subscribe(const mosquitto_evt_acl_check& event);
    uint64_t GiveOwed(const Subscription& subscription, const Place& owed, uint8_t qos);
    void ForgetAbsent(Time now);
    void PublishStatus(Time now);

    const PluginOptions options_;
    const bool takes_all_;  ///< "#" is among the filters.
    SystemClock clock_;
    BrokerRun run_;
    std::unique_ptr<JournalWriter> writer_;  ///< None with sync off.
    uint64_t counter_ = 0;                   ///< Without a journal.
    std::vector<char> properties_;           ///< Of the message at hand, as its publisher set them.
    Time started_at_{};
    Time looked_at_{};
    Time complained_at_{};
    bool has_ticked_ = false;
    uint64_t recovered_ = 0;
    SubscriptionBook book_;
    StatusTopics status_;
    Time told_at_{};
    Time swept_at_{};  ///< When absent sessions were last looked through.
};

}  // namespace tilth::broker_plugin
