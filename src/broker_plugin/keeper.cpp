#include "broker_plugin/keeper.h"

#include "broker_plugin/saved_database.h"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace tilth::broker_plugin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Of dropped segments, to be written again.
constexpr size_t kKeptSpares = 8;
/// How long a message waits for a segment that is being made.
constexpr seconds kLongestWait{2};
/// A save is read through at most this often unless it lets a segment go.
constexpr Duration kVerifyEvery{5'000'000};

uint64_t RandomSeed(uint64_t otherwise) {
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) return otherwise;
    return seed;
}

}  // namespace

Keeper::Keeper(
    JournalFolder folder,
    const WriterOptions& options,
    const BrokerRun& run,
    std::vector<SegmentPath> earlier,
    const Clock& clock
)
    : folder_(std::move(folder)), options_(options), run_(run), clock_(clock) {
    closed_.reserve(earlier.size() + options.limit_bytes / options.segment_bytes + 16);
    unsynced_.reserve(closed_.capacity());
    for (const SegmentPath& segment : earlier) {
        closed_.push_back({segment.sequence, segment.bytes, {}, true});
        sequence_ = std::max(sequence_, segment.sequence);
        bytes_ += segment.bytes;
    }
}

Keeper::~Keeper() {
    Stop();
}

Result<OpenSegment> Keeper::Start() {
    TILTH_TRY(spares_, folder_.ListSpares());
    for (const SegmentPath& spare : spares_) {
        sequence_ = std::max(sequence_, spare.sequence);
        bytes_ += spare.bytes;
    }
    std::unique_lock lock(mutex_);
    auto first = MakeCounted(lock, options_.segment_bytes, true);
    auto second = first ? MakeCounted(lock, options_.segment_bytes, true) : first;
    if (!second) {
        return Fail(
            Fault::kUnavailable,
            "no segment of {} bytes can be made in the journal folder {}: {}",
            options_.segment_bytes,
            folder_.path().string(),
            std::strerror(second.error())
        );
    }
    active_ = first->file;
    given_ = first->sequence;
    next_ = *second;
    thread_ = std::thread([this] { Work(); });
    return *first;
}

