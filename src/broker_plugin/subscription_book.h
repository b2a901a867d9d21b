// The subscriptions of sessions that are kept, remembered over restarts of the broker.
//
// Mosquitto 2.0 loses some: those made since its last save, and every shared one, which it does not
// save at all. Until the session subscribes again, nothing is queued for it. So what comes in the
// meantime stays in the journal, and is given to the session when it is back.
#pragma once

#include "base/result.h"
#include "broker_plugin/place.h"
#include "broker_plugin/saved_database.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::broker_plugin {

/// "$share/GROUP/a/#" -> "a/#"; others as they are.
std::string_view TopicFilter(std::string_view subscription) noexcept;
bool IsShared(std::string_view subscription) noexcept;

/// One thread. Functions that return bool: whether something changed that Write should store.
class SubscriptionBook {
  public:
    /// kCorrupt: the bytes are no such book, or damaged; then an empty one is the best there is.
    static Result<SubscriptionBook> Decode(std::string_view bytes);
    std::string Encode() const;

    /// From `file`; empty when there is none.
    static Result<SubscriptionBook> Read(const std::filesystem::path& file);
    /// Replaces `file`, on disk when this returns. kUnavailable.
    Status Write(const std::filesystem::path& file) const;

    /// At a start: what the broker has not restored is absent from now on, and is owed what stands
    /// behind `covered`. `now`: microseconds since 1970.
    bool NoteRestored(const std::set<Subscription>& restored, const Place& covered, int64_t now);

    /// A session subscribes; `here` is the place of the last record. Returns the place behind which
    /// it is owed messages, if the subscription was absent. What one member of a shared
    /// subscription's group gets, the others are owed no more.
    struct Subscribed {
        bool is_changed = false;
        std::optional<Place> owed;
    };
    Subscribed Subscribe(const Subscription& subscription, const Place& here);
    bool Unsubscribe(const Subscription& subscription);
    /// A client that begins anew, without a session.
    bool Forget(std::string_view client);

    /// Ends the absence of those that have been away since before `since`; they are forgotten.
    std::vector<Subscription> ForgetAbsent(int64_t since);

    size_t CountAbsent() const;
    size_t size() const { return known_.size(); }

  private:
    struct State {
        Place owed;   ///< What stands behind was not given to the session before `since`.
        Place since;  ///< In force from here on; what was owed has been given to the broker here.
        bool is_absent = false;
        int64_t absent_since = 0;
    };

    std::map<Subscription, State> known_;
};

}  // namespace tilth::broker_plugin
