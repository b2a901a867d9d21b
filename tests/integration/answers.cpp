#include "integration/answers.h"

#include "pipeline/testing/made_lab.h"

#include <gmock/gmock.h>

#include <bit>

namespace tilth {
namespace {

using pipeline::testing::Sure;

std::string Bits(double value) {
    return std::isnan(value) ? "nan" : fmt::format("{:x}", std::bit_cast<uint64_t>(value));
}

std::string LineOf(const Observation& row) {
    return fmt::format(
        "{} {} {} {:x} {} {}/{}/{} {:x} {:x} {} {} {} {} {}",
        ToMicros(row.time),
        Bits(row.value),
        Bits(row.raw_value),
        row.reading_id,
        row.number,
        Raw(row.raw.writer),
        row.raw.sequence,
        row.raw.position,
        row.objected.bits(),
        row.not_evaluated.bits(),
        Name(row.flag),
        static_cast<int>(row.rank),
        row.counts,
        row.provisional,
        row.manual_flag
    );
}

std::string LineOf(const Rollup& row) {
    std::string line = fmt::format("{} {} {}", ToMicros(row.start), row.count, row.good_count);
    for (const double value :
         {row.min, row.max, row.mean, row.sd, row.first, row.last, row.p10, row.p50, row.p90}) {
        line += " " + Bits(value);
    }
    return line;
}

std::string LineOf(const Checkpoint& row) {
    return fmt::format("{} {} {}", ToMicros(row.time), row.test, row.state);
}

std::string LineOf(const Datastream& d) {
    return fmt::format(
        "{} {} {} {} {} {} {} {} {} {} {} {} {}",
        Raw(d.id),
        d.name,
        d.thing,
        d.property,
        d.depth ? Bits(*d.depth) : "none",
        d.label,
        d.unit,
        d.sensor,
        Bits(d.resolution),
        d.cadence.count(),
        d.profile,
        d.registered_itself,
        d.derived
    );
}

template <class Row>
void Add(Lines& lines, const std::string& what, const std::vector<Row>& rows) {
    for (const Row& row : rows) lines.push_back(what + " " + LineOf(row));
}

std::vector<Observation> Read(
    ProcessedStore& store, const ObservationRequest& request, GenerationId generation
) {
    std::vector<Observation> rows;
    Sure(store.ReadObservations(
        request,
        [&](std::span<const Observation> some) {
            rows.insert(rows.end(), some.begin(), some.end());
            return true;
        },
        generation
    ));
    return rows;
}

void AddSeries(Lines& lines, ProcessedStore& store, GenerationId generation, DatastreamId id) {
    const std::string name = std::to_string(Raw(id));
    Random random(static_cast<uint64_t>(Raw(id)));
    const auto all = Read(
        store, {.datastream = id, .range = {}, .flags = {}, .counting_only = false}, generation
    );
    Add(lines, name, all);
    for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay})
        Add(lines, name + " roll-up", Sure(store.Rollups(id, level, {}, generation)));
    for (int i = 0; i < 12 && !all.empty(); ++i) {
        const Time a = all[random.Below(all.size())].time;
        const Time b = all[random.Below(all.size())].time;
        ObservationRequest request;
        request.datastream = id;
        request.range = {std::min(a, b), std::max(a, b)};
        request.counting_only = random.Below(2) == 0;
        request.newest_first = random.Below(2) == 0;
        request.limit = 1 + random.Below(40);
        if (random.Below(2) == 0) request.flags = {QualityFlag::kGood, QualityFlag::kFail};
        Add(lines, fmt::format("{} request {}", name, i), Read(store, request, generation));
        Add(lines, name + " folds", Sure(store.CheckpointsBefore(id, a, generation)));
    }
}

