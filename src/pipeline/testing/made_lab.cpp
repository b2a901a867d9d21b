#include "pipeline/testing/made_lab.h"

#include "base/hash.h"
#include "codec/import_format.h"
#include "pipeline/change_record.h"
#include "pipeline/route.h"

#include <algorithm>
#include <bit>
#include <map>

namespace tilth::pipeline::testing {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const char* const kMadeSite = R"(
site: {name: made}
things:
  - name: plot
    device: node-1
    sensors:
      - model: probe
        depth: 0.05
        installed: 2025-03-01T05:00:00Z
        cadence: 20m
        profile: folds
        channels:
          - {channel: vwc_5cm, unit: "%"}
          - {channel: soil_temp_5cm, unit: Cel}
      - model: probe
        depth: 0.2
        cadence: 20m
        channels:
          - {channel: counts, property: volumetric_water_content, calibration: {polynomial: [-0.6956, 0.0003879]}}
derivations:
  - {kind: matric_potential, source: plot/volumetric_water_content@0.05m, texture: silt loam}
  - {kind: degree_of_saturation, source: plot/volumetric_water_content@0.05m, texture: silt loam}
profiles:
  folds:
    base: soil
    rules:
      - where: {property: volumetric_water_content}
        tests:
          flat_line: {tolerance: 0.004, suspect: 3 cadences, fail: 8 cadences, max_gap: 4h}
          d01: {below: 0, until: 0.25, tolerance: 1h}
)";

namespace {

constexpr Time kStart = std::chrono::sys_days{std::chrono::year{2025} / 3 / 1};
constexpr size_t kSteps = 50;
constexpr const char* kMapping = R"(time_columns: [when]
time_zone: own
columns:
  - {column: vwc, property: volumetric_water_content, depth: 0.05, unit: m3/m3}
  - {column: temp, property: soil_temperature, depth: 0.05, unit: Cel}
  - {column: flow, property: sap_flow, unit: kg/h}
)";

RawRecord Message(Time received, std::string device, std::string payload) {
    RawRecord record;
    record.kind = RecordKind::kMessage;
    record.qos = 1;
    record.received_at = received;
    record.topic = "sensors";
    record.device = std::move(device);
    record.payload = std::move(payload);
    return record;
}

std::string Number(Random& random, double value) {
    if (random.Below(20) == 0) return "null";
    if (random.Below(25) == 0) return "-9999";
    if (random.Below(25) == 0) value += 20;
    return fmt::format("{:.4f}", value);
}

/// The lab's nodes while time goes on.
class Field {
  public:
    explicit Field(Random& random) : random_(random) {}

    std::vector<RawRecord> Run() {
        for (size_t i = 0; i < kSteps; ++i) {
            time_ += random_.Below(10) == 0 ? hours{1 + random_.Below(20)} : minutes{20};
            if (random_.Below(3) == 0) wet_ += random_.Uniform(-1.5, 1.5);
            warm_ = 3 * std::sin(static_cast<double>(i) / 7) - 0.5;
            SendNamed();
            SendUnnamed();
            if (random_.Below(12) == 0) SendBad();
        }
        AddFlags();
        AddFile();
        std::ranges::stable_sort(records_, {}, &RawRecord::received_at);
        for (size_t i = 0; i < records_.size(); ++i) records_[i].id = fmt::format("m{}", i);
        return std::move(records_);
    }

  private:
    Time Received() { return time_ + seconds{random_.Below(400)}; }
    Time Stamp() {
        if (random_.Below(40) == 0) return Time{} + minutes{20 * random_.Below(50)};
        if (random_.Below(40) == 0) return time_ + hours{24 * (2 + random_.Below(3))};
        return time_;
    }

