#include "broker_plugin/journal_writer.h"

#include "base/mutant.h"
#include "broker_plugin/keeper.h"
#include "broker_plugin/saved_database.h"

#include <chrono>

namespace tilth::broker_plugin {
namespace {

/// Records up to this size need no allocation.
constexpr size_t kBuffer = size_t{256} << 10;

using SteadyClock = std::chrono::steady_clock;

/// One thread counts, others read: no locked instruction is needed.
template <class Counter, class Number>
void Add(Counter& counter, Number number) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + number, std::memory_order_relaxed);
}

}  // namespace

class JournalWriter::Impl {
  public:
    Impl(
        JournalFolder folder,
        const WriterOptions& options,
        const BrokerRun& run,
        std::vector<SegmentPath> earlier,
        const Clock& clock
    )
        : options_(options),
          coverage_(options.qos2_hold),
          stamp_(DatabaseStamp::Of(options_.database.c_str())),
          buffer_(kBuffer),
          keeper_(std::move(folder), options, run, std::move(earlier), clock) {}

    Status Start() {
        TILTH_TRY(segment_, keeper_.Start());
        return {};
    }

    Appended Append(Record& record) noexcept {
        record.counter = ++last_;
        const Appended appended = Store(record, options_.sync == Sync::kAlways);
        if (appended.refusal != Refusal::kNone) {
            Add(refused_, 1);
            return appended;
        }
        Add(records_, 1);
        uint64_t& last = record.kind == Kind::kMessage && record.qos == 2
                             ? segment_.last.exactly_once
                             : segment_.last.all;
        last = last_;
        return appended;
    }

    uint64_t last() const noexcept { return last_; }
    uint64_t Skip() noexcept { return ++last_; }

    void Look(Time now) noexcept {
        const DatabaseStamp stamp = DatabaseStamp::Of(options_.database.c_str());
        const bool is_saved = stamp != stamp_ && stamp.size >= 0;
        stamp_ = stamp;
        if (const auto mark = coverage_.Look(now, last_, is_saved)) keeper_.Offer(*mark);
        if (const auto mark = keeper_.TakeVerified()) NoteSaved(*mark);
        last_seen_.store(last_, std::memory_order_relaxed);
    }

    void Hold(bool is_held) noexcept {
        if (is_held == held_) return;
        held_ = is_held;
        keeper_.Hold(is_held, is_held ? last_ : ++last_);
    }

    bool Finish() noexcept {
        keeper_.Stop();
        try {
            const auto saved = ReadSavedDatabase(options_.database);
            const bool is_new = DatabaseStamp::Of(options_.database.c_str()) != stamp_;
            if (!saved || !saved->at_shutdown || !is_new) return false;
            if (SyncFolder(options_.database.parent_path()) != 0) return false;
            if (held_) {
                NoteSaved({last_, last_});
            } else {
                keeper_.DropAll();
            }
            return true;
        } catch (...) {
            return false;
        }
    }

    WriterStatus Describe() const {
        const Keeper::State state = keeper_.Describe();
        WriterStatus status;
        status.records = records_;
        const uint64_t last = last_seen_;
        status.depth = last - std::min(last, state.verified.all);
        status.used_bytes = state.segment_bytes + offset_seen_;
        status.limit_bytes = options_.limit_bytes;
        status.written_bytes = written_;
        status.refused = refused_;
        status.syncs = syncs_;
        status.sync_total = Duration{sync_total_};
        status.sync_longest = Duration{sync_longest_};
        status.last_error = state.last_error;
        return status;
    }