void AddCatalog(Lines& lines, ProcessedStore& store, GenerationId generation) {
    for (const Thing& thing : Sure(store.Things(generation))) {
        lines.push_back(fmt::format(
            "thing {} {} {} {} {} {}",
            thing.name,
            thing.description,
            thing.device,
            Bits(thing.location.latitude),
            thing.registered_itself,
            thing.emulated
        ));
    }
    for (const ManualFlag& flag : Sure(store.ManualFlags(generation))) {
        lines.push_back(fmt::format(
            "flag {} {} {} {} {} {}",
            flag.datastream,
            ToMicros(flag.range.from),
            ToMicros(flag.range.to),
            Name(flag.flag),
            flag.who,
            flag.why
        ));
    }
    for (const auto& [writer, cursor] : Sure(store.Cursors(generation))) {
        lines.push_back(fmt::format("cursor {} {}", Raw(writer), fmt::join(cursor, ",")));
    }
    for (const DirtyRange& dirty : Sure(store.DirtyRanges(generation, AllPartitions()))) {
        lines.push_back(fmt::format(
            "dirty {} {} {} {}",
            Raw(dirty.datastream),
            ToMicros(dirty.range.from),
            ToMicros(dirty.range.to),
            Raw(dirty.partition)
        ));
    }
    for (const DeadLetter& letter : Sure(store.DeadLetters(1000, 0))) {
        lines.push_back(fmt::format(
            "dead {} {} {} {}", letter.raw.sequence, letter.topic, letter.reason, letter.code
        ));
    }
    for (const auto& [code, count] : Sure(store.DeadLetterCounts()))
        lines.push_back(fmt::format("dead letters {} {}", code, count));
}

}  // namespace

Lines Everything(ProcessedStore& store, GenerationId generation) {
    Lines lines;
    const std::vector<Datastream> datastreams = Sure(store.Datastreams(generation));
    std::vector<DatastreamId> ids;
    for (const Datastream& datastream : datastreams) ids.push_back(datastream.id);
    Add(lines, "datastream", datastreams);
    for (const DatastreamId id : ids) AddSeries(lines, store, generation, id);
    for (const auto& [id, row] : Sure(store.Latest(ids, generation)))
        lines.push_back(fmt::format("latest {} {}", Raw(id), LineOf(row)));
    AddCatalog(lines, store, generation);
    const ProcessedStatistics statistics = Sure(store.Statistics());
    lines.push_back(fmt::format(
        "statistics {} {} {}",
        statistics.observations,
        statistics.datastreams,
        statistics.dead_letters
    ));
    return lines;
}

Lines Views(ProcessedStore& store) {
    Lines lines;
    for (const char* select :
         {"SELECT * FROM reading ORDER BY datastream, phenomenon_time, counts, sequence, position",
          "SELECT * FROM observation ORDER BY datastream, phenomenon_time",
          "SELECT * FROM observation_good ORDER BY datastream, phenomenon_time",
          "SELECT * FROM hourly ORDER BY datastream, start",
          "SELECT * FROM daily ORDER BY datastream, start",
          "SELECT * FROM datastream ORDER BY name",
          "SELECT * FROM thing ORDER BY name",
          "SELECT * FROM dead_letter ORDER BY received_at, sequence, position",
          "SELECT datastream, flag_name, count(*) AS n, min(value) AS low, max(value) AS high FROM "
          "observation"
          " GROUP BY datastream, flag_name ORDER BY datastream, flag_name"}) {
        const SqlTable table = Sure(store.Sql(select, {.max_rows = 1'000'000}));
        lines.push_back(fmt::format("{}", fmt::join(table.columns, " | ")));
        for (const auto& row : table.rows) {
            std::string line;
            for (const auto& cell : row) line += cell.value_or("(null)") + " | ";
            lines.push_back(line);
        }
    }
    return lines;
}

void ExpectTheSame(const Lines& embedded, const Lines& server) {
    ASSERT_EQ(embedded.size(), server.size());
    size_t shown = 0;
    for (size_t i = 0; i < embedded.size() && shown < 5; ++i) {
        if (embedded[i] == server[i]) continue;
        ++shown;
        ADD_FAILURE() << "DuckDB:     " << embedded[i] << "\nPostgreSQL: " << server[i];
    }
}

}  // namespace tilth