    /// node-1, which the site file names; now and then twice at one time with different values or
    /// numbers.
    void SendNamed() {
        const std::string when = FormatRfc3339(Stamp());
        const size_t copies = random_.Below(6) == 0 ? 2 : 1;
        for (size_t copy = 0; copy < copies; ++copy) {
            const std::string number =
                random_.Below(3) == 0 ? fmt::format(R"(, "seq": {})", 1 + random_.Below(3)) : "";
            records_.push_back(Message(
                Received(),
                "node-1",
                fmt::format(
                    R"({{"device": "node-1", "time": "{}"{}, "vwc_5cm": {}, "soil_temp_5cm": {}, "counts": {}}})",
                    when,
                    number,
                    Number(random_, wet_ + 2 * static_cast<double>(copy)),
                    Number(random_, warm_),
                    Number(random_, 2000 + 20 * wet_)
                )
            ));
        }
    }

    /// node-2, which registers itself, with and without units and times.
    void SendUnnamed() {
        if (random_.Below(4) == 0) {
            const char* const unit = random_.Below(2) == 0 ? "%" : "m3/m3";
            records_.push_back(Message(
                Received(),
                "node-2",
                fmt::format(
                    R"([{{"bn": "node-2", "bt": {}, "n": "vwc_5cm", "u": "{}", "v": {:.4f}}},)"
                    R"({{"n": "flow", "u": "{}", "v": {:.2f}}}])",
                    ToMicros(time_) / 1'000'000,
                    unit,
                    *unit == '%' ? wet_ : wet_ / 100,
                    random_.Below(2) == 0 ? "kg/h" : "g/h",
                    warm_
                )
            ));
            return;
        }
        const std::string when =
            random_.Below(3) == 0 ? ""
                                  : fmt::format(R"(, "time": {})", ToMicros(Stamp()) / 1'000'000);
        records_.push_back(Message(
            Received(),
            "node-2",
            fmt::format(
                R"({{"name": "node-2"{}, "vwc_5cm": {}, "soil_temp_5cm": {}, "flow": {}}})",
                when,
                Number(random_, wet_ / 100),
                Number(random_, warm_),
                Number(random_, 1)
            )
        ));
    }

    void SendBad() {
        static constexpr const char* kBad[] = {
            "",
            "{",
            R"({"name": "node-1"})",
            R"({"value": 5})",
            R"({"name": "node-2", "value": "wet"})",
            R"([{"bn": "node-2", "n": "vwc_5cm", "u": "V", "v": 1}])",
            R"({"device": "node-1", "vwc_5cm": 1, "vwc_5cm": 2})"};
        records_.push_back(Message(Received(), "", kBad[random_.Below(std::size(kBad))]));
    }

    void AddFlags() {
        static constexpr const char* kNames[] = {
            "plot/volumetric_water_content@0.05m",
            "plot/soil_temperature@0.05m",
            "node-2/volumetric_water_content@0.05m",
            "plot/matric_potential@0.05m#derived"};
        for (size_t i = 0; i < 6; ++i) {
            ManualFlag flag;
            flag.datastream = kNames[random_.Below(std::size(kNames))];
            flag.range.from = kStart + hours{random_.Below(60)};
            flag.range.to = flag.range.from + hours{1 + random_.Below(20)};
            flag.flag = random_.Below(2) == 0 ? QualityFlag::kFail : QualityFlag::kGood;
            flag.withdraw = random_.Below(4) == 0;
            flag.who = "a person";
            flag.why = "a reason";
            RawRecord record =
                Message(kStart + hours{30} + minutes{random_.Below(3000)}, "", Encode(flag));
            record.kind = RecordKind::kManualFlag;
            records_.push_back(record);
        }
    }

    /// A logger's file of both nodes that begins before the live data and overlaps it.
    void AddFile() {
        for (const char* const thing : {"plot", "node-2"}) {
            std::string text = "when,vwc,temp,flow\n";
            for (Time t = kStart - hours{6}; t < kStart + hours{12}; t += minutes{20}) {
                text += fmt::format(
                    "{},{:.3f},{},{:.2f}\n",
                    FormatRfc3339(t),
                    0.24 + random_.Uniform(-0.01, 0.01),
                    random_.Below(30) == 0 ? "cold" : fmt::format("{:.1f}", random_.Uniform(-2, 2)),
                    random_.Uniform(0, 3)
                );
            }
            AddBlocks(text, thing);
        }
    }

