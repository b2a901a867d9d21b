#include "backend/mongodb/stream_store.h"

#include "backend/mongodb/archive_list.h"
#include "backend/mongodb/collections.h"
#include "backend/mongodb/connection.h"
#include "backend/mongodb/stream_reader.h"
#include "backend/mongodb/writer_list.h"
#include "store/lab_id.h"

#include <algorithm>

namespace tilth::mongodb {
namespace {

class MongodbStreamStore final : public ArchivableStore {
  public:
    MongodbStreamStore(
        std::unique_ptr<Connection> connection, std::string lab_id, const Clock* clock
    )
        : connection_(std::move(connection)),
          lab_id_(std::move(lab_id)),
          writers_(*connection_, clock == nullptr ? system_clock_ : *clock) {}

    std::string LabId() const override { return lab_id_; }
    Result<WriterId> OpenWriter(std::string_view name) override { return writers_.Open(name); }
    Status EndWriter(WriterId writer) override {
        TILTH_TRY(const std::shared_ptr<StreamWriter> found, writers_.Get(writer));
        return found->End();
    }
    Result<AppendOutcome> Append(std::span<const RawRecordView> records) override;
    Result<std::vector<WriterInfo>> Writers() override;
    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit) override {
        return ReadRecords(*connection_, request, visit);
    }
    Result<RawRecord> Get(WriterId writer, Sequence sequence) override {
        return GetRecord(*connection_, writer, sequence);
    }
    Result<RawRecord> GetById(std::string_view id) override {
        return GetRecordById(*connection_, id);
    }
    Result<std::vector<RawRecord>> Find(const FindRequest& request) override {
        return FindRecords(*connection_, request);
    }
    Result<StreamStatistics> Statistics() override;
    Result<std::vector<std::string>> CheckIntegrity() override {
        TILTH_TRY(const std::vector<WriterEntry> writers, writers_.All());
        return CheckRecords(*connection_, writers);
    }

    Result<std::vector<ArchivedRange>> Archived() override { return ReadArchived(*connection_); }
    Status AddArchived(const ArchivedRange& range) override;
    Status RemoveArchived(const std::string& file) override;
    Status MarkDeleted(const std::string& file) override;

  private:
    const SystemClock system_clock_;
    const std::unique_ptr<Connection> connection_;
    const std::string lab_id_;
    WriterList writers_;
};

Result<AppendOutcome> MongodbStreamStore::Append(std::span<const RawRecordView> records) {
    if (records.empty()) return AppendOutcome{};
    const WriterId id = records.front().writer;
    Result<std::shared_ptr<StreamWriter>> writer = writers_.Get(id);
    if (!writer && writer.error().fault == Fault::kNotFound) {
        return Fail(Fault::kBadInput, "record 0 names writer {}, which was not opened", Raw(id));
    }
    if (!writer) return std::unexpected(writer.error());
    return (*writer)->Append(records);
}

Result<std::vector<WriterInfo>> MongodbStreamStore::Writers() {
    TILTH_TRY(std::vector<WriterEntry> entries, writers_.All());
    std::vector<WriterInfo> infos;
    infos.reserve(entries.size());
    for (WriterEntry& entry : entries) infos.push_back(std::move(entry.info));
    return infos;
}

Result<StreamStatistics> MongodbStreamStore::Statistics() {
    StreamStatistics statistics;
    TILTH_TRY(const std::vector<WriterEntry> entries, writers_.All());
    for (const WriterEntry& entry : entries) {
        statistics.records += entry.records;
        statistics.payload_bytes += entry.payload_bytes;
    }
    Document command;
    command.Int32("dbStats", 1);
    Document sizes;
    TILTH_CHECK(connection_->Command(command, sizes.get()));
    statistics.disk_bytes = static_cast<uint64_t>(
        IntIn(*sizes.get(), "storageSize").value_or(0) +
        IntIn(*sizes.get(), "indexSize").value_or(0)
    );
    return statistics;
}

Status MongodbStreamStore::AddArchived(const ArchivedRange& range) {
    TILTH_TRY(const std::vector<WriterEntry> entries, writers_.All());
    const auto entry = std::ranges::find(entries, range.writer, [](const WriterEntry& writer) {
        return writer.info.id;
    });
    const Sequence highest = entry == entries.end() ? 0 : entry->info.highest;
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
    // Once records are gone, its counts cannot be found by looking at them.
    TILTH_CHECK(writers_.Settle(*entry));
    return mongodb::AddArchived(*connection_, range);
}

Status MongodbStreamStore::RemoveArchived(const std::string& file) {
    TILTH_TRY(const ArchivedRange range, FindArchived(*connection_, file));
    if (range.state != ArchiveState::kCopied) return {};
    TILTH_CHECK(RemoveRecords(*connection_, range));
    return SetArchiveState(*connection_, file, ArchiveState::kMoved);
}

Status MongodbStreamStore::MarkDeleted(const std::string& file) {
    TILTH_TRY(const ArchivedRange range, FindArchived(*connection_, file));
    if (range.state == ArchiveState::kCopied) {
        return Fail(
            Fault::kConflict, "the records of {} have not been removed from the store yet", file
        );
    }
    return SetArchiveState(*connection_, file, ArchiveState::kDeleted);
}

}  // namespace

Result<std::unique_ptr<ArchivableStore>> OpenStreamStore(const StreamOptions& options) {
    TILTH_CHECK(CheckLabId(options.lab_id));
    TILTH_TRY(
        std::unique_ptr<Connection> connection,
        Connection::Open(
            {.url = options.url,
             .password = options.password,
             .ca_file = options.ca_file,
             .observer = options.observer,
             .metrics = options.metrics}
        )
    );
    TILTH_TRY(std::string lab_id, CreateOrCheckLab(*connection, options.lab_id));
    TILTH_CHECK(CheckSameLab(lab_id, options.lab_id, connection->address()));
    return std::make_unique<MongodbStreamStore>(
        std::move(connection), std::move(lab_id), options.clock
    );
}

}  // namespace tilth::mongodb
