#include "backend/mongodb/writer_list.h"

#include "backend/mongodb/collections.h"

#include <algorithm>

namespace tilth::mongodb {
namespace {

using namespace std::chrono_literals;

constexpr int kTriesToOpen = 100;
/// An entry that has not changed for a time t is checked against the records after t more, within
/// these bounds.
constexpr auto kSoonestLook = 1s;
constexpr auto kLatestLook = 15s;

WriterTotals TotalsOf(const WriterEntry& entry) {
    return {entry.info.highest, entry.records, entry.payload_bytes};
}

void SetTotals(WriterEntry& entry, const WriterTotals& totals) {
    entry.info.highest = totals.highest;
    entry.records = totals.records;
    entry.payload_bytes = totals.payload_bytes;
}

}  // namespace

Result<std::vector<WriterEntry>> WriterList::ReadEntries(const Document& filter) {
    std::vector<WriterEntry> entries;
    Document by_id;
    by_id.Int32("_id", 1);
    Document options;
    options.Sub("sort", by_id);
    TILTH_CHECK(connection_.Find(kWriters, filter, options, [&](const bson_t& document) {
        WriterEntry entry;
        entry.info.id = WriterId{IntIn(document, "_id").value_or(0)};
        entry.info.name = BytesIn(document, "name").value_or("");
        entry.info.opened_at = FromMicros(IntIn(document, "opened_at").value_or(0));
        entry.info.ended = TrueIn(document, "ended");
        entry.info.highest = static_cast<Sequence>(IntIn(document, "highest").value_or(0));
        entry.records = static_cast<uint64_t>(IntIn(document, "records").value_or(0));
        entry.payload_bytes = static_cast<uint64_t>(IntIn(document, "payload_bytes").value_or(0));
        entries.push_back(std::move(entry));
        return true;
    }));
    return entries;
}

Result<WriterId> WriterList::Open(std::string_view name) {
    for (int i = 0; i < kTriesToOpen; ++i) {
        TILTH_TRY(const std::vector<WriterEntry> entries, ReadEntries(Document()));
        const WriterId id{entries.empty() ? 1 : Raw(entries.back().info.id) + 1};
        Document entry;
        entry.Int64("_id", Raw(id)).Bytes("name", name).Int64("opened_at", ToMicros(clock_.Now()));
        const bson_t* only = entry.get();
        const Inserted made = connection_.InsertInOrder(kWriters, {&only, 1});
        // A number whose entry may be there is left alone: a writer with no records does no harm.
        if (!made.trouble) return std::unexpected(made.trouble.error());
        if (made.refusal == kDuplicateKey) continue;  // another program was quicker
        if (made.refusal != 0) {
            return Fail(
                Fault::kUnavailable,
                "{}: opening a writer: {}",
                connection_.address(),
                made.refusal_text
            );
        }
        own_.With([&](Writers& own) {
            own.emplace(id, std::make_shared<StreamWriter>(connection_, id));
        });
        return id;
    }
    return Fail(
        Fault::kUnavailable,
        "{}: no number was to be had for a writer; too many programs start at once",
        connection_.address()
    );
}

Result<std::shared_ptr<StreamWriter>> WriterList::Get(WriterId id) {
    auto writer = own_.With([&](Writers& own) {
        const auto at = own.find(id);
        return at == own.end() ? nullptr : at->second;
    });
    if (writer) return writer;
    Document filter;
    filter.Int64("_id", Raw(id));
    TILTH_TRY(const std::vector<WriterEntry> entries, ReadEntries(filter));
    if (entries.empty()) return Fail(Fault::kNotFound, "the stream has no writer {}", Raw(id));
    const WriterEntry& entry = entries.front();
    return own_.With([&](Writers& own) {
        auto& place = own[id];
        if (!place) {
            place =
                std::make_shared<StreamWriter>(connection_, id, TotalsOf(entry), entry.info.ended);
        }
        return place;
    });
}

Result<std::vector<WriterEntry>> WriterList::All() {
    TILTH_TRY(std::vector<WriterEntry> entries, ReadEntries(Document()));
    for (WriterEntry& entry : entries) TILTH_CHECK(Complete(entry));
    return entries;
}

Status WriterList::Settle(const WriterEntry& entry) {
    if (entry.info.ended) return {};
    Document filter;
    filter.Int64("_id", Raw(entry.info.id));
    Document totals;
    totals.Int64("highest", static_cast<int64_t>(entry.info.highest))
        .Int64("records", static_cast<int64_t>(entry.records))
        .Int64("payload_bytes", static_cast<int64_t>(entry.payload_bytes));
    Document update;
    update.Sub("$set", totals);
    return connection_.UpdateOne(kWriters, filter, update, Durability::kMajority);
}

Status WriterList::Complete(WriterEntry& entry) {
    const auto writer = own_.With([&](const Writers& own) {
        const auto at = own.find(entry.info.id);
        return at == own.end() ? nullptr : at->second;
    });
    if (writer) {
        TILTH_TRY(const WriterTotals totals, writer->Totals());
        SetTotals(entry, totals);
        return {};
    }
    if (entry.info.ended) return {};
    return Watch(entry);
}

Status WriterList::Watch(WriterEntry& entry) {
    const auto now = Steady::now();
    Watched watched = watched_.With([&](auto& all) {
        const auto [at, is_new] = all.try_emplace(entry.info.id);
        if (is_new || at->second.entry != entry.info.highest) {
            at->second.entry = entry.info.highest;
            at->second.changed_at = now;
            at->second.look_at = is_new ? now : now + kSoonestLook;
            if (at->second.totals.highest < entry.info.highest) at->second.totals = TotalsOf(entry);
        }
        return at->second;
    });
    if (now >= watched.look_at) {
        TILTH_CHECK(AddTail(connection_, entry.info.id, watched.totals));
        const auto quiet = now - watched.changed_at;
        watched_.With([&](auto& all) {
            Watched& latest = all.at(entry.info.id);
            if (latest.totals.highest < watched.totals.highest) latest.totals = watched.totals;
            latest.look_at = now + std::clamp<Steady::duration>(quiet, kSoonestLook, kLatestLook);
        });
    }
    SetTotals(entry, watched.totals);
    return {};
}

}  // namespace tilth::mongodb
