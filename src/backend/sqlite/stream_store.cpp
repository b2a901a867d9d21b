#include "backend/sqlite/stream_store.h"

#include "backend/sqlite/archive_list.h"
#include "backend/sqlite/record_row.h"
#include "backend/sqlite/stream_reader.h"
#include "backend/sqlite/transaction.h"
#include "backend/sqlite/writer_states.h"
#include "base/guarded.h"
#include "store/lab_id.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <thread>

namespace tilth::sqlite {
namespace {

class SqliteStreamStore final : public ArchivableStore {
  public:
    SqliteStreamStore(std::string path, const Clock* clock)
        : path_(std::move(path)),
          clock_(clock == nullptr ? &system_clock_ : clock),
          readers_(path_) {}

    /// `lab_id` as StreamOptions::lab_id.
    Status Open(const std::string& lab_id);

    std::string LabId() const override { return lab_id_; }
    Result<WriterId> OpenWriter(std::string_view name) override;
    Status EndWriter(WriterId writer) override;
    Result<AppendOutcome> Append(std::span<const RawRecordView> records) override;
    Result<std::vector<WriterInfo>> Writers() override;
    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override {
        return readers_.With([&](StreamReader& reader) { return reader.Read(request, visit); });
    }
    Result<RawRecord> Get(WriterId writer, Sequence sequence) override {
        return readers_.With([&](StreamReader& reader) { return reader.Get(writer, sequence); });
    }
    Result<RawRecord> GetById(std::string_view id) override {
        return readers_.With([&](StreamReader& reader) { return reader.GetById(id); });
    }
    Result<std::vector<RawRecord>> Find(const FindRequest& request) override;
    Result<StreamStatistics> Statistics() override;
    Result<std::vector<std::string>> CheckIntegrity() override {
        return readers_.With([](StreamReader& reader) { return reader.CheckIntegrity(); });
    }

    Result<std::vector<ArchivedRange>> Archived() override {
        const std::scoped_lock lock(writing_);
        return ReadArchived(connection_);
    }
    Status AddArchived(const ArchivedRange& range) override;
    Status RemoveArchived(const std::string& file) override;
    Status MarkDeleted(const std::string& file) override;

  private:
    Status PrepareStatements();
    WriterInfo InfoOf(WriterId writer) const;
    Result<AppendOutcome> InsertBatch(std::span<const RawRecordView> records, WriterState& change);
    Status CountInWriter(const WriterState& change);

    std::string path_;
    SystemClock system_clock_;
    const Clock* clock_;
    std::string lab_id_;

    std::mutex writing_;  ///< Held by the thread that uses the connection and statements below.
    Connection connection_;
    Statement insert_;
    Statement count_;

