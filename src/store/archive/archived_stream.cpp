#include "store/archive/archived_stream.h"

#include <algorithm>

namespace tilth::archive {
namespace {

/// Between two looks at the list while records of the store are read.
constexpr size_t kReadAtOnce = 10'000;

/// For how long what a list says of the store is true, whatever another process does meanwhile.
class Trust {
  public:
    explicit Trust(const ArchiveOptions& options) : options_(options) {}

    /// Of what was read since this was made.
    Status Check() const {
        const auto took = std::chrono::steady_clock::now() - start_;
        if (options_.settle.count() == 0 || took + options_.look_again < options_.settle) return {};
        return Fail(
            Fault::kUnavailable,
            "reading the stream took {} s, in which records may have been archived; it is to be "
            "read again",
            std::chrono::duration_cast<std::chrono::seconds>(took).count()
        );
    }

  private:
    const ArchiveOptions& options_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::unexpected<Error> Deleted(const ArchivedRange& range, Sequence sequence) {
    return Fail(
        Fault::kNotFound,
        "record {} of writer {} was deleted with the archive file {}; tilth archive list says why",
        sequence,
        Raw(range.writer),
        range.file
    );
}

}  // namespace

ArchivedStream::ArchivedStream(std::unique_ptr<ArchivableStore> store, ArchiveOptions options)
    : store_(std::move(store)),
      options_(std::move(options)),
      files_(options_.folder, store_->LabId()),
      book_(*store_, options_.look_again) {}

Result<std::unique_ptr<ArchivedStream>> ArchivedStream::Open(
    std::unique_ptr<ArchivableStore> store, ArchiveOptions options
) {
    std::unique_ptr<ArchivedStream> stream(new ArchivedStream(std::move(store), std::move(options))
    );
    TILTH_CHECK(stream->book_.Refresh());
    return stream;
}

// ------------------------------------------------------------ writing

Result<bool> ArchivedStream::IsArchived(const RangeList& list, std::string_view id) {
    for (const ArchivedRange* range : list.MayHaveId(id)) {
        TILTH_TRY(const std::shared_ptr<const FileReader> file, files_.Open(*range));
        TILTH_TRY(const std::optional<Sequence> found, file->FindId(id));
        if (found) return true;
    }
    return false;
}

Result<AppendOutcome> ArchivedStream::Append(std::span<const RawRecordView> records) {
    // Held until the store has answered: no id leaves the store in between.
    TILTH_TRY(const RangeListPtr list, book_.Get());
    std::vector<bool> was_there;
    for (size_t i = 0; i < records.size(); ++i) {
        TILTH_TRY(const bool is_archived, IsArchived(*list, records[i].id));
        if (!is_archived) continue;
        was_there.resize(records.size());
        was_there[i] = true;
    }
    if (was_there.empty()) return store_->Append(records);
    return AppendOthers(records, std::move(was_there));
}

/// Those that are in no file; what is counts as stored.
Result<AppendOutcome> ArchivedStream::AppendOthers(
    std::span<const RawRecordView> records, std::vector<bool> was_there
) {
    std::vector<RawRecordView> others;
    for (size_t i = 0; i < records.size(); ++i) {
        if (!was_there[i]) others.push_back(records[i]);
    }
    TILTH_TRY(AppendOutcome outcome, store_->Append(others));
    outcome.duplicates += records.size() - others.size();
    for (size_t i = 0, other = 0; i < records.size(); ++i) {
        if (was_there[i]) continue;
        was_there[i] = !outcome.was_there.empty() && outcome.was_there[other];
        ++other;
    }
    outcome.was_there = std::move(was_there);
    return outcome;
}

// ------------------------------------------------------------ reading

Result<std::optional<Sequence>> ArchivedStream::ReadArchived(
    const ArchivedRange& range, const ReadRequest& request, const RecordVisitor& visit
) {
    if (range.state == ArchiveState::kDeleted) return std::nullopt;
    TILTH_TRY(const std::shared_ptr<const FileReader> file, files_.Open(range));
    return file->Read(request, visit);
}

Result<Sequence> ArchivedStream::Read(const ReadRequest& request, const RecordVisitor& visit) {
    if (request.after >= request.up_to || request.partitions.none()) return request.up_to;
    ReadRequest rest = request;
    bool goes_on = true;
    const auto count = [&](const RawRecordView& record) {
        --rest.limit;
        goes_on = visit(record);
        return goes_on;
    };
    while (rest.after < request.up_to) {
        if (rest.limit == 0 || !goes_on) return rest.after;
        const Trust trust(options_);
        TILTH_TRY(RangeListPtr list, book_.Get());
        const ArchivedRange* range = list->EndingBehind(request.writer, rest.after);
        ReadRequest piece = rest;
        if (range != nullptr && range->first <= rest.after + 1) {
            const ArchivedRange in_file = *range;
            list.reset();  // a file stays as it is: no move need wait for this
            piece.up_to = std::min(request.up_to, in_file.last);
            TILTH_TRY(const std::optional<Sequence> cut, ReadArchived(in_file, piece, count));
            rest.after = cut.value_or(piece.up_to);
            continue;
        }
        if (range != nullptr) piece.up_to = std::min(request.up_to, range->first - 1);
        piece.limit = std::min(rest.limit, kReadAtOnce);
        TILTH_TRY(rest.after, store_->Read(piece, count));
        TILTH_CHECK(trust.Check());
    }
    return rest.after;
}

Result<RawRecord> ArchivedStream::GetArchived(const ArchivedRange& range, Sequence sequence) {
    if (range.state == ArchiveState::kDeleted) return Deleted(range, sequence);
    TILTH_TRY(const std::shared_ptr<const FileReader> file, files_.Open(range));
    return file->Get(sequence);
}

Result<RawRecord> ArchivedStream::Get(WriterId writer, Sequence sequence) {
    TILTH_TRY(const RangeListPtr list, book_.Get());
    const ArchivedRange* range = list->Containing(writer, sequence);
    if (range != nullptr) return GetArchived(*range, sequence);
    const Trust trust(options_);
    Result<RawRecord> record = store_->Get(writer, sequence);
    if (!record) TILTH_CHECK(trust.Check());
    return record;
}

Result<RawRecord> ArchivedStream::GetById(std::string_view id) {
    TILTH_TRY(const RangeListPtr list, book_.Get());
    const Trust trust(options_);
    Result<RawRecord> stored = store_->GetById(id);
    if (!stored) TILTH_CHECK(trust.Check());
    if (stored || stored.error().fault != Fault::kNotFound) return stored;
    for (const ArchivedRange* range : list->MayHaveId(id)) {
        TILTH_TRY(const std::shared_ptr<const FileReader> file, files_.Open(*range));
        TILTH_TRY(const std::optional<Sequence> found, file->FindId(id));
        if (found) return file->Get(*found);
    }
    return stored;
}

/// The newest of the store and of each file; files that are older than all that is wanted are left
/// closed.
Result<std::vector<RawRecord>> ArchivedStream::Find(const FindRequest& request) {
    TILTH_TRY(const RangeListPtr list, book_.Get());
    const Trust trust(options_);
    TILTH_TRY(std::vector<RawRecord> found, store_->Find(request));
    TILTH_CHECK(trust.Check());
    std::erase_if(found, [&list](const RawRecord& record) {
        return list->Containing(record.writer, record.sequence) != nullptr;
    });
    std::vector<const ArchivedRange*> newest_first;
    for (const ArchivedRange& range : list->ranges()) {
        const bool has_kind =
            !request.kind || (range.kinds >> static_cast<unsigned>(*request.kind) & 1) != 0;
        if (has_kind && range.state != ArchiveState::kDeleted &&
            range.received_last >= request.received.from &&
            range.received_first < request.received.to) {
            newest_first.push_back(&range);
        }
    }
    std::ranges::sort(newest_first, std::greater{}, &ArchivedRange::received_last);
    for (const ArchivedRange* range : newest_first) {
        if (found.size() >= request.limit &&
            (found.empty() || found.back().received_at > range->received_last)) {
            break;
        }
        TILTH_TRY(const std::shared_ptr<const FileReader> file, files_.Open(*range));
        TILTH_TRY(std::vector<RawRecord> some, file->Find(request));
        std::ranges::move(some, std::back_inserter(found));
        std::ranges::stable_sort(found, std::greater{}, &RawRecord::received_at);
        if (found.size() > request.limit) found.resize(request.limit);
    }
    return found;
}

/// The store counts what it once had; what was deleted is nowhere.
Result<StreamStatistics> ArchivedStream::Statistics() {
    TILTH_TRY(const RangeListPtr list, book_.Get());
    TILTH_TRY(StreamStatistics statistics, store_->Statistics());
    for (const ArchivedRange& range : list->ranges()) {
        if (range.state == ArchiveState::kDeleted) {
            statistics.records -= std::min(statistics.records, range.records);
            statistics.payload_bytes -= std::min(statistics.payload_bytes, range.payload_bytes);
        } else {
            statistics.disk_bytes += range.file_bytes;
        }
    }
    return statistics;
}

Result<std::vector<std::string>> ArchivedStream::CheckIntegrity() {
    TILTH_TRY(std::vector<std::string> problems, store_->CheckIntegrity());
    TILTH_TRY(const RangeListPtr list, book_.Refresh());
    for (const ArchivedRange& range : list->ranges()) {
        if (const Status status = Verify(range); !status)
            problems.push_back(status.error().message);
    }
    return problems;
}

}  // namespace tilth::archive
