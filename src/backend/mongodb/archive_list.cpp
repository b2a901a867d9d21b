#include "backend/mongodb/archive_list.h"

#include "backend/mongodb/collections.h"

#include <algorithm>

namespace tilth::mongodb {
namespace {

/// Few enough that the server answers in time.
constexpr int64_t kRemovedAtOnce = 10'000;

std::unexpected<Error> IsThere(const ArchivedRange& range) {
    return Fail(
        Fault::kConflict,
        "the records of writer {} from {} on are archived already",
        Raw(range.writer),
        range.first
    );
}

void Encode(const ArchivedRange& range, Document& document) {
    document.Text("_id", fmt::format("{}-{}", Raw(range.writer), range.first))
        .Text("file", range.file)
        .Text("digest", range.digest)
        .Int64("file_bytes", static_cast<int64_t>(range.file_bytes))
        .Int64("writer", Raw(range.writer))
        .Int64("first", static_cast<int64_t>(range.first))
        .Int64("last", static_cast<int64_t>(range.last))
        .Int64("records", static_cast<int64_t>(range.records))
        .Int64("payload_bytes", static_cast<int64_t>(range.payload_bytes))
        .Int64("kinds", range.kinds)
        .Int64("received_first", ToMicros(range.received_first))
        .Int64("received_last", ToMicros(range.received_last))
        .Bytes("lowest_id", range.lowest_id)
        .Bytes("highest_id", range.highest_id)
        .Int64("archived_at", ToMicros(range.archived_at))
        .Int32("state", static_cast<int32_t>(range.state));
}

ArchivedRange Decode(const bson_t& document) {
    const auto number = [&document](const char* key) { return IntIn(document, key).value_or(0); };
    ArchivedRange range;
    range.file = BytesIn(document, "file").value_or("");
    range.digest = BytesIn(document, "digest").value_or("");
    range.file_bytes = static_cast<uint64_t>(number("file_bytes"));
    range.writer = WriterId{number("writer")};
    range.first = static_cast<Sequence>(number("first"));
    range.last = static_cast<Sequence>(number("last"));
    range.records = static_cast<uint64_t>(number("records"));
    range.payload_bytes = static_cast<uint64_t>(number("payload_bytes"));
    range.kinds = static_cast<uint32_t>(number("kinds"));
    range.received_first = FromMicros(number("received_first"));
    range.received_last = FromMicros(number("received_last"));
    range.lowest_id = BytesIn(document, "lowest_id").value_or("");
    range.highest_id = BytesIn(document, "highest_id").value_or("");
    range.archived_at = FromMicros(number("archived_at"));
    range.state = ArchiveState{static_cast<uint8_t>(number("state"))};
    return range;
}

}  // namespace

Result<std::vector<ArchivedRange>> ReadArchived(Connection& connection) {
    std::vector<ArchivedRange> ranges;
    TILTH_CHECK(connection.Find(kArchive, Document(), Document(), [&](const bson_t& document) {
        ranges.push_back(Decode(document));
        return true;
    }));
    std::ranges::sort(ranges, {}, [](const ArchivedRange& range) {
        return std::pair(Raw(range.writer), range.first);
    });
    return ranges;
}

Result<ArchivedRange> FindArchived(Connection& connection, const std::string& file) {
    TILTH_TRY(std::vector<ArchivedRange> ranges, ReadArchived(connection));
    const auto found = std::ranges::find(ranges, file, &ArchivedRange::file);
    if (found == ranges.end()) return Fail(Fault::kNotFound, "no archive file is called {}", file);
    return std::move(*found);
}

Status AddArchived(Connection& connection, const ArchivedRange& range) {
    TILTH_TRY(const std::vector<ArchivedRange> ranges, ReadArchived(connection));
    for (const ArchivedRange& other : ranges) {
        if (other.writer == range.writer && other.last >= range.first) return IsThere(range);
    }
    TILTH_CHECK(RaiseFormatForArchive(connection));
    Document entry;
    Encode(range, entry);
    const bson_t* only = entry.get();
    const Inserted made = connection.InsertInOrder(kArchive, {&only, 1});
    if (!made.trouble) return std::unexpected(made.trouble.error());
    if (made.refusal == kDuplicateKey) return IsThere(range);
    if (made.refusal == 0) return {};
    return Fail(
        Fault::kUnavailable,
        "{}: entering an archive file: {}",
        connection.address(),
        made.refusal_text
    );
}

Status SetArchiveState(Connection& connection, const std::string& file, ArchiveState state) {
    Document filter;
    filter.Text("file", file);
    Document change;
    change.Int32("state", static_cast<int32_t>(state));
    Document update;
    update.Sub("$set", change);
    return connection.UpdateOne(kArchive, filter, update, Durability::kMajority);
}

Status RemoveRecords(Connection& connection, const ArchivedRange& range) {
    Document order;
    order.Int32("sequence", 1);
    Document fields;
    fields.Int32("sequence", 1);
    Document options;
    options.Sub("sort", order).Sub("projection", fields).Int64("limit", kRemovedAtOnce);
    for (Sequence after = range.first - 1; after < range.last;) {
        Document filter;
        SelectPlaces(filter, range.writer, after, range.last);
        Sequence end = after;
        TILTH_CHECK(connection.Find(kRecords, filter, options, [&end](const bson_t& document) {
            end = static_cast<Sequence>(IntIn(document, "sequence").value_or(0));
            return true;
        }));
        if (end == after) return {};
        Document some;
        SelectPlaces(some, range.writer, after, end);
        TILTH_CHECK(connection.DeleteMany(kRecords, some));
        after = end;
    }
    return {};
}

}  // namespace tilth::mongodb