    void AddBlocks(const std::string& text, const char* thing) {
        codec::ImportRequest request;
        request.file = "logger.csv";
        request.digest = HexDigest(text);
        request.file_size = text.size();
        request.thing = thing;
        request.mapping = kMapping;
        request.rows_per_block = 16;
        const codec::ImportFormat* const format = Sure(codec::FindImportFormat("csv"));
        const auto cutter = Sure(format->cut(request));
        std::vector<codec::FileBlock> blocks;
        Sure(cutter->Add(text, blocks));
        Sure(cutter->Finish(blocks));
        const Time arrival = kStart + hours{random_.Below(40)};
        for (const codec::FileBlock& block : blocks) {
            RawRecord record = Message(
                arrival + seconds{block.header.index}, thing, codec::EncodeFileBlock(block)
            );
            record.kind = RecordKind::kFileBlock;
            records_.push_back(record);
        }
    }

    Random& random_;
    Time time_ = kStart;
    double wet_ = 24;
    double warm_ = 0;
    std::vector<RawRecord> records_;
};

void Reorder(std::vector<RawRecord>& records, Way::Order order, Random& random) {
    if (order == Way::kBackwards) std::ranges::reverse(records);
    const size_t reach = order == Way::kALittleLate ? 5
                         : order == Way::kShuffled  ? records.size()
                                                    : 1;
    for (size_t i = 0; i + 1 < records.size(); ++i) {
        std::swap(records[i], records[i + random.Below(std::min(reach, records.size() - i))]);
    }
}

/// A publisher's own second sending counts once only where the payload has its time.
bool HasOwnTime(const RawRecord& record) {
    return record.kind == RecordKind::kFileBlock ||
           record.payload.find("\"time\"") != std::string::npos ||
           record.payload.find("\"bt\"") != std::string::npos;
}

void AddCopies(std::vector<RawRecord>& records, Random& random) {
    const size_t count = records.size();
    for (size_t i = 0; i < count; ++i) {
        if (random.Below(8) != 0) continue;
        RawRecord copy = records[i];
        if (HasOwnTime(copy) && random.Below(2) == 0) copy.id += "-again";
        records.insert(
            records.begin() + static_cast<std::ptrdiff_t>(random.Below(records.size() + 1)),
            std::move(copy)
        );
    }
}

std::string Line(const Datastream& datastream, const Observation& row) {
    return fmt::format(
        "{} {} value {:x} raw {:x} id {:x} number {} flag {} objected {:x} not {:x} rank {} counts "
        "{} provisional {} manual {}",
        datastream.name,
        FormatRfc3339(row.time),
        std::isnan(row.value) ? 0 : std::bit_cast<uint64_t>(row.value),
        std::isnan(row.raw_value) ? 0 : std::bit_cast<uint64_t>(row.raw_value),
        row.reading_id,
        row.number,
        Name(row.flag),
        row.objected.bits(),
        row.not_evaluated.bits(),
        static_cast<int>(row.rank),
        row.counts,
        row.provisional,
        row.manual_flag
    );
}

std::string Line(const Datastream& datastream, RollupLevel level, const Rollup& rollup) {
    const auto bits = [](double value) {
        return std::isnan(value) ? 0 : std::bit_cast<uint64_t>(value);
    };
    return fmt::format(
        "{} {} {} count {} good {} {:x} {:x} {:x} {:x} {:x} {:x} {:x} {:x} {:x}",
        datastream.name,
        level == RollupLevel::kHour ? "hour" : "day",
        FormatRfc3339(rollup.start),
        rollup.count,
        rollup.good_count,
        bits(rollup.min),
        bits(rollup.max),
        bits(rollup.mean),
        bits(rollup.sd),
        bits(rollup.first),
        bits(rollup.last),
        bits(rollup.p10),
        bits(rollup.p50),
        bits(rollup.p90)
    );
}