    Guarded<WriterStates>
        writers_;  ///< As committed; taken inside `writing_`, never the other way.
    StreamReaderPool readers_;
};

Status SqliteStreamStore::Open(const std::string& lab_id) {
    TILTH_CHECK(CheckLabId(lab_id));
    TILTH_TRY(connection_, Connection::Open(path_, Access::kReadWrite));
    TILTH_CHECK(ConfigureWriter(connection_));
    TILTH_CHECK(CreateOrCheckSchema(connection_, path_, lab_id));
    TILTH_TRY(Statement lab, connection_.Prepare("SELECT value FROM lab WHERE name = 'id'"));
    TILTH_TRY(const bool found, lab.Step());
    if (!found) return Fail(Fault::kCorrupt, "{}: the file has no lab id", path_);
    lab_id_ = lab.Bytes(0);
    TILTH_CHECK(CheckSameLab(lab_id_, lab_id, path_));
    TILTH_CHECK(PrepareStatements());
    TILTH_TRY(WriterStates loaded, LoadWriters(connection_));
    writers_.With([&](WriterStates& writers) { writers = std::move(loaded); });
    return {};
}

/// Without an id where the writer was not opened.
WriterInfo SqliteStreamStore::InfoOf(WriterId writer) const {
    return writers_.With([&](const WriterStates& writers) {
        const auto at = writers.find(writer);
        return at == writers.end() ? WriterInfo{} : at->second.info;
    });
}

Status SqliteStreamStore::PrepareStatements() {
    TILTH_TRY(
        insert_,
        connection_.Prepare(fmt::format(
            "INSERT OR IGNORE INTO record ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            kRecordColumns
        ))
    );
    TILTH_TRY(
        count_,
        connection_.Prepare("UPDATE writer SET records = records + ?2,"
                            " payload_bytes = payload_bytes + ?3 WHERE id = ?1")
    );
    return {};
}

Result<WriterId> SqliteStreamStore::OpenWriter(std::string_view name) {
    const std::scoped_lock lock(writing_);
    TILTH_TRY(
        const int64_t id, connection_.QueryInt("SELECT coalesce(max(id), 0) + 1 FROM writer")
    );
    if (id > kHighestWriter)
        return Fail(Fault::kRefused, "{}: no number is left for a writer", path_);
    const Time now = clock_->Now();
    TILTH_TRY(
        Statement insert,
        connection_.Prepare("INSERT INTO writer (id, name, opened_at) VALUES (?1, ?2, ?3)")
    );
    insert.Bind(0, id);
    insert.Bind(1, name);
    insert.Bind(2, ToMicros(now));
    TILTH_CHECK(insert.Step());
    WriterState state;
    state.info = {.id = WriterId{id}, .name = std::string(name), .opened_at = now};
    writers_.With([&](WriterStates& writers) { writers.emplace(WriterId{id}, std::move(state)); });
    return WriterId{id};
}

Status SqliteStreamStore::EndWriter(WriterId writer) {
    const std::scoped_lock lock(writing_);
    const bool known =
        writers_.With([&](WriterStates& writers) { return writers.contains(writer); });
    if (!known) return Fail(Fault::kNotFound, "the stream has no writer {}", Raw(writer));
    TILTH_TRY(Statement update, connection_.Prepare("UPDATE writer SET ended = 1 WHERE id = ?1"));
    update.Bind(0, Raw(writer));
    TILTH_CHECK(update.Step());
    writers_.With([&](WriterStates& writers) { writers.at(writer).info.ended = true; });
    return {};
}

Result<AppendOutcome> SqliteStreamStore::InsertBatch(
    std::span<const RawRecordView> records, WriterState& change
) {
    AppendOutcome outcome;
    for (size_t i = 0; i < records.size(); ++i) {
        BindRecord(insert_, records[i]);
        const ResetAtEnd reset(insert_);
        if (auto step = insert_.Step(); !step) {
            step.error().message = fmt::format("record {}: {}", i, step.error().message);
            return std::unexpected(std::move(step.error()));
        }
        if (connection_.ChangedRows() == 0) {
            outcome.was_there.resize(records.size());
            outcome.was_there[i] = true;
            ++outcome.duplicates;
            continue;
        }
        ++outcome.stored;
        ++change.records;
        change.payload_bytes += records[i].payload.size();
        change.info.highest = records[i].sequence;
    }
    return outcome;
}

Status SqliteStreamStore::CountInWriter(const WriterState& change) {
    count_.Bind(0, Raw(change.info.id));
    count_.Bind(1, static_cast<int64_t>(change.records));
    count_.Bind(2, static_cast<int64_t>(change.payload_bytes));
    const ResetAtEnd reset(count_);
    TILTH_CHECK(count_.Step());
    return {};
}

Result<AppendOutcome> SqliteStreamStore::Append(std::span<const RawRecordView> records) {
    if (records.empty()) return AppendOutcome{};
    const std::scoped_lock lock(writing_);
    TILTH_CHECK(CheckBatch(records, InfoOf(records.front().writer)));
    WriterState change;
    change.info.id = records.front().writer;
    Transaction transaction(connection_);
    TILTH_CHECK(transaction.Begin());
    TILTH_TRY(AppendOutcome outcome, InsertBatch(records, change));
    if (outcome.stored == 0) return outcome;
    TILTH_CHECK(CountInWriter(change));
    TILTH_CHECK(transaction.Commit());
    writers_.With([&](WriterStates& writers) {
        WriterState& state = writers.at(change.info.id);
        state.info.highest = change.info.highest;
        state.records += change.records;
        state.payload_bytes += change.payload_bytes;
    });
    return outcome;
}

Result<std::vector<WriterInfo>> SqliteStreamStore::Writers() {
    std::vector<WriterInfo> infos;
    writers_.With([&](WriterStates& writers) {
        infos.reserve(writers.size());
        for (const auto& [id, state] : writers) infos.push_back(state.info);
    });
    return infos;
}

Result<std::vector<RawRecord>> SqliteStreamStore::Find(const FindRequest& request) {
    TILTH_TRY(const std::vector<WriterInfo> writers, Writers());
    std::vector<RawRecord> found;
    for (const WriterInfo& writer : writers) {
        if (writer.highest == 0) continue;
        TILTH_TRY(std::vector<RawRecord> some, readers_.With([&](StreamReader& reader) {
            return reader.Find(writer.id, request);
        }));
        std::ranges::move(some, std::back_inserter(found));
        std::ranges::stable_sort(found, std::greater{}, &RawRecord::received_at);
        if (found.size() > request.limit) found.resize(request.limit);
    }
    return found;
}

Result<StreamStatistics> SqliteStreamStore::Statistics() {
    StreamStatistics statistics;
    writers_.With([&](WriterStates& writers) {
        for (const auto& [id, state] : writers) {
            statistics.records += state.records;
            statistics.payload_bytes += state.payload_bytes;
        }
    });
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::error_code absent;
        const auto size = std::filesystem::file_size(path_ + suffix, absent);
        if (!absent) statistics.disk_bytes += size;
    }
    return statistics;
}

Status SqliteStreamStore::AddArchived(const ArchivedRange& range) {
    const std::scoped_lock lock(writing_);
    const Sequence highest = InfoOf(range.writer).highest;
    if (range.first == 0 || range.last < range.first || range.last >= highest) {
        return Fail(
            Fault::kBadInput,
            "records {} to {} of writer {}, which has come to {}, cannot be archived",
            range.first,
            range.last,
            Raw(range.writer),
            highest
        );
    }
    return sqlite::AddArchived(connection_, range);
}

/// Bit by bit, so that a router waits for a few thousand rows at most.
Status SqliteStreamStore::RemoveArchived(const std::string& file) {
    const auto with_connection = [this](auto&& use) {
        const std::scoped_lock lock(writing_);
        return use();
    };
    TILTH_TRY(const ArchivedRange range, with_connection([&] {
                  return FindArchived(connection_, file);
              }));
    if (range.state != ArchiveState::kCopied) return {};
    for (bool has_more = true; has_more;) {
        TILTH_TRY(has_more, with_connection([&] { return RemoveSomeRecords(connection_, range); }));
        std::this_thread::yield();
    }
    return with_connection([&] { return SetArchiveState(connection_, file, ArchiveState::kMoved); }
    );
}

Status SqliteStreamStore::MarkDeleted(const std::string& file) {
    const std::scoped_lock lock(writing_);
    TILTH_TRY(const ArchivedRange range, FindArchived(connection_, file));
    if (range.state == ArchiveState::kCopied) {
        return Fail(
            Fault::kConflict, "the records of {} have not been removed from the store yet", file
        );
    }
    return SetArchiveState(connection_, file, ArchiveState::kDeleted);
}

}  // namespace

Result<std::unique_ptr<ArchivableStore>> OpenStreamStore(
    const std::string& path, const StreamOptions& options
) {
    auto store = std::make_unique<SqliteStreamStore>(path, options.clock);
    TILTH_CHECK(store->Open(options.lab_id));
    return store;
}

}  // namespace tilth::sqlite