void Keeper::Stop() {
    {
        const std::scoped_lock lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Appended Keeper::Exchange(OpenSegment& segment, size_t bytes) noexcept {
    const size_t needed = bytes + kSegmentHeader;
    if (needed > options_.limit_bytes) return {Refusal::kTooLarge};
    std::unique_lock lock(mutex_);
    if (closed_.size() == closed_.capacity() || unsynced_.size() == unsynced_.capacity())
        return {Refusal::kFull};
    OpenSegment fresh;
    if (needed > options_.segment_bytes) {
        // One of its own for a message that no ordinary segment holds.
        auto made = MakeCounted(lock, needed, false);
        if (!made) return {made.error() == EDQUOT ? Refusal::kFull : Refusal::kDisk, made.error()};
        fresh = std::move(*made);
    } else {
        ready_.wait_for(lock, kLongestWait, [this] {
            return next_ || failure_.refusal != Refusal::kNone;
        });
        if (!next_) return failure_.refusal != Refusal::kNone ? failure_ : Appended{Refusal::kFull};
        fresh = std::exchange(next_, {});
    }
    GiveOut(std::move(fresh), segment);
    return {};
}

/// Segments are read in the order of their sequences, so one that was made before this one and not
/// given out may not come after it.
void Keeper::GiveOut(OpenSegment fresh, OpenSegment& segment) {
    closed_.push_back({segment.sequence, segment.file->size(), segment.last, false});
    if (options_.sync == Sync::kInterval) unsynced_.push_back(segment.file);
    if (next_ && next_.sequence < fresh.sequence) {
        Drop(next_.sequence, next_.file->size());
        next_ = {};
    }
    active_ = fresh.file;
    given_ = fresh.sequence;
    segment = std::move(fresh);
    wake_.notify_all();
}

void Keeper::Offer(const Mark& mark) noexcept {
    const std::scoped_lock lock(mutex_);
    offered_ = mark;
    wake_.notify_all();
}

std::optional<Mark> Keeper::TakeVerified() noexcept {
    const std::scoped_lock lock(mutex_);
    if (!is_news_) return std::nullopt;
    is_news_ = false;
    return verified_;
}

void Keeper::Hold(bool is_held, uint64_t number) noexcept {
    const std::scoped_lock lock(mutex_);
    held_ = is_held;
    released_at_ = number;
}

void Keeper::Work() {
    std::unique_lock lock(mutex_);
    const auto pause = options_.sync == Sync::kInterval ? options_.interval : Duration{1'000'000};
    while (!stop_) {
        const bool is_failing = failure_.refusal != Refusal::kNone;
        wake_.wait_for(lock, pause, [&] { return stop_ || offered_ || (!next_ && !is_failing); });
        if (stop_) return;
        if (options_.sync == Sync::kInterval) {
            lock.unlock();
            SyncDirty();
            lock.lock();
        }
        // First what gives room, then what needs it.
        if (offered_) Verify(lock);
        if (!next_) MakeNext(lock);
    }
}

void Keeper::SyncDirty() {
    std::vector<std::shared_ptr<const SegmentFile>> files;
    {
        const std::scoped_lock lock(mutex_);
        files = unsynced_;
        unsynced_.clear();
        if (dirty_.exchange(false)) files.push_back(active_);
    }
    for (const auto& file : files) {
        const int error = file->Sync();
        if (error == 0) continue;
        is_sync_failed_ = true;
        SetError(fmt::format("a segment cannot be synced: {}", std::strerror(error)));
    }
}

/// EDQUOT stands for this journal's own limit. The lock is open while the disk is written to.
Tried<OpenSegment> Keeper::MakeCounted(
    std::unique_lock<std::mutex>& lock, size_t bytes, bool may_exceed
) {
    std::filesystem::path spare;
    if (bytes == options_.segment_bytes) {
        const auto found = std::ranges::find(spares_, bytes, &SegmentPath::bytes);
        if (found != spares_.end()) {
            spare = found->path;
            spares_.erase(found);
        }
    }
    const bool is_new = spare.empty();
    if (is_new && !may_exceed && bytes_ + bytes > options_.limit_bytes)
        return std::unexpected(EDQUOT);
    if (is_new) bytes_ += bytes;
    const uint64_t sequence = ++sequence_;
    lock.unlock();
    auto made = Make(sequence, bytes, spare);
    lock.lock();
    if (!made && is_new) bytes_ -= bytes;
    if (!made && !is_new) spares_.push_back({spare, 0, bytes});
    return made;
}

Tried<OpenSegment> Keeper::Make(
    uint64_t sequence, size_t bytes, const std::filesystem::path& spare
) {
    const std::filesystem::path path = spare.empty() ? folder_.SpareFor(sequence) : spare;
    auto file = spare.empty() ? SegmentFile::Create(path, bytes) : SegmentFile::Open(path);
    if (!file) return std::unexpected(file.error());
    SegmentHeader header{sequence, run_, 0, ToMicros(clock_.Now())};
    header.seed = RandomSeed(SipHash(run_.key, sequence));
    const SegmentPage page = Encode(header);
    int error = file->WriteAt(0, {page.data(), page.size()});
    if (error == 0) error = file->Sync();
    if (error == 0 && rename(path.c_str(), folder_.SegmentFor(sequence).c_str()) != 0)
        error = errno;
    if (error == 0) error = SyncFolder(folder_.path());
    if (error != 0) {
        if (spare.empty()) std::remove(path.c_str());
        return std::unexpected(error);
    }
    // With a sync for each message a system call saved is not to be seen, and a failing disk is
    // better told by write().
    if (options_.sync == Sync::kInterval) file->Map();
    return OpenSegment{
        std::make_shared<const SegmentFile>(std::move(*file)), sequence, header.seed, {}};
}

void Keeper::MakeNext(std::unique_lock<std::mutex>& lock) {
    auto made = MakeCounted(lock, options_.segment_bytes, false);
    if (made && made->sequence < given_) {
        Drop(made->sequence, made->file->size());
        wake_.notify_all();
    } else if (made) {
        next_ = std::move(*made);
        if (failure_.refusal == Refusal::kDisk) last_error_.clear();
        failure_ = {};
    } else if (made.error() == EDQUOT) {
        failure_ = {Refusal::kFull};
    } else {
        failure_ = {Refusal::kDisk, made.error()};
        last_error_ = fmt::format(
            "no new segment can be made in {}: {}",
            folder_.path().string(),
            std::strerror(made.error())
        );
    }
    ready_.notify_all();
}

bool Keeper::IsDroppable(const Closed& closed, const Mark& mark) const {
    if (held_ || mark.all < released_at_) return false;
    return closed.is_earlier ||
           (closed.last.all <= mark.all && closed.last.exactly_once <= mark.exactly_once);
}

void Keeper::Verify(std::unique_lock<std::mutex>& lock) {
    const Mark mark = *std::exchange(offered_, std::nullopt);
    const bool is_due = std::ranges::any_of(closed_, [&](const Closed& closed) {
        return IsDroppable(closed, mark);
    });
    const Time now = clock_.Now();
    if (!is_due && verified_at_ <= now && now < verified_at_ + kVerifyEvery) return;
    lock.unlock();
    const auto saved = ReadSavedDatabase(options_.database);
    // Mosquitto does not sync the folder: after a loss of power the old name could be back.
    const int error = saved ? SyncFolder(options_.database.parent_path()) : 0;
    lock.lock();
    if (!saved || error != 0) {
        last_error_ = saved ? fmt::format(
                                  "the folder of {} cannot be synced: {}",
                                  options_.database.string(),
                                  std::strerror(error)
                              )
                            : saved.error().message;
        return;
    }
    if (failure_.refusal != Refusal::kDisk) last_error_.clear();
    verified_ = mark;
    verified_at_ = now;
    is_news_ = true;
    DropCovered(mark);
}

void Keeper::DropCovered(const Mark& mark) {
    std::erase_if(closed_, [&](const Closed& closed) {
        const bool is_covered = IsDroppable(closed, mark);
        if (is_covered) Drop(closed.sequence, closed.bytes);
        return is_covered;
    });
}

void Keeper::Drop(uint64_t sequence, uint64_t bytes) {
    const std::filesystem::path path = folder_.SegmentFor(sequence);
    if (bytes == options_.segment_bytes && spares_.size() < kKeptSpares) {
        const std::filesystem::path spare = folder_.SpareFor(sequence);
        if (rename(path.c_str(), spare.c_str()) == 0) spares_.push_back({spare, sequence, bytes});
    } else if (std::remove(path.c_str()) == 0) {
        bytes_ -= bytes;
    }
}

void Keeper::DropAll() {
    const std::scoped_lock lock(mutex_);
    if (const auto segments = ListSegments(folder_.path())) {
        for (const SegmentPath& segment : *segments) Drop(segment.sequence, segment.bytes);
    }
    closed_.clear();
}

Keeper::State Keeper::Describe() const {
    const std::scoped_lock lock(mutex_);
    State state;
    for (const Closed& closed : closed_) state.segment_bytes += closed.bytes;
    state.verified = verified_.value_or(Mark{});
    state.last_error = last_error_;
    return state;
}

void Keeper::SetError(std::string_view error) noexcept {
    const std::scoped_lock lock(mutex_);
    try {
        last_error_ = error;
    } catch (...) {
        last_error_.clear();
    }
}

}  // namespace tilth::broker_plugin
