// Moving records out of the store, and deleting what was moved (archived_stream.h).
#include "store/archive/archived_stream.h"

#include <algorithm>

namespace tilth::archive {
namespace {

constexpr size_t kReadAtOnce = 10'000;

/// Where the writer's archived ranges end.
Sequence EndOf(const RangeList& list, WriterId writer) {
    Sequence end = 0;
    for (const ArchivedRange& range : list.ranges()) {
        if (range.writer == writer) end = std::max(end, range.last);
    }
    return end;
}

/// Fills a file from the store. Returns false where there was nothing to put into it.
Result<bool> Fill(FileWriter& file, StreamStore& store, const MoveLimits& limits, Sequence after) {
    ReadRequest request{
        .writer = limits.writer, .after = after, .up_to = limits.up_to, .limit = kReadAtOnce};
    bool goes_on = true;
    Status status;
    while (goes_on && request.after < request.up_to) {
        TILTH_TRY(request.after, store.Read(request, [&](const RawRecordView& record) {
            goes_on = record.received_at < limits.received_before;
            if (!goes_on) return false;
            status = file.Add(record);
            goes_on = status && file.records() < limits.most_records &&
                      file.plain_bytes() < limits.most_bytes;
            return goes_on;
        }));
        TILTH_CHECK(status);
    }
    return file.records() > 0;
}

}  // namespace

Result<Descriptor> ArchivedStream::LockArchive() {
    TILTH_CHECK(MakeFolder(folder()));
    return LockFolder(folder());
}

Status ArchivedStream::RemoveLeftovers() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder(), error)) {
        if (entry.path().extension() == kUnfinished) TILTH_CHECK(RemoveFile(entry.path()));
    }
    if (error) {
        return Fail(
            Fault::kUnavailable, "{}: looking into it: {}", folder().string(), error.message()
        );
    }
    TILTH_TRY(const std::vector<ArchivedRange> ranges, Archived());
    for (const ArchivedRange& range : ranges) {
        if (range.state == ArchiveState::kDeleted && std::filesystem::exists(folder() / range.file))
            TILTH_CHECK(RemoveFile(folder() / range.file));
    }
    return {};
}

Result<std::vector<ArchivedRange>> ArchivedStream::Archived() {
    TILTH_TRY(const RangeListPtr list, book_.Refresh());
    return list->ranges();
}

Status ArchivedStream::Verify(const ArchivedRange& range) {
    if (range.state == ArchiveState::kDeleted) return {};
    files_.Forget(range.file);
    TILTH_TRY(const std::shared_ptr<const FileReader> file, files_.Open(range));
    return file->Verify(range);
}

Result<std::optional<ArchivedRange>> ArchivedStream::CopyOut(const MoveLimits& limits) {
    TILTH_TRY(const std::vector<WriterInfo> writers, store_->Writers());
    const auto writer = std::ranges::find(writers, limits.writer, &WriterInfo::id);
    if (writer == writers.end() || writer->highest < 2) return std::nullopt;
    MoveLimits within = limits;
    within.up_to = std::min(limits.up_to, writer->highest - 1);
    TILTH_TRY(const RangeListPtr list, book_.Refresh());
    const Sequence after = EndOf(*list, limits.writer);
    if (after >= within.up_to) return std::nullopt;
    TILTH_TRY(FileWriter file, FileWriter::Create(folder(), store_->LabId(), limits.writer));
    TILTH_TRY(const bool has_records, Fill(file, *store_, within, after));
    if (!has_records) return std::nullopt;
    Tell("written");
    TILTH_TRY(ArchivedRange range, file.Finish());
    Tell("published");
    range.archived_at = (options_.clock != nullptr ? *options_.clock : system_clock_).Now();
    TILTH_CHECK(store_->AddArchived(range));
    Tell("entered");
    TILTH_CHECK(book_.Refresh());
    return range;
}

Status ArchivedStream::RemoveCopied(const std::function<bool(std::chrono::milliseconds)>& wait) {
    TILTH_TRY(const std::vector<ArchivedRange> ranges, Archived());
    const bool has_any =
        std::ranges::find(ranges, ArchiveState::kCopied, &ArchivedRange::state) != ranges.end();
    if (!has_any) return {};
    book_.WaitForOldReaders();
    if (options_.settle.count() > 0 && !wait(options_.settle)) {
        return Fail(
            Fault::kUnavailable,
            "stopped before the records that are in archive files were removed from the store; the "
            "next move goes on with that"
        );
    }
    for (const ArchivedRange& range : ranges) {
        if (range.state != ArchiveState::kCopied) continue;
        TILTH_CHECK(Verify(range));
        Tell("removing");
        TILTH_CHECK(store_->RemoveArchived(range.file));
        Tell("removed");
    }
    TILTH_CHECK(book_.Refresh());
    return {};
}

Status ArchivedStream::Delete(const ArchivedRange& range) {
    TILTH_CHECK(store_->MarkDeleted(range.file));
    Tell("marked");
    TILTH_CHECK(book_.Refresh());
    book_.WaitForOldReaders();
    files_.Forget(range.file);
    TILTH_CHECK(RemoveFile(folder() / range.file));
    Tell("deleted");
    return {};
}

}  // namespace tilth::archive