  private:
    Appended Store(const Record& record, bool is_synced) noexcept {
        const size_t size = EncodedSize(record);
        if (keeper_.TakeSyncFailure()) is_failed_ = true;
        if (is_failed_ || offset_ + size > segment_.file->size()) {
            const Appended exchanged = keeper_.Exchange(segment_, size);
            if (exchanged.refusal != Refusal::kNone) return exchanged;
            offset_ = kSegmentHeader;
            is_failed_ = false;
        }
        try {
            if (buffer_.size() < size) buffer_.resize(size);
        } catch (...) {
            return {Refusal::kMemory};
        }
        Encode(record, segment_.seed, {buffer_.data(), size});
        int error = IsMutant("journal-after-acknowledgement")
                        ? WriteTheOneBefore(size)
                        : segment_.file->WriteAt(offset_, {buffer_.data(), size});
        if (error == 0 && is_synced && !IsMutant("journal-without-sync")) {
            error = TimedSync();
            // What the kernel gave up to write it may not try again: this file is not trusted any
            // more.
            is_failed_ = error != 0;
        }
        if (buffer_.size() > kBuffer) ShrinkBuffer();
        if (error != 0) {
            TakeBack();
            return {Refusal::kDisk, error};
        }
        if (!is_synced) keeper_.SetDirty();
        offset_ += size;
        offset_seen_.store(offset_, std::memory_order_relaxed);
        Add(written_, size);
        return {};
    }

    /// A mistake for tests: a record waits in memory until the next one comes.
    int WriteTheOneBefore(size_t size) noexcept {
        static std::string before;
        static size_t place = 0;
        const int error = segment_.file->WriteAt(place, before);
        before.assign(buffer_.data(), size);
        place = offset_;
        return error;
    }

    int TimedSync() noexcept {
        const auto start = SteadyClock::now();
        const int error = segment_.file->Sync();
        const auto took = std::chrono::duration_cast<Duration>(SteadyClock::now() - start).count();
        Add(syncs_, 1);
        Add(sync_total_, took);
        if (took > sync_longest_.load(std::memory_order_relaxed))
            sync_longest_.store(took, std::memory_order_relaxed);
        return error;
    }

    /// A refused record must not come back at a restart: the publisher sends it again.
    void TakeBack() noexcept {
        static constexpr std::array<char, kRecordHeader> kNothing{};
        segment_.file->WriteAt(offset_, {kNothing.data(), kNothing.size()});
    }

    void ShrinkBuffer() noexcept {
        try {
            std::vector<char> small(kBuffer);
            buffer_.swap(small);
        } catch (...) {
            return;  // the large one is good for the next record too
        }
    }

    void NoteSaved(const Mark& mark) noexcept {
        Record record;
        record.kind = Kind::kSaved;
        record.counter = mark.all;
        record.arrival = static_cast<int64_t>(mark.exactly_once);
        Store(record, false);
    }

    const WriterOptions options_;
    Coverage coverage_;
    DatabaseStamp stamp_;
    OpenSegment segment_;
    size_t offset_ = kSegmentHeader;
    bool is_failed_ = false;  ///< A sync of segment_ failed.
    bool held_ = false;
    uint64_t last_ = 0;
    std::vector<char> buffer_;
    std::atomic<uint64_t> records_ = 0;
    std::atomic<uint64_t> refused_ = 0;
    std::atomic<uint64_t> written_ = 0;
    std::atomic<uint64_t> syncs_ = 0;
    std::atomic<int64_t> sync_total_ = 0;
    std::atomic<int64_t> sync_longest_ = 0;
    std::atomic<uint64_t> last_seen_ = 0;
    std::atomic<uint64_t> offset_seen_ = kSegmentHeader;
    Keeper keeper_;
};

JournalWriter::JournalWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JournalWriter::~JournalWriter() = default;

Result<std::unique_ptr<JournalWriter>> JournalWriter::Open(
    JournalFolder folder,
    const WriterOptions& options,
    const BrokerRun& run,
    std::vector<SegmentPath> earlier,
    const Clock& clock
) {
    auto impl = std::make_unique<Impl>(std::move(folder), options, run, std::move(earlier), clock);
    TILTH_CHECK(impl->Start());
    return std::unique_ptr<JournalWriter>(new JournalWriter(std::move(impl)));
}

Appended JournalWriter::Append(Record record) noexcept {
    return impl_->Append(record);
}
uint64_t JournalWriter::last() const noexcept {
    return impl_->last();
}
uint64_t JournalWriter::Skip() noexcept {
    return impl_->Skip();
}
void JournalWriter::Look(Time now) noexcept {
    impl_->Look(now);
}
void JournalWriter::Hold(bool is_held) noexcept {
    impl_->Hold(is_held);
}
bool JournalWriter::Finish() noexcept {
    return impl_->Finish();
}
WriterStatus JournalWriter::Describe() const {
    return impl_->Describe();
}

}  // namespace tilth::broker_plugin
