#include "backend/mongodb/stream_reader.h"

#include "backend/mongodb/collections.h"
#include "backend/mongodb/record_document.h"

#include <algorithm>
#include <map>

namespace tilth::mongodb {
namespace {

constexpr size_t kLargestBatch = 10'000;
constexpr size_t kMostProblems = 100;
constexpr Sequence kSmallestWindow = 1'024;

/// All kinds there are: named, so that the index by kind and time serves a search for any.
constexpr RecordKind kKinds[] = {
    RecordKind::kMessage,
    RecordKind::kOversized,
    RecordKind::kFileBlock,
    RecordKind::kConfig,
    RecordKind::kManualFlag,
    RecordKind::kFieldNote,
    RecordKind::kHorizon,
};

void SelectPartitions(Document& filter, const PartitionSet& partitions) {
    if (partitions.all()) return;
    Document list;
    size_t n = 0;
    for (size_t i = 0; i < partitions.size(); ++i) {
        if (partitions[i]) list.Int32(std::to_string(n++), static_cast<int32_t>(i));
    }
    Document in;
    in.Array("$in", list);
    filter.Sub("partition", in);
}

void SortBy(Document& options, const char* field, int32_t direction) {
    Document order;
    order.Int32(field, direction);
    options.Sub("sort", order);
}

Result<RawRecord> OnlyRecord(
    Connection& connection, const Document& filter, std::string_view what
) {
    std::optional<RawRecord> found;
    Status damage;
    TILTH_CHECK(connection.Find(kRecords, filter, Document(), [&](const bson_t& document) {
        const Result<RawRecordView> record = Decode(document);
        if (record) {
            found.emplace(*record);
        } else {
            damage = std::unexpected(record.error());
        }
        return false;
    }));
    TILTH_CHECK(std::move(damage));
    if (!found) return Fail(Fault::kNotFound, "the stream has no record {}", what);
    return std::move(*found);
}

/// One query, from `after` to `end`. Returns the last sequence visited where the visit was cut
/// short.
Result<std::optional<Sequence>> ReadWindow(
    Connection& connection,
    const ReadRequest& request,
    Sequence end,
    size_t limit,
    const std::function<bool(const RawRecordView&)>& visit
) {
    Document filter;
    SelectPlaces(filter, request.writer, request.after, end);
    SelectPartitions(filter, request.partitions);
    Document options;
    SortBy(options, "sequence", 1);
    options.Int32("batchSize", static_cast<int32_t>(std::min(limit, kLargestBatch)));
    if (limit <= size_t{INT32_MAX}) options.Int64("limit", static_cast<int64_t>(limit));
    std::optional<Sequence> cut;
    Status damage;
    TILTH_CHECK(connection.Find(kRecords, filter, options, [&](const bson_t& document) {
        const Result<RawRecordView> record = Decode(document);
        if (!record) {
            damage = std::unexpected(record.error());
            return false;
        }
        if (visit(*record)) return true;
        cut = record->sequence;
        return false;
    }));
    TILTH_CHECK(std::move(damage));
    return cut;
}

}  // namespace

/// In windows of sequences, which mostly have few holes: some servers read all that a query selects
/// before they heed its limit.
Result<Sequence> ReadRecords(
    Connection& connection, const ReadRequest& request, const RecordVisitor& visit
) {
    const Sequence up_to = std::min(request.up_to, kHighestSequence);
    if (request.after >= up_to || request.partitions.none()) return request.up_to;
    if (request.limit == 0) return request.after;
    const Sequence window = std::max<Sequence>(
        kSmallestWindow, std::min<Sequence>(request.limit, kHighestSequence / 4) * 2
    );
    size_t visited = 0;
    const auto count = [&](const RawRecordView& record) {
        return visit(record) && ++visited < request.limit;
    };
    ReadRequest rest = request;
    while (rest.after < up_to) {
        const Sequence end = up_to - rest.after > window ? rest.after + window : up_to;
        TILTH_TRY(
            const std::optional<Sequence> cut,
            ReadWindow(connection, rest, end, request.limit - visited, count)
        );
        if (cut) return *cut;
        rest.after = end;
    }
    return request.up_to;
}

Result<RawRecord> GetRecord(Connection& connection, WriterId writer, Sequence sequence) {
    const std::string what = fmt::format("{} of writer {}", sequence, Raw(writer));
    if (sequence > kHighestSequence)
        return Fail(Fault::kNotFound, "the stream has no record {}", what);
    Document filter;
    filter.Int64("writer", Raw(writer)).Int64("sequence", static_cast<int64_t>(sequence));
    return OnlyRecord(connection, filter, what);
}

Result<RawRecord> GetRecordById(Connection& connection, std::string_view id) {
    Document filter;
    filter.Bytes("_id", id);
    return OnlyRecord(connection, filter, "with that message id");
}

Result<std::vector<RawRecord>> FindRecords(Connection& connection, const FindRequest& request) {
    std::vector<RawRecord> found;
    if (request.limit == 0 || request.received.Empty()) return found;
    Document filter;
    if (!request.device.empty()) filter.Bytes("name", request.device);
    if (request.kind) {
        filter.Int32("kind", static_cast<int32_t>(*request.kind));
    } else if (request.device.empty()) {
        Document list;
        for (size_t i = 0; i < std::size(kKinds); ++i)
            list.Int32(std::to_string(i), static_cast<int32_t>(kKinds[i]));
        Document in;
        in.Array("$in", list);
        filter.Sub("kind", in);
    }
    Document between;
    between.Int64("$gte", ToMicros(request.received.from))
        .Int64("$lt", ToMicros(request.received.to));
    filter.Sub("received_at", between);
    Document options;
    SortBy(options, "received_at", -1);
    if (request.limit <= size_t{INT32_MAX})
        options.Int64("limit", static_cast<int64_t>(request.limit));
    Status damage;
    TILTH_CHECK(connection.Find(kRecords, filter, options, [&](const bson_t& document) {
        const Result<RawRecordView> record = Decode(document);
        if (!record) {
            damage = std::unexpected(record.error());
            return false;
        }
        found.emplace_back(*record);
        return found.size() < request.limit;
    }));
    TILTH_CHECK(std::move(damage));
    return found;
}

Result<std::vector<std::string>> CheckRecords(
    Connection& connection, const std::vector<WriterEntry>& writers
) {
    std::map<WriterId, const WriterEntry*> known;
    for (const WriterEntry& writer : writers) known.emplace(writer.info.id, &writer);
    Document filter;
    Document exists;
    exists.Bool("$exists", true);
    filter.Sub("writer", exists);
    Document order;
    order.Int32("writer", 1).Int32("sequence", 1);
    Document fields;
    for (const char* field : {"payload", "topic", "note", "value", "values"})
        fields.Int32(field, 0);
    Document options;
    options.Sub("sort", order).Sub("projection", fields).Bool("allowDiskUse", true);

    std::vector<std::string> problems;
    WriterId writer{};
    Sequence sequence = 0;
    Time received_at = Time::min();
    const auto tell = [&](const char* what) {
        problems.push_back(fmt::format("record {} of writer {} {}", sequence, Raw(writer), what));
    };
    TILTH_CHECK(connection.Find(kRecords, filter, options, [&](const bson_t& document) {
        const WriterId of{IntIn(document, "writer").value_or(0)};
        const auto at = static_cast<Sequence>(IntIn(document, "sequence").value_or(0));
        const Time time = FromMicros(IntIn(document, "received_at").value_or(0));
        const bool is_next = of == writer;
        const bool is_twice = is_next && at == sequence;
        const bool is_early = is_next && time < received_at;
        writer = of;
        sequence = at;
        received_at = time;
        const auto entry = known.find(of);
        if (at == 0) tell("has no sequence");
        if (is_twice) tell("is there twice");
        if (is_early) tell("was received before the one below it");
        if (IntIn(document, "partition").value_or(-1) < 0 ||
            IntIn(document, "partition").value_or(kPartitions) >= kPartitions) {
            tell("has an impossible partition");
        }
        if (entry == known.end()) {
            tell("is of no writer that was opened");
        } else if (entry->second->info.ended && at > entry->second->info.highest) {
            tell("lies behind its writer's end");
        }
        return problems.size() < kMostProblems;
    }));
    return problems;
}

}  // namespace tilth::mongodb
