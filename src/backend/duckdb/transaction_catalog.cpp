// Things, datastreams, dead letters and manual flags: small, and mostly new.
#include "backend/duckdb/transaction.h"
#include "backend/duckdb/value_appender.h"
#include "store/texts.h"

#include <unordered_map>

namespace tilth::duckdb {
namespace {

/// The last of the things or datastreams that share a name: it replaces those before it.
template <class Item>
std::vector<const Item*> LastOfEachName(std::span<const Item> items) {
    std::unordered_map<std::string_view, const Item*> last;
    for (const Item& item : items) last[item.name] = &item;
    std::vector<const Item*> kept;
    for (const Item& item : items) {
        if (last.at(item.name) == &item) kept.push_back(&item);
    }
    return kept;
}

}  // namespace

Status Transaction::AddDeadLetters(std::span<const DeadLetter> letters) {
    if (letters.empty()) return {};
    TILTH_TRY(ValueAppender rows, ValueAppender::Open(connection_, tables_.schema, "dead_letter"));
    for (const DeadLetter& letter : letters) {
        rows.Row(
            Raw(letter.raw.writer),
            letter.raw.sequence,
            letter.raw.position,
            int32_t{Raw(letter.partition)},
            letter.received_at,
            StorableText(letter.topic),
            StorableText(letter.device),
            StorableText(letter.reason),
            StorableText(letter.code)
        );
    }
    return rows.Finish();
}

Status Transaction::AddManualFlags(std::span<const ManualFlag> flags) {
    if (flags.empty()) return {};
    for (const ManualFlag& flag : flags) TILTH_CHECK(CheckStorableName(flag.datastream));
    TILTH_TRY(ValueAppender rows, ValueAppender::Open(connection_, tables_.schema, "manual_flag"));
    for (const ManualFlag& flag : flags) {
        rows.Row(
            Before().manual_flags + new_manual_flags_++,
            flag.datastream,
            flag.range.from,
            flag.range.to,
            static_cast<uint8_t>(flag.flag),
            flag.withdraw,
            StorableText(flag.who),
            StorableText(flag.why),
            flag.when
        );
    }
    return rows.Finish();
}

Status Transaction::DeleteRegistered(
    std::span<const Thing> things, std::span<const Datastream> datastreams
) {
    if (!things.empty()) {
        TILTH_TRY(
            Statement * remove,
            connection_.Cached(fmt::format(
                "DELETE FROM {}.thing WHERE name IN (SELECT unnest($1::VARCHAR[]))", tables_.schema
            ))
        );
        std::vector<std::string_view> names;
        for (const Thing& thing : things) names.push_back(thing.name);
        remove->BindList(0, std::span<const std::string_view>(names));
        TILTH_CHECK(remove->Run());
    }
    if (datastreams.empty()) return {};
    TILTH_TRY(
        Statement * remove,
        connection_.Cached(fmt::format(
            "DELETE FROM {}.datastream WHERE series IN (SELECT unnest($1::INTEGER[]))",
            tables_.schema
        ))
    );
    std::vector<int32_t> series;
    for (const Datastream& datastream : datastreams) series.push_back(NumberOf(datastream.id));
    remove->BindList(0, std::span<const int32_t>(series));
    TILTH_CHECK(remove->Run());
    return {};
}

Status Transaction::Register(
    std::span<const Thing> things, std::span<const Datastream> datastreams
) {
    for (const Thing& thing : things) TILTH_CHECK(CheckStorableName(thing.name));
    for (const Datastream& datastream : datastreams)
        TILTH_CHECK(CheckStorableName(datastream.name));
    TILTH_CHECK(DeleteRegistered(things, datastreams));
    TILTH_TRY(ValueAppender thing_rows, ValueAppender::Open(connection_, tables_.schema, "thing"));
    for (const Thing* thing : LastOfEachName(things)) {
        const Thing& t = *thing;
        thing_rows.Row(
            t.name,
            StorableText(t.description),
            StorableText(t.device),
            t.location.latitude,
            t.location.longitude,
            t.location.elevation,
            t.registered_itself,
            t.emulated
        );
    }
    TILTH_CHECK(thing_rows.Finish());
    TILTH_TRY(ValueAppender rows, ValueAppender::Open(connection_, tables_.schema, "datastream"));
    for (const Datastream* datastream : LastOfEachName(datastreams)) {
        const Datastream& d = *datastream;
        rows.Row(
            NumberOf(d.id),
            Raw(d.id),
            d.name,
            StorableText(d.thing),
            StorableText(d.property),
            d.depth.value_or(std::numeric_limits<double>::quiet_NaN()),
            StorableText(d.label),
            StorableText(d.unit),
            StorableText(d.sensor),
            d.resolution,
            int64_t{d.cadence.count()},
            StorableText(d.profile),
            d.registered_itself,
            d.derived
        );
    }
    return rows.Finish();
}

}  // namespace tilth::duckdb
