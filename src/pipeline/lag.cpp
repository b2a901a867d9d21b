#include "pipeline/lag.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

using Cursors = std::map<WriterId, std::vector<Sequence>>;

Result<Cursors> ActiveCursors(ProcessedStore& processed) {
    TILTH_TRY(const std::vector<Generation> generations, processed.Generations());
    const auto active =
        std::ranges::find(generations, GenerationState::kActive, &Generation::state);
    if (active == generations.end()) return Cursors{};
    return processed.Cursors(active->id);
}

Result<std::optional<Time>> ReceivedNext(
    StreamStore& stream, const WriterInfo& writer, const PartitionSet& partitions, Sequence after
) {
    std::optional<Time> received;
    const ReadRequest request{writer.id, partitions, after, writer.highest, 1};
    TILTH_TRY(
        [[maybe_unused]] const Sequence covered,
        stream.Read(
            request,
            [&](const RawRecordView& record) {
                received = record.received_at;
                return false;
            }
        )
    );
    return received;
}

}  // namespace

Result<Lag> MeasureLag(StreamStore& stream, ProcessedStore& processed) {
    // In this order: what is processed in between makes the lag smaller, never negative.
    TILTH_TRY(const std::vector<WriterInfo> writers, stream.Writers());
    TILTH_TRY(const Cursors cursors, ActiveCursors(processed));
    Lag lag;
    for (const WriterInfo& writer : writers) {
        const auto found = cursors.find(writer.id);
        std::map<Sequence, PartitionSet> behind;
        for (size_t partition = 0; partition < kPartitions; ++partition) {
            const Sequence at = found == cursors.end() ? 0 : found->second[partition];
            if (at >= writer.highest) continue;
            lag.records[partition] += writer.highest - at;
            behind[at].set(partition);
        }
        for (const auto& [after, partitions] : behind) {
            TILTH_TRY(
                const std::optional<Time> next, ReceivedNext(stream, writer, partitions, after)
            );
            if (next) lag.oldest = std::min(lag.oldest.value_or(*next), *next);
        }
    }
    lag.most = std::ranges::max(lag.records);
    return lag;
}

}  // namespace tilth::pipeline
