#include "backend/sqlite/stream_reader.h"

#include "backend/sqlite/record_row.h"

#include <algorithm>

namespace tilth::sqlite {
namespace {

constexpr size_t kIdleReaders = 4;

Result<RawRecord> OnlyRow(Statement& statement, std::string_view what) {
    TILTH_TRY(const bool found, statement.Step());
    if (!found) return Fail(Fault::kNotFound, "the stream has no record {}", what);
    return RawRecord(RecordOf(statement));
}

}  // namespace

Result<std::unique_ptr<StreamReader>> StreamReader::Open(const std::string& path) {
    std::unique_ptr<StreamReader> reader(new StreamReader);
    TILTH_TRY(reader->connection_, Connection::Open(path, Access::kReadOnly));
    const auto select = [&](std::string_view rest) {
        return reader->connection_.Prepare(
            fmt::format("SELECT {} FROM record WHERE {}", kRecordColumns, rest)
        );
    };
    TILTH_TRY(reader->read_, select("place > ?1 AND place <= ?2 ORDER BY place"));
    TILTH_TRY(reader->get_, select("place = ?1"));
    TILTH_TRY(reader->get_by_id_, select("id = ?1"));
    TILTH_TRY(
        reader->next_time_,
        reader->connection_.Prepare("SELECT place, received_at FROM record"
                                    " WHERE place >= ?1 AND place <= ?2 ORDER BY place LIMIT 1")
    );
    return reader;
}

Result<Sequence> StreamReader::Read(const ReadRequest& request, const RecordVisitor& visit) {
    const Sequence up_to = std::min(request.up_to, kHighestSequence);
    const bool every_partition = request.partitions.all();
    if (request.after >= up_to || request.partitions.none()) return request.up_to;
    if (request.limit == 0) return request.after;
    read_.Bind(0, PlaceOf(request.writer, request.after));
    read_.Bind(1, PlaceOf(request.writer, up_to));
    const ResetAtEnd reset(read_);
    size_t visited = 0;
    while (true) {
        TILTH_TRY(const bool found, read_.Step());
        if (!found) return request.up_to;
        if (!every_partition && !request.partitions.test(static_cast<size_t>(read_.Int(1))))
            continue;
        const RawRecordView record = RecordOf(read_);
        if (!visit(record) || ++visited == request.limit) return record.sequence;
    }
}

Result<RawRecord> StreamReader::Get(WriterId writer, Sequence sequence) {
    const std::string what = fmt::format("{} of writer {}", sequence, Raw(writer));
    if (sequence > kHighestSequence || Raw(writer) > kHighestWriter || Raw(writer) < 0) {
        return Fail(Fault::kNotFound, "the stream has no record {}", what);
    }
    get_.Bind(0, PlaceOf(writer, sequence));
    const ResetAtEnd reset(get_);
    return OnlyRow(get_, what);
}

Result<RawRecord> StreamReader::GetById(std::string_view id) {
    get_by_id_.Bind(0, id);
    const ResetAtEnd reset(get_by_id_);
    return OnlyRow(get_by_id_, "with that message id");
}

Result<Sequence> StreamReader::FirstSequenceFrom(WriterId writer, Time time) {
    const ResetAtEnd reset(next_time_);
    Sequence low = 0;
    Sequence high = kHighestSequence + 1;
    while (low < high) {
        const Sequence middle = low + (high - low) / 2;
        next_time_.Reset();
        next_time_.Bind(0, PlaceOf(writer, middle));
        next_time_.Bind(1, PlaceOf(writer, kHighestSequence));
        TILTH_TRY(const bool found, next_time_.Step());
        if (!found || FromMicros(next_time_.Int(1)) >= time) {
            high = middle;
        } else {
            low = SequenceOf(next_time_.Int(0)) + 1;
        }
    }
    return low;
}

Result<std::vector<RawRecord>> StreamReader::Find(WriterId writer, const FindRequest& request) {
    TILTH_TRY(const Sequence first, FirstSequenceFrom(writer, request.received.from));
    TILTH_TRY(const Sequence end, FirstSequenceFrom(writer, request.received.to));
    std::vector<RawRecord> found;
    if (first >= end) return found;
    std::string where = "place >= ?1 AND place <= ?2";
    // A literal kind, so that SQLite sees that the index of rare kinds applies.
    if (request.kind) where += fmt::format(" AND kind = {}", static_cast<int>(*request.kind));
    if (!request.device.empty()) where += " AND device = ?3";
    TILTH_TRY(
        Statement select,
        connection_.Prepare(
            fmt::format("SELECT {} FROM record WHERE {} ORDER BY place DESC", kRecordColumns, where)
        )
    );
    select.Bind(0, PlaceOf(writer, first));
    select.Bind(1, PlaceOf(writer, end - 1));
    if (!request.device.empty()) select.Bind(2, request.device);
    while (found.size() < request.limit) {
        TILTH_TRY(const bool row, select.Step());
        if (!row) break;
        found.emplace_back(RecordOf(select));
    }
    return found;
}

Result<std::vector<std::string>> StreamReader::CheckIntegrity() {
    TILTH_TRY(Statement check, connection_.Prepare("PRAGMA integrity_check"));
    std::vector<std::string> problems;
    while (true) {
        TILTH_TRY(const bool row, check.Step());
        if (!row) return problems;
        if (check.Bytes(0) != "ok") problems.emplace_back(check.Bytes(0));
    }
}

Result<std::unique_ptr<StreamReader>> StreamReaderPool::Take() {
    std::unique_ptr<StreamReader> reader;
    idle_.With([&](auto& idle) {
        if (idle.empty()) return;
        reader = std::move(idle.back());
        idle.pop_back();
    });
    if (reader) return reader;
    return StreamReader::Open(path_);
}

void StreamReaderPool::Return(std::unique_ptr<StreamReader> reader) {
    idle_.With([&](auto& idle) {
        if (idle.size() < kIdleReaders) idle.push_back(std::move(reader));
    });
}

}  // namespace tilth::sqlite
