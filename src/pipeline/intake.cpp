#include "pipeline/intake.h"

#include "base/text.h"
#include "codec/topic_filter.h"
#include "model/trace_context.h"
#include "pipeline/change_record.h"
#include "store/texts.h"

namespace tilth::pipeline {
namespace {

constexpr size_t kKeptArrivals = 64;  ///< Room that a datastream keeps between steps.

}  // namespace

Intake::Intake(const SiteConfig& config, Identifier identifier)
    : config_(config), identifier_(std::move(identifier)) {}

Result<Intake> Intake::Make(const SiteConfig& config) {
    TILTH_TRY(Identifier identifier, Identifier::Make(config));
    return Intake(config, std::move(identifier));
}

void Intake::Take(const RawRecordView& record) {
    ++records_;
    switch (record.kind) {
        case RecordKind::kMessage:
            return TakeMessage(record);
        case RecordKind::kFileBlock:
            return TakeBlock(record);
        case RecordKind::kOversized:
            return TakeOversized(record);
        case RecordKind::kManualFlag:
            return TakeManualFlag(record);
        case RecordKind::kConfig:
        case RecordKind::kFieldNote:
        case RecordKind::kHorizon:
            return;
    }
    AddDeadLetter(
        record, 0, "unknown_kind", "a record of a kind that this version of Tilth does not know"
    );
}

const MessageMapping* Intake::MappingOf(std::string_view topic) const {
    for (const MessageMapping& mapping : config_.mappings) {
        if (codec::MatchesFilter(mapping.topic_filter, topic)) return &mapping;
    }
    return nullptr;
}

void Intake::TakeMessage(const RawRecordView& record) {
    static const MessageMapping kDefault;
    const MessageMapping* mapping = MappingOf(record.topic);
    const auto status = decoder_.Decode(
        record.topic,
        record.payload,
        record.received_at,
        mapping != nullptr ? *mapping : kDefault,
        decoded_
    );
    if (!status) return AddDeadLetter(record, 0, status.error().code, status.error().message);
    if (const Status room = identifier_.CheckChannels(decoded_); !room)
        return AddDeadLetter(record, 0, Name(room.error().fault), room.error().message);
    // All readings of a message or none: they are identified before the first is taken.
    identified_.clear();
    for (const codec::DecodedReading& reading : decoded_) {
        Result<Target> target = identifier_.Find(reading);
        if (!target)
            return AddDeadLetter(
                record, 0, Name(target.error().fault), std::move(target.error().message)
            );
        identified_.emplace_back(*target, &reading);
    }
    // A retained message without its own time was measured nobody knows when.
    uint32_t position = 0;
    for (const auto& [target, reading] : identified_) {
        const uint32_t place = position++;
        if (record.retained && !reading->has_time) continue;
        qc::Arrival arrival;
        arrival.time = reading->time;
        arrival.raw_value = reading->value;
        arrival.value = target.Value(reading->value);
        arrival.number = reading->number;
        arrival.raw = {record.writer, record.sequence, place};
        arrival.received_at = record.received_at;
        Add(target.series, arrival);
    }
}

void Intake::TakeBlock(const RawRecordView& record) {
    const Result<codec::FileBlock> block = codec::DecodeFileBlock(record.payload);
    if (!block) return AddDeadLetter(record, 0, "bad_block", block.error().message);
    const Result<codec::BlockReadings> readings = codec::ReadBlock(*block);
    if (!readings) return AddDeadLetter(record, 0, "bad_block", readings.error().message);
    for (const codec::BlockColumn& column : readings->columns) TakeColumn(record, column);
    for (const Thing& thing : readings->things) identifier_.Describe(thing);
    TakeBadCells(record, *block, *readings);
}

void Intake::TakeColumn(const RawRecordView& record, const codec::BlockColumn& column) {
    qc::Arrival arrival;
    arrival.rank = column.rank;
    ColumnTarget to{{Time::max(), Time::min()}, Target{}};
    for (size_t i = 0; i < column.values.size(); ++i) {
        arrival.time = column.times[i];
        arrival.raw = {
            record.writer, record.sequence, codec::BlockPosition(column.rows[i], column.column)};
        if (!to.valid.Contains(arrival.time)) {
            to = identifier_.Find(column, arrival.time);
            if (!to.target) RefuseColumn(record, column, arrival.raw.position, to.target.error());
        }
        if (!to.target) continue;
        arrival.raw_value = column.values[i];
        arrival.value = to.target->Value(arrival.raw_value);
        Add(to.target->series, arrival);
    }
}

void Intake::RefuseColumn(
    const RawRecordView& record,
    const codec::BlockColumn& column,
    uint32_t position,
    const Error& why
) {
    AddDeadLetter(
        record,
        position,
        Name(why.fault),
        fmt::format("column {}: {}", Printable(column.channel), why.message)
    );
}

void Intake::TakeBadCells(
    const RawRecordView& record, const codec::FileBlock& block, const codec::BlockReadings& readings
) {
    uint32_t position = 0;
    for (const codec::BadCell& cell : readings.bad) {
        AddDeadLetter(record, position++, "bad_cell", codec::Describe(cell, block.header.file));
    }
    if (readings.bad_count > readings.bad.size()) {
        AddDeadLetter(
            record,
            position,
            "bad_cell",
            fmt::format(
                "{}: {} more bad rows or cells in this block",
                block.header.file,
                readings.bad_count - readings.bad.size()
            )
        );
    }
}

void Intake::TakeOversized(const RawRecordView& record) {
    AddDeadLetter(
        record,
        0,
        "oversized",
        fmt::format(
            "a message over the size limit; its first part is kept ({})", WithoutTrace(record.note)
        )
    );
}

void Intake::TakeManualFlag(const RawRecordView& record) {
    Result<ManualFlag> flag = DecodeManualFlag(record.payload);
    if (!flag) return AddDeadLetter(record, 0, "bad_flag", std::move(flag.error().message));
    if (const Status name = CheckStorableName(flag->datastream); !name) {
        return AddDeadLetter(record, 0, "bad_flag", name.error().message);
    }
    flag->when = record.received_at;
    manual_flags_.push_back(std::move(*flag));
}

void Intake::Add(size_t series, const qc::Arrival& arrival) {
    if (series >= arrivals_.size()) arrivals_.resize(identifier_.datastreams().size());
    std::vector<qc::Arrival>& arrivals = arrivals_[series];
    if (arrivals.empty()) touched_.push_back(series);
    arrivals.push_back(arrival);
    ++readings_;
}

void Intake::AddDeadLetter(
    const RawRecordView& record, uint32_t position, std::string_view code, std::string reason
) {
    DeadLetter letter;
    letter.raw = {record.writer, record.sequence, position};
    letter.partition = record.partition;
    letter.received_at = record.received_at;
    letter.topic = Printable(record.topic, 256);
    letter.device = Printable(record.device, 256);
    letter.code = code;
    letter.reason = std::move(reason);
    dead_letters_.push_back(std::move(letter));
}

void Intake::Clear() {
    for (const size_t series : touched_) {
        std::vector<qc::Arrival>& arrivals = arrivals_[series];
        arrivals.clear();
        if (arrivals.capacity() > kKeptArrivals) arrivals.shrink_to_fit();
    }
    touched_.clear();
    dead_letters_.clear();
    manual_flags_.clear();
    readings_ = 0;
    records_ = 0;
}

}  // namespace tilth::pipeline
