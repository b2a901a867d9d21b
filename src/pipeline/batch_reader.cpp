#include "pipeline/batch_reader.h"

#include <algorithm>

namespace tilth::pipeline {

Result<Batch> BatchReader::Next(const StepLimits& limits, bool is_live) {
    if (!ahead_.valid()) return Read(limits, is_live);
    Result<Batch> batch = ahead_.get();
    if (batch) batch->report.caught_up = false;
    return batch;
}

void BatchReader::Judged(Batch& batch, const StepLimits& limits) {
    batch.dead_letters = intake_.TakeDeadLetters();
    batch.manual_flags = intake_.TakeManualFlags();
    cursor_.Advance();
    if (!batch.has_more) return;
    ahead_ = std::async(std::launch::async, [this, limits, is_live = batch.is_live] {
        return Read(limits, is_live);
    });
}

void BatchReader::Wait() const {
    if (ahead_.valid()) ahead_.wait();
}

Result<Batch> BatchReader::Read(const StepLimits& limits, bool is_live) {
    Batch batch(is_live);
    StepReport& report = batch.report;
    intake_.Clear();
    const auto room = [&]() -> size_t {
        if (intake_.readings() >= limits.readings || report.records >= limits.records) return 0;
        return limits.records - report.records;
    };
    const auto visit = [&](const RawRecordView& record) {
        const size_t readings = intake_.readings();
        const size_t letters = intake_.dead_letters().size();
        intake_.Take(record);
        batch.log.Took(
            record,
            intake_.readings() - readings,
            std::span(intake_.dead_letters()).subspan(letters)
        );
        ++report.records;
        return intake_.readings() < limits.readings;
    };
    TILTH_CHECK(cursor_.Read(stream_, visit, room));
    report.readings = intake_.readings();
    report.caught_up = cursor_.caught_up();
    batch.has_more = !report.caught_up;
    batch.moves = cursor_.moves();
    return batch;
}

}  // namespace tilth::pipeline
