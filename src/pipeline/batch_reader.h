// What a step reads of the stream: now, or ahead of its turn, on a thread of its own, while the
// store writes the step before. Only the stream is read ahead: what is stored is asked for inside
// the step's transaction, under its locks.
#pragma once

#include "pipeline/intake.h"
#include "pipeline/message_log.h"
#include "pipeline/processor.h"
#include "pipeline/stream_cursor.h"

#include <future>
#include <vector>

namespace tilth::pipeline {

/// Beside the readings, which are in the intake until the batch is Judged.
struct Batch {
    /// As StepLog.
    explicit Batch(bool live) : is_live(live), log(live) {}

    bool is_live;
    StepLog log;
    StepReport report;  ///< Of the step, as far as it is done.
    std::vector<CursorMove> moves;
    bool has_more = false;  ///< There was more to read.
    // Of the intake, once it is Judged:
    std::vector<DeadLetter> dead_letters;
    std::vector<ManualFlag> manual_flags;
};

/// Not thread-safe; from Judged to Wait neither the intake nor the cursor may be touched.
class BatchReader {
  public:
    /// All outlive the reader. Waits for what it reads when it is destroyed.
    BatchReader(StreamStore& stream, StreamCursor& cursor, Intake& intake)
        : stream_(stream), cursor_(cursor), intake_(intake) {}

    /// The batch that was read ahead, or else what can be read now. One that was read ahead never
    /// says that it caught up: more may have come since. `is_live` as StepLog.
    Result<Batch> Next(const StepLimits& limits, bool is_live);
    /// The readings of the batch are needed no longer: moves the cursor past it, and begins to read
    /// ahead where there was more.
    void Judged(Batch& batch, const StepLimits& limits);
    /// Until nothing is read any more; what went wrong is Next's answer.
    void Wait() const;

  private:
    Result<Batch> Read(const StepLimits& limits, bool is_live);

    StreamStore& stream_;
    StreamCursor& cursor_;
    Intake& intake_;
    std::future<Result<Batch>> ahead_;  ///< Not valid: nothing is read ahead.
};

}  // namespace tilth::pipeline
