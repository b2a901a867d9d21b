#include "api/live/hub.h"

#include "api/live/events.h"
#include "api/live/offers.h"
#include "telemetry/log.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <thread>

namespace tilth::live {
namespace {

constexpr size_t kFeedPage = 10'000;     // Changes read at once
constexpr size_t kMostCatchUp = 20'000;  // Changes a newcomer is told one by one
constexpr size_t kTakeBytes = 64 * 1024;

/// Overlapping and touching ranges of a datastream become one.
std::vector<SeriesChanged> Merge(std::vector<SeriesChanged> changes) {
    std::sort(changes.begin(), changes.end(), [](const SeriesChanged& a, const SeriesChanged& b) {
        return std::pair(a.datastream, a.range.from) < std::pair(b.datastream, b.range.from);
    });
    std::vector<SeriesChanged> merged;
    for (const SeriesChanged& change : changes) {
        if (!merged.empty() && merged.back().datastream == change.datastream &&
            change.range.from <= merged.back().range.to) {
            merged.back().range.to = std::max(merged.back().range.to, change.range.to);
        } else {
            merged.push_back(change);
        }
    }
    return merged;
}

}  // namespace

class Hub::Impl {
  public:
    Impl(ProcessedStore& store, const Clock& clock, query::TestName test_name, HubOptions options)
        : store_(store),
          clock_(clock),
          test_name_(std::move(test_name)),
          options_(options),
          catalog_(store, clock) {}

    void Start() {
        thread_ = std::thread([this] { Run(); });
    }

    void Stop() {
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
        for (const auto& subscriber : members_) subscriber->End();
    }

    void Notify() {
        {
            const std::scoped_lock lock(mutex_);
            notified_ = true;
        }
        wake_.notify_one();
    }

    void Offer(ChangeToken token, std::span<const SeriesChange> changes) {
        if (count_ > 0) offers_.Add(token, changes);
        Notify();
    }

    Result<std::shared_ptr<Subscriber>> Join(
        std::vector<DatastreamId> datastreams,
        std::optional<ChangeToken> after,
        std::function<void()> wake
    ) {
        if (!after) {
            TILTH_TRY(after, store_.LatestToken());
        }
        auto subscriber = std::make_shared<Subscriber>(
            std::move(datastreams), options_.max_queue_bytes, std::move(wake)
        );
        const std::scoped_lock lock(mutex_);
        joining_.push_back({*after, subscriber});
        ++count_;
        notified_ = true;
        wake_.notify_one();
        return subscriber;
    }

    void Leave(const std::shared_ptr<Subscriber>& subscriber) {
        subscriber->End();
        const std::scoped_lock lock(mutex_);
        leaving_.push_back(subscriber);
        --count_;
    }

    size_t count() const { return count_; }

  private:
    struct Joining {
        ChangeToken after;
        std::shared_ptr<Subscriber> subscriber;
    };

    void Run() {
        auto states_at = std::chrono::steady_clock::now();
        while (true) {
            std::vector<Joining> joining;
            if (!WaitForWork(joining)) return;
            if (members_.empty() && joining.empty()) {
                token_.reset();
                states_.clear();
                continue;
            }
            if (const Status status = Work(std::move(joining)); status) {
                reported_.clear();
            } else {
                Report(status.error());
            }
            if (std::chrono::steady_clock::now() < states_at) continue;
            if (const Status status = TellStates(); !status) Report(status.error());
            states_at = std::chrono::steady_clock::now() + options_.states;
        }
    }

