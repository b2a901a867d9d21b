#include "backend/mongodb/stream_store.h"

#include "backend/mongodb/collections.h"
#include "backend/mongodb/connection.h"
#include "backend/mongodb/stream_reader.h"
#include "backend/mongodb/writer_list.h"

namespace tilth::mongodb {
namespace {

class MongodbStreamStore final : public StreamStore {
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

}  // namespace

Result<std::unique_ptr<StreamStore>> OpenStreamStore(const StreamOptions& options) {
    TILTH_TRY(
        std::unique_ptr<Connection> connection,
        Connection::Open(
            {.url = options.url,
             .password = options.password,
             .ca_file = options.ca_file,
             .observer = options.observer}
        )
    );
    TILTH_TRY(std::string lab_id, CreateOrCheckLab(*connection));
    return std::make_unique<MongodbStreamStore>(
        std::move(connection), std::move(lab_id), options.clock
    );
}

}  // namespace tilth::mongodb
