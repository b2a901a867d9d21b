#include "pipeline/route.h"

#include "base/hash.h"
#include "base/mutant.h"
#include "pipeline/incoming_batch.h"
#include "pipeline/message_log.h"
#include "pipeline/redelivery.h"
#include "telemetry/log.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tilth::pipeline {

class Router::Impl {
  public:
    Impl(StreamStore& store, const Clock& clock, RouterOptions options, Committed committed)
        : store_(store),
          clock_(clock),
          options_(std::move(options)),
          committed_(std::move(committed)),
          redeliveries_(IsMutant("dedupe-window-too-short") ? 4 : options_.redelivery_window) {}

    ~Impl() {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
        }
        wake_.notify_all();
        if (thread_.joinable()) thread_.join();
        if (writer_ != WriterId{}) (void)store_.EndWriter(writer_);
    }

    Status Open() {
        TILTH_CHECK(redeliveries_.Load(store_, options_.name));
        TILTH_TRY(writer_, store_.OpenWriter(options_.name));
        thread_ = std::thread([this] { Run(); });
        return {};
    }

    uint64_t Offer(std::span<const IncomingMessage> messages) {
        uint64_t offered = 0;
        {
            const std::scoped_lock lock(mutex_);
            for (const IncomingMessage& message : messages) gathering_.Add(message);
            offered_ += messages.size();
            offered = offered_;
        }
        wake_.notify_all();
        return offered;
    }

    bool Flush(Duration limit) {
        std::unique_lock lock(mutex_);
        return idle_.wait_for(lock, limit, [this] {
            return gathering_.entries().empty() && !committing_;
        });
    }

    void Discard() {
        const std::scoped_lock lock(mutex_);
        offered_ -= gathering_.entries().size();
        gathering_.Clear();
    }

    RouterStatistics Statistics() const {
        const std::scoped_lock lock(mutex_);
        RouterStatistics statistics = statistics_;
        statistics.waiting = gathering_.entries().size() + in_flight_;
        return statistics;
    }

  private:
    static constexpr Duration kFirstPause = std::chrono::milliseconds{50};
    static constexpr Duration kLongestPause = std::chrono::seconds{2};
    static constexpr int kMostLingers = 5;
    static constexpr size_t kManyInALinger = 4;
    /// What is kept of a message that the store refuses.
    static constexpr size_t kKeptOfTopic = 1024;
    static constexpr size_t kKeptOfPayload = 64 << 10;

    void Run() {
        IncomingBatch batch;
        while (TakeBatch(batch)) {
            const size_t count = batch.entries().size();
            if (IsMutant("acknowledged-before-commit")) {
                committed_(done_ + count);
                WidenForMutant();
            }
            if (!CommitUntilDone(batch)) return;
            batch.Clear();
            done_ += count;
            committed_(done_);
            const std::scoped_lock lock(mutex_);
            committing_ = false;
            in_flight_ = 0;
            if (gathering_.entries().empty()) idle_.notify_all();
        }
    }

    /// Waits for messages, lets a batch that is not full linger, and takes it. False: stopped with
    /// nothing left.
    bool TakeBatch(IncomingBatch& batch) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stop_ || !gathering_.entries().empty(); });
        if (gathering_.entries().empty()) return false;
        LetGather(lock);
        std::swap(batch, gathering_);
        committing_ = true;
        in_flight_ = batch.entries().size();
        return true;
    }

    /// As long as many messages come the batch waits on: each commit costs a sync. It does not wait
    /// for a broker that sends no more before the first ones are acknowledged.
    void LetGather(std::unique_lock<std::mutex>& lock) {
        const auto is_full = [this] {
            return stop_ || gathering_.entries().size() >= options_.max_batch_messages ||
                   gathering_.bytes() >= options_.max_batch_bytes;
        };
        for (int linger = 0; linger < kMostLingers; ++linger) {
            const size_t before = gathering_.entries().size();
            if (wake_.wait_for(lock, options_.linger, is_full)) return;
            if (gathering_.entries().size() < before + kManyInALinger) return;
        }
    }

    /// Tries the same batch until the store has it. False: told to stop while the store is away;
    /// nothing of it was acknowledged, so that the broker still has it.
    bool CommitUntilDone(const IncomingBatch& batch) {
        MakeRecords(batch);
        for (Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
            const auto start = std::chrono::steady_clock::now();
            Result<AppendOutcome> outcome = Append();
            if (outcome) {
                EndAbandoned();
                if (has_renumbered_) outcome->stored += std::exchange(outcome->duplicates, 0);
                Note(batch, *outcome);
                TellEach(*outcome);
                Count(batch, *outcome, std::chrono::steady_clock::now() - start);
                return true;
            }
            if (options_.metrics != nullptr) options_.metrics->failures.Add();
            telemetry::Log(
                telemetry::Level::kError,
                "the stream store did not take a batch; it will be tried again",
                {{"records", records_.size()}, {"reason", outcome.error().message}}
            );
            std::unique_lock lock(mutex_);
            statistics_.store_away = true;
            statistics_.trouble = outcome.error().message;
            if (wake_.wait_for(lock, pause, [this] { return stop_; })) return false;
            is_retry_ = true;
            // Stays true until another writer has begun, whatever fails in between.
            if (outcome.error().fault == Fault::kConflict) is_doubtful_ = true;
        }
    }

    Result<AppendOutcome> Append() {
        if (is_retry_) TILTH_CHECK(BeginAnewIfInDoubt());
        if (records_.empty()) return AppendOutcome{};
        Result<AppendOutcome> outcome = store_.Append(records_);
        if (!outcome && outcome.error().fault == Fault::kBadInput) outcome = AppendOneByOne();
        return outcome;
    }

    /// A failed commit may have had its effect, whole or in part, and a hole in this writer's
    /// records could not be filled by it. So another one takes the whole batch; what is there
    /// already is known by its id.
    Status BeginAnewIfInDoubt() {
        if (!is_doubtful_) {
            TILTH_TRY(const std::vector<WriterInfo> writers, store_.Writers());
            const auto mine = std::ranges::find(writers, writer_, &WriterInfo::id);
            is_doubtful_ = mine != writers.end() && !records_.empty() &&
                           mine->highest >= records_.front().sequence;
        }
        if (!is_doubtful_) return {};
        TILTH_TRY(const WriterId next, store_.OpenWriter(options_.name));
        abandoned_.push_back(std::exchange(writer_, next));
        for (RawRecordView& record : records_) {
            record.writer = writer_;
            record.sequence = ++sequence_;
        }
        is_doubtful_ = false;
        has_renumbered_ = true;
        return {};
    }

    /// Only now: until all of a batch is stored, a command that the server finishes late may add to
    /// the writer that gave it up.
    void EndAbandoned() {
        for (const WriterId writer : std::exchange(abandoned_, {})) (void)store_.EndWriter(writer);
    }

    /// The store refuses something for good: the rest goes in, and of that its beginning, with the
    /// reason.
    Result<AppendOutcome> AppendOneByOne() {
        AppendOutcome sum;
        for (size_t i = 0; i < records_.size(); ++i) {
            Result<AppendOutcome> one = store_.Append({&records_[i], 1});
            if (!one && one.error().fault == Fault::kBadInput)
                one = AppendRefused(records_[i], one.error().message);
            if (!one) return std::unexpected(one.error());
            sum.stored += one->stored;
            sum.duplicates += one->duplicates;
        }
        return sum;
    }

    Result<AppendOutcome> AppendRefused(RawRecordView record, const std::string& reason) {
        std::string note = fmt::format(
            "{} bytes, digest {}, refused by the store: {}",
            record.payload.size(),
            HexDigest(record.payload),
            reason
        );
        telemetry::Log(
            telemetry::Level::kWarning,
            "a message was refused by the stream store; its beginning is kept",
            FieldsOf(MessageName(record), {{"reason", reason}})
        );
        if (const auto trace = TraceOf(record.note)) AppendTrace(note, *trace);
        record.kind = RecordKind::kOversized;
        record.note = note;
        record.topic = record.topic.substr(0, kKeptOfTopic);
        record.payload = record.payload.substr(0, kKeptOfPayload);
        return store_.Append({&record, 1});
    }

    void MakeRecords(const IncomingBatch& batch) {
        records_.clear();
        notes_.clear();
        ids_.clear();
        ids_.reserve(batch.entries().size());
        known_ = 0;
        is_retry_ = false;
        is_doubtful_ = false;
        has_renumbered_ = false;
        for (const IncomingBatch::Entry& entry : batch.entries()) AddRecord(batch, entry);
    }

    void AddRecord(const IncomingBatch& batch, const IncomingBatch::Entry& entry) {
        RawRecordView record;
        record.topic = batch.Piece(entry.topic, entry.payload);
        record.payload = batch.Piece(entry.payload, entry.device);
        record.device = batch.Piece(entry.device, entry.broker_id);
        const std::string_view broker_id = batch.Piece(entry.broker_id, entry.note);
        record.note = batch.Piece(entry.note, entry.end);
        const bool own_id = broker_id.empty();
        if (own_id && entry.qos > 0) {
            const uint64_t content = HashCombine(Hash64(record.topic), Hash64(record.payload));
            if (entry.dup && redeliveries_.Seen(entry.packet_id, content)) {
                ++known_;
                return;
            }
            redeliveries_.Remember(entry.packet_id, content);
        }
        record.writer = writer_;
        record.sequence = ++sequence_;
        record.partition = PartitionOf(record.device);
        record.kind = entry.kind;
        record.qos = entry.qos;
        record.retained = entry.retained;
        record.received_at = NextArrival(entry.arrival);
        NameRecord(record, entry, broker_id);
        records_.push_back(record);
    }

    void NameRecord(
        RawRecordView& record, const IncomingBatch::Entry& entry, std::string_view broker_id
    ) {
        if (!broker_id.empty()) {
            record.id = broker_id;
            return;
        }
        // The packet id stands in the note, so that the next run of this router can tell a
        // redelivery.
        char* text = ids_.emplace_back().data();
        char* end = fmt::format_to(text, "{}-{}", Raw(writer_), record.sequence);
        record.id = std::string_view(text, static_cast<size_t>(end - text));
        if (entry.qos > 0 && entry.kind == RecordKind::kMessage) {
            char* const note = end;
            end = fmt::format_to(note, "packet {}", entry.packet_id);
            const std::string_view packet(note, static_cast<size_t>(end - note));
            record.note = record.note.empty() ? packet : Joined(packet, record.note);
        }
    }

    /// The packet id and the trace behind it.
    std::string_view Joined(std::string_view packet, std::string_view trace) {
        return notes_.emplace_back(fmt::format("{}\n{}", packet, trace));
    }

    /// Time of arrival: the plugin's, else the clock's; always later than the last one of this
    /// writer.
    Time NextArrival(std::optional<Time> arrival) {
        last_arrival_ = std::max(arrival.value_or(clock_.Now()), last_arrival_ + Duration{1});
        return last_arrival_;
    }

    void TellEach(const AppendOutcome& outcome) const {
        if (!telemetry::LogEnabled(telemetry::Level::kDebug)) return;
        for (size_t i = 0; i < records_.size(); ++i) {
            const bool was_there =
                !has_renumbered_ && i < outcome.was_there.size() && outcome.was_there[i];
            telemetry::Log(
                telemetry::Level::kDebug,
                was_there ? "message was stored before" : "message stored",
                FieldsOf(MessageName(records_[i]), {{"topic", records_[i].topic}})
            );
        }
    }

    void Note(const IncomingBatch& batch, const AppendOutcome& outcome) {
        const std::scoped_lock lock(mutex_);
        statistics_.messages += outcome.stored;
        statistics_.duplicates += outcome.duplicates + known_;
        statistics_.bytes += batch.bytes();
        statistics_.commits += 1;
        statistics_.store_away = false;
        statistics_.trouble.clear();
    }

    void Count(
        const IncomingBatch& batch,
        const AppendOutcome& outcome,
        std::chrono::steady_clock::duration took
    ) {
        if (options_.metrics == nullptr) return;
        RouteMetrics& metrics = *options_.metrics;
        metrics.messages.Add(outcome.stored);
        metrics.duplicates.Add(outcome.duplicates + known_);
        metrics.bytes.Add(batch.bytes());
        metrics.commit_seconds.Observe(std::chrono::duration<double>(took).count());
        metrics.commit_messages.Observe(static_cast<double>(batch.entries().size()));
    }

    StreamStore& store_;
    const Clock& clock_;
    const RouterOptions options_;
    const Committed committed_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    IncomingBatch gathering_;
    uint64_t offered_ = 0;
    bool stop_ = false;
    bool committing_ = false;
    size_t in_flight_ = 0;
    RouterStatistics statistics_;

    // The committing thread's own.
    WriterId writer_{};
    Sequence sequence_ = 0;
    Time last_arrival_{};
    uint64_t done_ = 0;
    size_t known_ = 0;  ///< Redeliveries in the batch.
    bool is_retry_ = false;
    bool is_doubtful_ = false;     ///< Some of the batch may be stored by a commit that failed.
    bool has_renumbered_ = false;  ///< Then what was there already is of this batch itself.
    std::vector<WriterId> abandoned_;
    Redeliveries redeliveries_;
    std::vector<RawRecordView> records_;
    std::vector<std::array<char, 64>> ids_;
    std::deque<std::string> notes_;  ///< Of records with both a packet id and a trace.
    std::thread thread_;
};

Router::Router(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Router::~Router() = default;

Result<std::unique_ptr<Router>> Router::Start(
    StreamStore& store, const Clock& clock, RouterOptions options, Committed committed
) {
    auto impl = std::make_unique<Impl>(store, clock, std::move(options), std::move(committed));
    TILTH_CHECK(impl->Open());
    return std::unique_ptr<Router>(new Router(std::move(impl)));
}

uint64_t Router::Offer(std::span<const IncomingMessage> messages) {
    return impl_->Offer(messages);
}
bool Router::Flush(Duration limit) {
    return impl_->Flush(limit);
}
void Router::Discard() {
    impl_->Discard();
}
RouterStatistics Router::Statistics() const {
    return impl_->Statistics();
}

}  // namespace tilth::pipeline
