#include "pipeline/copy_stream.h"

#include "base/hash.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

constexpr size_t kMostRecords = 2'000;
constexpr size_t kMostBytes = size_t{8} << 20;

void AddText(DigestStream& digest, std::string_view text) {
    const uint64_t size = text.size();
    digest.Add({reinterpret_cast<const char*>(&size), sizeof size});
    digest.Add(text);
}

void AddRecord(DigestStream& digest, const RawRecordView& record) {
    const int64_t numbers[] = {
        Raw(record.writer),
        static_cast<int64_t>(record.sequence),
        Raw(record.partition),
        static_cast<int64_t>(record.kind),
        record.qos,
        record.retained,
        ToMicros(record.received_at),
    };
    digest.Add({reinterpret_cast<const char*>(numbers), sizeof numbers});
    for (const std::string_view text :
         {record.id, record.topic, record.payload, record.device, record.note}) {
        AddText(digest, text);
    }
}

class Copy {
  public:
    Copy(StreamStore& source, StreamStore& target, bool is_final, const CopyProgress& progress)
        : source_(source), target_(target), is_final_(is_final), progress_(progress) {}

    Result<CopyReport> Run() {
        TILTH_TRY(const std::vector<WriterInfo> writers, source_.Writers());
        for (const WriterInfo& writer : writers) total_ += writer.highest;
        for (const WriterInfo& writer : writers) TILTH_CHECK(CopyWriter(writer));
        TILTH_TRY(report_.digest, Digest(source_, writers, true));
        TILTH_TRY(const std::string other, Digest(target_, writers, false));
        if (report_.digest == other) return report_;
        return Fail(
            Fault::kCorrupt,
            "the copy differs from the source: digest {} against {}; remove it and copy again",
            other,
            report_.digest
        );
    }

  private:
    Status CopyWriter(const WriterInfo& writer) {
        TILTH_TRY(const WriterInfo there, FindOrOpen(writer));
        if (there.highest > writer.highest) {
            return Fail(
                Fault::kConflict,
                "writer {} has {} records in the target and {} in the source: the target is newer",
                Raw(writer.id),
                there.highest,
                writer.highest
            );
        }
        Sequence at = there.highest;
        done_ += at;
        while (at < writer.highest) {
            TILTH_TRY(const Sequence next, CopyBatch(writer, at));
            done_ += next - at;
            at = next;
            if (progress_) progress_(done_, total_);
        }
        if ((writer.ended || is_final_) && !there.ended) return target_.EndWriter(writer.id);
        return {};
    }

    /// The writer of the same number; opening one gives the next number.
    Result<WriterInfo> FindOrOpen(const WriterInfo& writer) {
        TILTH_TRY(const std::vector<WriterInfo> there, target_.Writers());
        const auto found = std::ranges::find(there, writer.id, &WriterInfo::id);
        if (found != there.end()) {
            if (found->name == writer.name) return *found;
        } else {
            TILTH_TRY(const WriterId id, target_.OpenWriter(writer.name));
            if (id == writer.id) return WriterInfo{.id = id, .name = writer.name};
        }
        return Fail(
            Fault::kConflict,
            "writer {} is another one in the target: it holds something else; name an empty store",
            Raw(writer.id)
        );
    }

    Result<Sequence> CopyBatch(const WriterInfo& writer, Sequence after) {
        std::vector<RawRecord> records;
        size_t bytes = 0;
        const ReadRequest request{
            .writer = writer.id, .after = after, .up_to = writer.highest, .limit = kMostRecords};
        TILTH_TRY(const Sequence covered, source_.Read(request, [&](const RawRecordView& record) {
            records.emplace_back(record);
            bytes += record.payload.size();
            return bytes < kMostBytes;
        }));
        std::vector<RawRecordView> views;
        views.reserve(records.size());
        for (const RawRecord& record : records) views.push_back(record.View());
        TILTH_TRY(const AppendOutcome outcome, target_.Append(views));
        report_.copied += outcome.stored;
        if (outcome.duplicates == 0) return covered;
        return Fail(
            Fault::kConflict,
            "{} records of writer {} are in the target under other places; name an empty store",
            outcome.duplicates,
            Raw(writer.id)
        );
    }

    Result<std::string> Digest(
        StreamStore& store, const std::vector<WriterInfo>& writers, bool counts
    ) {
        DigestStream digest;
        for (const WriterInfo& writer : writers) {
            const ReadRequest all{.writer = writer.id, .up_to = writer.highest, .limit = SIZE_MAX};
            TILTH_TRY(
                [[maybe_unused]] const Sequence covered,
                store.Read(
                    all,
                    [&](const RawRecordView& record) {
                        AddRecord(digest, record);
                        if (counts) {
                            ++report_.records;
                            report_.payload_bytes += record.payload.size();
                        }
                        return true;
                    }
                )
            );
        }
        return digest.Hex();
    }

    StreamStore& source_;
    StreamStore& target_;
    const bool is_final_;
    const CopyProgress& progress_;
    CopyReport report_;
    uint64_t done_ = 0;
    uint64_t total_ = 0;
};

}  // namespace

Result<CopyReport> CopyStream(
    StreamStore& source, StreamStore& target, bool is_final, const CopyProgress& progress
) {
    return Copy(source, target, is_final, progress).Run();
}

}  // namespace tilth::pipeline
