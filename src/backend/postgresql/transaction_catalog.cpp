// Things, datastreams, dead letters and manual flags: small, and mostly new. Each is a prepared
// statement, sent together.
#include "backend/postgresql/transaction.h"
#include "store/texts.h"

#include <unordered_map>

namespace tilth::postgresql {
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

Params ParamsOf(const DeadLetter& letter) {
    return Params()
        .Add(Raw(letter.raw.writer))
        .Add(static_cast<int64_t>(letter.raw.sequence))
        .Add(int64_t{letter.raw.position})
        .Add(int32_t{Raw(letter.partition)})
        .Add(letter.received_at)
        .Add(std::string_view(StorableText(letter.topic)))
        .Add(std::string_view(StorableText(letter.device)))
        .Add(std::string_view(StorableText(letter.reason)))
        .Add(std::string_view(StorableText(letter.code)));
}

Params ParamsOf(const ManualFlag& flag) {
    return Params()
        .Add(std::string_view(flag.datastream))
        .Add(flag.range.from)
        .Add(flag.range.to)
        .Add(static_cast<int16_t>(flag.flag))
        .Add(flag.withdraw)
        .Add(std::string_view(StorableText(flag.who)))
        .Add(std::string_view(StorableText(flag.why)))
        .Add(flag.when);
}

Params ParamsOf(const Thing& thing) {
    return Params()
        .Add(std::string_view(thing.name))
        .Add(std::string_view(StorableText(thing.description)))
        .Add(std::string_view(StorableText(thing.device)))
        .AddNumberOrNull(thing.location.latitude)
        .AddNumberOrNull(thing.location.longitude)
        .AddNumberOrNull(thing.location.elevation)
        .Add(thing.registered_itself)
        .Add(thing.emulated);
}

Params ParamsOf(const Datastream& datastream) {
    return Params()
        .Add(Raw(datastream.id))
        .Add(std::string_view(datastream.name))
        .Add(std::string_view(StorableText(datastream.thing)))
        .Add(std::string_view(StorableText(datastream.property)))
        .AddNumberOrNull(datastream.depth.value_or(std::numeric_limits<double>::quiet_NaN()))
        .Add(std::string_view(StorableText(datastream.label)))
        .Add(std::string_view(StorableText(datastream.unit)))
        .Add(std::string_view(StorableText(datastream.sensor)))
        .Add(datastream.resolution)
        .Add(int64_t{datastream.cadence.count()})
        .Add(std::string_view(StorableText(datastream.profile)))
        .Add(datastream.registered_itself)
        .Add(datastream.derived);
}

}  // namespace

Status Transaction::AddDeadLetters(std::span<const DeadLetter> letters) {
    if (letters.empty()) return {};
    const std::string insert = fmt::format(
        "INSERT INTO {}.dead_letter (writer, sequence, position, partition, received_at, topic,"
        " device, reason, code) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        schema_
    );
    for (const DeadLetter& letter : letters) connection_.Queue(insert, ParamsOf(letter));
    TILTH_CHECK(connection_.Send());
    return {};
}

Status Transaction::AddManualFlags(std::span<const ManualFlag> flags) {
    if (flags.empty()) return {};
    for (const ManualFlag& flag : flags) TILTH_CHECK(CheckStorableName(flag.datastream));
    const std::string insert = fmt::format(
        "INSERT INTO {}.manual_flag (datastream, from_time, to_time, flag, withdraw, who, why,"
        " given_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        schema_
    );
    for (const ManualFlag& flag : flags) connection_.Queue(insert, ParamsOf(flag));
    TILTH_CHECK(connection_.Send());
    return {};
}

Status Transaction::Touch(std::span<const DatastreamId> datastreams) {
    for (const DatastreamId datastream : datastreams) {
        TILTH_TRY(Series* const series, SeriesOf(datastream));
        series->changed = true;
    }
    return {};
}

Status Transaction::Register(
    std::span<const Thing> things, std::span<const Datastream> datastreams
) {
    for (const Thing& thing : things) TILTH_CHECK(CheckStorableName(thing.name));
    for (const Datastream& datastream : datastreams)
        TILTH_CHECK(CheckStorableName(datastream.name));
    if (things.empty() && datastreams.empty()) return {};
    const std::string put_thing = fmt::format(
        "INSERT INTO {}.thing (name, description, device, latitude, longitude, elevation,"
        " registered_itself, emulated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (name) DO UPDATE SET description = excluded.description,"
        " device = excluded.device, latitude = excluded.latitude, longitude = excluded.longitude,"
        " elevation = excluded.elevation, registered_itself = excluded.registered_itself,"
        " emulated = excluded.emulated",
        schema_
    );
    for (const Thing* thing : LastOfEachName(things))
        connection_.Queue(put_thing, ParamsOf(*thing));
    const std::string put_datastream = fmt::format(
        "INSERT INTO {}.datastream (id, name, thing, property, depth, label, unit, sensor,"
        " resolution, cadence_us, profile, registered_itself, derived)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, thing = excluded.thing,"
        " property = excluded.property, depth = excluded.depth, label = excluded.label,"
        " unit = excluded.unit, sensor = excluded.sensor, resolution = excluded.resolution,"
        " cadence_us = excluded.cadence_us, profile = excluded.profile,"
        " registered_itself = excluded.registered_itself, derived = excluded.derived",
        schema_
    );
    for (const Datastream* datastream : LastOfEachName(datastreams))
        connection_.Queue(put_datastream, ParamsOf(*datastream));
    TILTH_CHECK(connection_.Send());
    return {};
}

}  // namespace tilth::postgresql
