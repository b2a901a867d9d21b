// Stream stores with an archive, for tests.
#pragma once

#include "store/archive/archived_stream.h"
#include "store/conformance/checks.h"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace tilth::archive::testing {

/// Passes the time, as a program does that nobody asks to stop.
inline bool Sleep(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
    return true;
}

/// Moves all that may be moved of a writer, whatever its age.
inline Status MoveAll(ArchivedStream& stream, WriterId writer, uint64_t most_records = 200'000) {
    MoveLimits limits{
        .writer = writer,
        .up_to = INT64_MAX,
        .received_before = Time::max(),
        .most_records = most_records};
    for (bool has_more = true; has_more;) {
        TILTH_TRY(const std::optional<ArchivedRange> moved, stream.CopyOut(limits));
        has_more = moved.has_value();
    }
    return stream.RemoveCopied(Sleep);
}

/// Has what came before in archive files: after every so many batches it moves everything but each
/// writer's last record, `moves` times.
class EagerStream final : public StreamStore {
  public:
    EagerStream(std::unique_ptr<ArchivedStream> stream, int batches, int moves)
        : stream_(std::move(stream)), batches_(batches), moves_left_(moves) {}

    std::string LabId() const override { return stream_->LabId(); }
    Result<WriterId> OpenWriter(std::string_view name) override {
        return stream_->OpenWriter(name);
    }
    Status EndWriter(WriterId writer) override { return stream_->EndWriter(writer); }
    Result<AppendOutcome> Append(std::span<const RawRecordView> records) override {
        TILTH_TRY(AppendOutcome outcome, stream_->Append(records));
        if (!records.empty()) TILTH_CHECK(MoveNowAndThen(records.front().writer));
        return outcome;
    }
    Result<std::vector<WriterInfo>> Writers() override { return stream_->Writers(); }
    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override {
        const bool was_visiting = std::exchange(is_visiting_, true);
        auto covered = stream_->Read(request, visit);
        is_visiting_ = was_visiting;
        return covered;
    }
    Result<RawRecord> Get(WriterId writer, Sequence sequence) override {
        return stream_->Get(writer, sequence);
    }
    Result<RawRecord> GetById(std::string_view id) override { return stream_->GetById(id); }
    Result<std::vector<RawRecord>> Find(const FindRequest& request) override {
        return stream_->Find(request);
    }
    Result<StreamStatistics> Statistics() override { return stream_->Statistics(); }
    Result<std::vector<std::string>> CheckIntegrity() override { return stream_->CheckIntegrity(); }

    /// So that a test can see that something was moved.
    ArchivedStream& stream() { return *stream_; }

  private:
    Status MoveNowAndThen(WriterId writer) {
        const std::scoped_lock lock(moving_);
        // A move waits until all that read have ended.
        if (++appended_ % batches_ != 0 || moves_left_ == 0 || is_visiting_) return {};
        --moves_left_;
        const Status moved = MoveAll(*stream_, writer);
        // Another process was quicker.
        if (!moved && moved.error().fault == Fault::kConflict) return {};
        return moved;
    }

    std::unique_ptr<ArchivedStream> stream_;
    const int batches_;
    std::mutex moving_;
    int appended_ = 0;
    int moves_left_;
    static inline thread_local bool is_visiting_ = false;
};

}  // namespace tilth::archive::testing