void AddSeries(
    ProcessedStore& store,
    GenerationId generation,
    const Datastream& datastream,
    std::vector<std::string>& lines
) {
    lines.push_back(fmt::format(
        "{} unit {} resolution {} sensor {} profile {}",
        datastream.name,
        datastream.unit,
        datastream.resolution,
        datastream.sensor,
        datastream.profile
    ));
    ObservationRequest request;
    request.datastream = datastream.id;
    request.counting_only = false;
    const auto visit = [&](std::span<const Observation> rows) {
        for (const Observation& row : rows) lines.push_back(Line(datastream, row));
        return true;
    };
    Sure(store.ReadObservations(request, visit, generation));
    for (const RollupLevel level : {RollupLevel::kHour, RollupLevel::kDay}) {
        const std::vector<Rollup> rollups =
            Sure(store.Rollups(datastream.id, level, {}, generation));
        for (const Rollup& rollup : rollups) {
            lines.push_back(Line(datastream, level, rollup));
        }
    }
}

}  // namespace

std::vector<RawRecord> MakeRecords(uint64_t seed) {
    Random random(seed * 1'000'003);
    return Field(random).Run();
}

Way RandomWay(Random& random) {
    Way way;
    way.order = static_cast<Way::Order>(random.Below(4));
    way.writers = 1 + random.Below(4);
    way.copies = random.Below(2) == 0;
    constexpr size_t kBatches[] = {1, 3, 10, 40, 1'000'000};
    way.most_batch = kBatches[random.Below(std::size(kBatches))];
    if (random.Below(2) == 0) way.limits = {1 + random.Below(20), 1 + random.Below(60)};
    constexpr double kReopen[] = {0, 0.1, 0.6};
    way.reopen = kReopen[random.Below(std::size(kReopen))];
    constexpr size_t kKnownRows[] = {0, 500, 2'000, 300'000};
    way.limits.known_rows = kKnownRows[random.Below(std::size(kKnownRows))];
    return way;
}

std::vector<RawRecord> Arrange(std::vector<RawRecord> records, const Way& way, Random& random) {
    Reorder(records, way.order, random);
    if (way.copies) AddCopies(records, random);
    std::vector<Sequence> last(way.writers, 0);
    for (RawRecord& record : records) {
        const size_t writer = random.Below(way.writers);
        record.writer = WriterId{static_cast<int64_t>(writer) + 1};
        record.sequence = last[writer] += 1 + random.Below(2);
        record.partition = PartitionOf(record.device);
    }
    return records;
}

std::vector<std::string> Results(ProcessedStore& store, GenerationId generation) {
    std::vector<std::string> lines;
    std::vector<Datastream> datastreams = Sure(store.Datastreams(generation));
    std::ranges::sort(datastreams, {}, &Datastream::name);
    for (const Datastream& datastream : datastreams)
        AddSeries(store, generation, datastream, lines);
    return lines;
}

ProcessingConfig MadeConfig() {
    return Sure(ParseConfig(ConfigVersion{1}, kMadeSite));
}

Status ProcessAll(Processor& processor, const StepLimits& limits) {
    for (;;) {
        TILTH_TRY(const StepReport report, processor.Step(limits));
        if (report.caught_up) return {};
    }
}

Status Deliver(
    StreamStore& stream,
    ProcessedStore& processed,
    GenerationId generation,
    const std::vector<RawRecord>& records,
    const Way& way,
    Random& random
) {
    static const ProcessingConfig kConfig = MadeConfig();
    TILTH_TRY(const Lease lease, processed.AcquireLease("test", hours{24}));
    for (size_t i = 0; i < way.writers; ++i) TILTH_CHECK(stream.OpenWriter("test"));
    std::unique_ptr<Processor> processor;
    for (size_t next = 0; next < records.size();) {
        const size_t end = std::min(records.size(), next + 1 + random.Below(way.most_batch));
        for (; next < end; ++next) {
            const RawRecordView view = records[next].View();
            TILTH_CHECK(stream.Append({&view, 1}));
        }
        if (processor == nullptr || random.Uniform() < way.reopen) {
            TILTH_TRY(processor, Processor::Open(stream, processed, generation, kConfig, lease));
        }
        if (random.Below(3) == 0) {
            TILTH_CHECK(processor->Step(way.limits));
        } else {
            TILTH_CHECK(ProcessAll(*processor, way.limits));
        }
    }
    return ProcessAll(*processor, way.limits);
}

}  // namespace tilth::pipeline::testing