    /// Takes over who joins and lets go who left. False: stop.
    bool WaitForWork(std::vector<Joining>& joining) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, options_.poll, [this] { return notified_ || stopping_; });
        notified_ = false;
        joining = std::exchange(joining_, {});
        for (const auto& gone : std::exchange(leaving_, {})) {
            std::erase(members_, gone);
            std::erase_if(joining, [&](const Joining& one) { return one.subscriber == gone; });
        }
        return !stopping_;
    }

    /// Who cannot be served now is served by a later call.
    Status Work(std::vector<Joining> joining) {
        Status status = Advance();
        std::map<ChangeToken, std::vector<std::shared_ptr<Subscriber>>> by_token;
        for (Joining& one : joining) by_token[one.after].push_back(std::move(one.subscriber));
        for (auto& [after, group] : by_token) {
            if (status) status = CatchUp(after, group);
            if (status) {
                members_.insert(members_.end(), group.begin(), group.end());
            } else {
                const std::scoped_lock lock(mutex_);
                for (const auto& subscriber : group) joining_.push_back({after, subscriber});
            }
        }
        for (const auto& member : members_) member->WakeIfNeeded();
        return status;
    }

    /// Tells the members everything up to now.
    Status Advance() {
        if (!token_) {
            offers_.Clear();
            TILTH_TRY(token_, store_.LatestToken());
        }
        bool told = false;
        while (TellOffer()) told = true;
        for (const auto& member : members_) member->WakeIfNeeded();
        // What was offered follows what was told without a hole: the feed has nothing else, unless
        // somebody besides wrote, whom the next offer or the next look finds.
        const auto now = std::chrono::steady_clock::now();
        if (told && now - looked_at_ < options_.poll) return {};
        looked_at_ = now;
        while (true) {
            TILTH_TRY(Changes changes, store_.ChangesAfter(*token_, kFeedPage));
            const bool more = changes.series.size() >= kFeedPage;
            const ChangeToken next = changes.next;
            const size_t series = changes.series.size();
            TILTH_CHECK(Tell(std::move(changes), members_));
            if (series > 0) LogTold(next, series);
            token_ = next;
            offers_.DropUpTo(next);
            if (!more) return {};
        }
    }

    /// The next commit, if it was offered.
    bool TellOffer() {
        const ChangeToken next{Raw(*token_) + 1};
        const auto offer = offers_.Take(next);
        if (!offer) return false;
        for (const OfferedSeries& series : *offer) {
            if (!AnyWants(members_, series.datastream)) continue;
            const bool few = series.rows.size() <= options_.max_rows;
            Push(
                members_,
                series.datastream,
                few ? ObservationsEvent(series.datastream, series.range, series.rows, test_name_)
                    : ChangedEvent(series.datastream, series.range)
            );
        }
        for (const auto& member : members_) member->PushToken(next);
        LogTold(next, offer->size());
        token_ = next;
        return true;
    }

    /// With the token that the processor's line about each message of the commit has, or a later
    /// one.
    void LogTold(ChangeToken token, size_t series) const {
        telemetry::Log(
            telemetry::Level::kDebug,
            "live clients told",
            {{"token", Raw(token)}, {"series", series}, {"clients", members_.size()}}
        );
    }

    using Group = std::vector<std::shared_ptr<Subscriber>>;

    /// Tells newcomers what the members know already, from their token on.
    Status CatchUp(ChangeToken after, const Group& group) {
        size_t told = 0;
        while (after < *token_) {
            TILTH_TRY(Changes changes, store_.ChangesAfter(after, kFeedPage));
            told += changes.series.size();
            if (changes.reset || told > kMostCatchUp) {
                const Event reset = ResetEvent("the token is too old");
                for (const auto& subscriber : group) subscriber->Replace(reset);
                break;
            }
            const ChangeToken next = changes.next;
            TILTH_CHECK(Tell(std::move(changes), group));
            if (next <= after) break;
            after = next;
        }
        for (const auto& subscriber : group) subscriber->PushToken(std::max(after, *token_));
        return {};
    }

    Status Tell(Changes changes, const Group& group) {
        if (changes.reset) {
            const Event reset = ResetEvent("the results were computed anew");
            for (const auto& subscriber : group) subscriber->Replace(reset);
        }
        for (const SeriesChanged& change : Merge(std::move(changes.series))) {
            if (!AnyWants(group, change.datastream)) continue;
            TILTH_TRY(const Event event, Render(change));
            Push(group, change.datastream, event);
        }
        for (const auto& subscriber : group) subscriber->PushToken(changes.next);
        return {};
    }

    Result<Event> Render(const SeriesChanged& change) {
        ObservationRequest request;
        request.datastream = change.datastream;
        request.range = change.range;
        request.limit = options_.max_rows + 1;
        std::vector<query::Point> rows;
        TILTH_CHECK(store_.ReadObservations(request, [&](std::span<const Observation> some) {
            for (const Observation& row : some) rows.push_back(query::Point::Of(row));
            return true;
        }));
        if (rows.size() > options_.max_rows) return ChangedEvent(change.datastream, change.range);
        return ObservationsEvent(change.datastream, change.range, rows, test_name_);
    }

    /// Who went from one state to another since the last look.
    Status TellStates() {
        TILTH_TRY(const auto datastreams, catalog_.Datastreams({}));
        for (const query::DatastreamPresent& one : datastreams) {
            if (!one.age) continue;
            const auto [known, is_new] = states_.try_emplace(one.datastream.id, one.state);
            if (is_new || known->second == one.state) continue;
            known->second = one.state;
            Push(members_, one.datastream.id, StateEvent(one.datastream, one.state, *one.age));
        }
        for (const auto& member : members_) member->WakeIfNeeded();
        return {};
    }

    void Push(const Group& group, DatastreamId id, const Event& event) {
        static const Event kTooSlow = ResetEvent("the stream could not keep up");
        for (const auto& subscriber : group) {
            if (subscriber->Wants(id)) subscriber->Push(event, kTooSlow);
        }
    }

    static bool AnyWants(const Group& group, DatastreamId id) {
        return std::any_of(group.begin(), group.end(), [id](const auto& subscriber) {
            return subscriber->Wants(id);
        });
    }

    /// Once for a row of failures.
    void Report(const Error& error) {
        if (error.message == reported_) return;
        reported_ = error.message;
        telemetry::Log(
            telemetry::Level::kWarning,
            "live updates wait for the store",
            {{"reason", error.message}}
        );
    }

    ProcessedStore& store_;
    const Clock& clock_;
    const query::TestName test_name_;
    const HubOptions options_;
    query::Catalog catalog_;
    Offers offers_;
    std::atomic<size_t> count_{0};

    std::mutex mutex_;
    std::condition_variable wake_;
    bool notified_ = false;
    bool stopping_ = false;
    std::vector<Joining> joining_;
    Group leaving_;

    // Of the hub's thread alone.
    Group members_;
    std::optional<ChangeToken> token_;                   ///< Everything up to here was told
    std::chrono::steady_clock::time_point looked_at_{};  ///< At the feed
    std::map<DatastreamId, query::PresentState> states_;
    std::string reported_;
    std::thread thread_;
};

Hub::Hub(ProcessedStore& store, const Clock& clock, query::TestName test_name, HubOptions options)
    : impl_(std::make_shared<Impl>(store, clock, std::move(test_name), options)) {
    impl_->Start();
}

Hub::~Hub() {
    impl_->Stop();
}

void Hub::Notify() {
    impl_->Notify();
}

void Hub::Offer(ChangeToken token, std::span<const SeriesChange> changes) {
    impl_->Offer(token, changes);
}

size_t Hub::Subscribers() const {
    return impl_->count();
}

Result<Take> Hub::Subscribe(
    std::vector<DatastreamId> datastreams,
    std::optional<ChangeToken> after,
    std::function<void()> wake
) {
    TILTH_TRY(auto joined, impl_->Join(std::move(datastreams), after, std::move(wake)));
    // The last copy of the function ends the subscription.
    const std::shared_ptr<Subscriber> subscriber(joined.get(), [impl = impl_, joined](Subscriber*) {
        impl->Leave(joined);
    });
    return [subscriber] { return subscriber->Take(kTakeBytes); };
}

}  // namespace tilth::live
