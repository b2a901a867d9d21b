#include "pipeline/route.h"

#include "base/hash.h"
#include "pipeline/redelivery.h"
#include "telemetry/log.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace tilth::pipeline {
namespace {

/// Messages as offered: fields in a vector, bytes in one arena, both reused from batch to batch.
class Batch {
  public:
    struct Entry {
        RecordKind kind;
        uint8_t qos;
        bool retained;
        bool dup;
        uint16_t packet_id;
        std::optional<Time> arrival;
        size_t topic, payload, device, broker_id, note;  ///< offsets; each piece ends where the next begins
        size_t end;
    };

    void Add(const IncomingMessage& message) {
        Entry entry{};
        entry.kind = message.oversized.empty() ? RecordKind::kMessage : RecordKind::kOversized;
        entry.qos = message.qos;
        entry.retained = message.retained;
        entry.dup = message.dup;
        entry.packet_id = message.packet_id;
        entry.arrival = message.broker_arrival;
        entry.topic = Put(message.topic);
        entry.payload = Put(message.payload);
        std::string_view device = DeviceHint(message.topic, message.payload);
        entry.device = Put(device);
        entry.broker_id = Put(message.broker_id);
        entry.note = Put(message.oversized);
        entry.end = arena_.size();
        entries_.push_back(entry);
    }
    void Clear() {
        entries_.clear();
        arena_.clear();
    }

    const std::vector<Entry>& entries() const { return entries_; }
    size_t bytes() const { return arena_.size(); }
    std::string_view Piece(size_t from, size_t to) const { return std::string_view(arena_).substr(from, to - from); }

  private:
    size_t Put(std::string_view bytes) {
        const size_t at = arena_.size();
        arena_.append(bytes);
        return at;
    }

    std::vector<Entry> entries_;
    std::string arena_;
};

}  // namespace

class Router::Impl {
  public:
    Impl(StreamStore& store, const Clock& clock, RouterOptions options, Committed committed)
        : store_(store), clock_(clock), options_(std::move(options)), committed_(std::move(committed)),
          redeliveries_(options_.redelivery_window) {}

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
        return idle_.wait_for(lock, limit, [this] { return gathering_.entries().empty() && !committing_; });
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
    void Run() {
        Batch batch;
        while (TakeBatch(batch)) {
            const size_t count = batch.entries().size();
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

    /// Waits for messages, lets a batch that is not full linger, and takes it. False: stopped with nothing left.
    bool TakeBatch(Batch& batch) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stop_ || !gathering_.entries().empty(); });
        if (gathering_.entries().empty()) return false;
        wake_.wait_for(lock, options_.linger, [this] {
            return stop_ || gathering_.entries().size() >= options_.max_batch_messages ||
                   gathering_.bytes() >= options_.max_batch_bytes;
        });
        std::swap(batch, gathering_);
        committing_ = true;
        in_flight_ = batch.entries().size();
        return true;
    }

    /// Tries the same batch until the store has it. False: told to stop while the store is away; nothing of it was
    /// acknowledged, so that the broker still has it.
    bool CommitUntilDone(const Batch& batch) {
        MakeRecords(batch);
        for (Duration pause = std::chrono::milliseconds{50};; pause = std::min<Duration>(pause * 2, std::chrono::seconds{2})) {
            const auto start = std::chrono::steady_clock::now();
            auto outcome = records_.empty() ? Result<AppendOutcome>(AppendOutcome{}) : store_.Append(records_);
            if (outcome) {
                Note(batch, *outcome, std::chrono::steady_clock::now() - start);
                return true;
            }
            telemetry::Log(
                telemetry::Level::kError,
                "the stream store did not take a batch; it will be tried again",
                {{"records", records_.size()}, {"reason", outcome.error().message}}
            );
            std::unique_lock lock(mutex_);
            statistics_.store_away = true;
            statistics_.trouble = outcome.error().message;
            if (wake_.wait_for(lock, pause, [this] { return stop_; })) return false;
        }
    }

    void MakeRecords(const Batch& batch) {
        records_.clear();
        ids_.clear();
        ids_.reserve(batch.entries().size());
        known_ = 0;
        for (const Batch::Entry& entry : batch.entries()) AddRecord(batch, entry);
    }

    void AddRecord(const Batch& batch, const Batch::Entry& entry) {
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

    void NameRecord(RawRecordView& record, const Batch::Entry& entry, std::string_view broker_id) {
        if (!broker_id.empty()) {
            record.id = broker_id;
            return;
        }
        // The packet id stands in the note, so that the next run of this router can tell a redelivery.
        char* text = ids_.emplace_back().data();
        char* end = fmt::format_to(text, "{}-{}", Raw(writer_), record.sequence);
        record.id = std::string_view(text, static_cast<size_t>(end - text));
        if (entry.qos > 0 && entry.kind == RecordKind::kMessage) {
            char* const note = end;
            end = fmt::format_to(note, "packet {}", entry.packet_id);
            record.note = std::string_view(note, static_cast<size_t>(end - note));
        }
    }

    /// Time of arrival: the plugin's, else the clock's; always later than the last one of this writer.
    Time NextArrival(std::optional<Time> arrival) {
        last_arrival_ = std::max(arrival.value_or(clock_.Now()), last_arrival_ + Duration{1});
        return last_arrival_;
    }

    void Note(const Batch& batch, const AppendOutcome& outcome, std::chrono::steady_clock::duration took) {
        const std::scoped_lock lock(mutex_);
        statistics_.messages += outcome.stored;
        statistics_.duplicates += outcome.duplicates + known_;
        statistics_.bytes += batch.bytes();
        statistics_.commits += 1;
        statistics_.commit_seconds += std::chrono::duration<double>(took).count();
        statistics_.store_away = false;
        statistics_.trouble.clear();
    }

    StreamStore& store_;
    const Clock& clock_;
    const RouterOptions options_;
    const Committed committed_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    Batch gathering_;
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
    size_t known_ = 0;
    Redeliveries redeliveries_;
    std::vector<RawRecordView> records_;
    std::vector<std::array<char, 64>> ids_;
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

uint64_t Router::Offer(std::span<const IncomingMessage> messages) { return impl_->Offer(messages); }
bool Router::Flush(Duration limit) { return impl_->Flush(limit); }
void Router::Discard() { impl_->Discard(); }
RouterStatistics Router::Statistics() const { return impl_->Statistics(); }

}  // namespace tilth::pipeline
