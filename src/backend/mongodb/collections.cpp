#include "backend/mongodb/collections.h"

#include <random>
#include <set>

namespace tilth::mongodb {
namespace {

/// 1: all records are here. 2: some may be in archive files.
constexpr int64_t kFormat = 2;
constexpr int64_t kFormatWithoutArchive = 1;
constexpr const char* kLabKey = "lab";

std::string NewLabId() {
    std::random_device source;
    std::string id;
    for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", source());
    return id;
}

/// An index of the records over two fields.
struct Index {
    const char* name;
    const char* first;
    const char* second;
};
constexpr Index kIndexes[] = {
    {"writer_sequence", "writer", "sequence"},
    {"name_received_at", "name", "received_at"},
    {"kind_received_at", "kind", "received_at"},
};

Result<std::set<std::string>> NamesOfIndexes(Connection& connection) {
    Document command;
    command.Text("listIndexes", kRecords);
    Document reply;
    std::set<std::string> names;
    const Status listed = connection.Command(command, reply.get());
    if (!listed && listed.error().fault == Fault::kNotFound) return names;
    TILTH_CHECK(listed);
    bson_iter_t reading;
    bson_iter_t index;
    if (!bson_iter_init(&reading, reply.get()) ||
        !bson_iter_find_descendant(&reading, "cursor.firstBatch", &index) ||
        !bson_iter_recurse(&index, &reading)) {
        return names;
    }
    while (bson_iter_next(&reading)) {
        bson_iter_t name;
        if (bson_iter_recurse(&reading, &name) && bson_iter_find(&name, "name"))
            names.emplace(BytesOf(name).value_or(""));
    }
    return names;
}

/// One command each: FerretDB 1.24 breaks off at several of which some are there.
Status CreateMissingIndexes(Connection& connection) {
    TILTH_TRY(const std::set<std::string> names, NamesOfIndexes(connection));
    for (const Index& index : kIndexes) {
        if (names.contains(index.name)) continue;
        Document key;
        key.Int32(index.first, 1).Int32(index.second, 1);
        Document description;
        description.Sub("key", key).Text("name", index.name);
        Document list;
        list.Sub("0", description);
        Document command;
        command.Text("createIndexes", kRecords).Array("indexes", list);
        Document reply;
        TILTH_CHECK(connection.Command(command, reply.get()));
    }
    return {};
}

/// Empty where there is none yet.
Result<std::string> FindLab(Connection& connection) {
    std::string id;
    int64_t format = 0;
    bool is_there = false;
    Document filter;
    filter.Text("_id", kLabKey);
    TILTH_CHECK(connection.Find(kLab, filter, Document(), [&](const bson_t& lab) {
        is_there = true;
        id = BytesIn(lab, "id").value_or("");
        format = IntIn(lab, "format").value_or(0);
        return false;
    }));
    if (!is_there) return std::string();
    if (id.empty() || format < 1) {
        return Fail(
            Fault::kCorrupt,
            "{}: the collection lab holds something that is not Tilth's; name another database",
            connection.address()
        );
    }
    if (format > kFormat) {
        return Fail(
            Fault::kRefused,
            "{}: the lab has format {}, this program knows formats up to {}; use a newer Tilth",
            connection.address(),
            format,
            kFormat
        );
    }
    return id;
}

}  // namespace

Result<std::string> CreateOrCheckLab(Connection& connection, const std::string& lab_id) {
    TILTH_TRY(std::string id, FindLab(connection));
    TILTH_CHECK(CreateMissingIndexes(connection));
    if (!id.empty()) return id;
    Document lab;
    lab.Text("_id", kLabKey)
        .Text("id", lab_id.empty() ? NewLabId() : lab_id)
        .Int64("format", kFormatWithoutArchive)
        .Int64("partitions", kPartitions);
    const bson_t* only = lab.get();
    const Inserted made = connection.InsertInOrder(kLab, {&only, 1});
    if (!made.trouble) return std::unexpected(made.trouble.error());
    if (made.refusal != 0 && made.refusal != kDuplicateKey) {
        return Fail(
            Fault::kUnavailable, "{}: creating the lab: {}", connection.address(), made.refusal_text
        );
    }
    // Of several programs that start at once one made it; all take what is there.
    TILTH_TRY(id, FindLab(connection));
    if (id.empty())
        return Fail(Fault::kUnavailable, "{}: the lab is being created", connection.address());
    return id;
}

Status RaiseFormatForArchive(Connection& connection) {
    Document filter;
    filter.Text("_id", kLabKey);
    Document format;
    format.Int64("format", kFormat);
    Document update;
    update.Sub("$set", format);
    return connection.UpdateOne(kLab, filter, update, Durability::kMajority);
}

void SelectPlaces(Document& filter, WriterId writer, Sequence after, Sequence up_to) {
    Document between;
    between.Int64("$gt", static_cast<int64_t>(after)).Int64("$lte", static_cast<int64_t>(up_to));
    filter.Int64("writer", Raw(writer)).Sub("sequence", between);
}

}  // namespace tilth::mongodb
