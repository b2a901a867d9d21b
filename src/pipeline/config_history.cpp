#include "pipeline/config_history.h"

#include "base/hash.h"

namespace tilth::pipeline {

Result<std::vector<ConfigEntry>> ConfigHistory(StreamStore& stream) {
    FindRequest request;
    request.kind = RecordKind::kConfig;
    request.limit = SIZE_MAX;
    TILTH_TRY(const std::vector<RawRecord> records, stream.Find(request));
    std::vector<ConfigEntry> entries;
    for (const RawRecord& record : records) {
        TILTH_TRY(ConfigChange change, DecodeConfigChange(record.payload));
        entries.push_back({std::move(change), record.received_at});
    }
    return entries;
}

Result<ConfigEntry> FindConfig(StreamStore& stream, ConfigVersion version) {
    TILTH_TRY(std::vector<ConfigEntry> entries, ConfigHistory(stream));
    for (ConfigEntry& entry : entries) {
        if (entry.change.version == version) return std::move(entry);
    }
    return Fail(Fault::kNotFound, "there is no version {} of the configuration", Raw(version));
}

Result<ProcessingConfig> LoadConfig(StreamStore& stream, ConfigVersion version) {
    if (version == ConfigVersion{}) return ProcessingConfig{};
    TILTH_TRY(const ConfigEntry entry, FindConfig(stream, version));
    return ParseConfig(version, entry.change.text);
}

Status AppendChange(
    StreamStore& stream, Time when, RecordKind kind, std::string_view name, std::string_view payload
) {
    TILTH_TRY(const WriterId writer, stream.OpenWriter("commands"));
    const std::string id = fmt::format("{}-1", Raw(writer));
    RawRecordView record;
    record.id = id;
    record.writer = writer;
    record.sequence = 1;
    record.partition = PartitionId{static_cast<uint16_t>(Hash64(name) % kPartitions)};
    record.kind = kind;
    record.received_at = when;
    record.topic = name;
    record.payload = payload;
    record.device = name;
    TILTH_TRY(const AppendOutcome outcome, stream.Append({&record, 1}));
    return stream.EndWriter(writer);
}

Status AppendChange(
    StreamStore& stream,
    const Clock& clock,
    RecordKind kind,
    std::string_view name,
    std::string_view payload
) {
    return AppendChange(stream, clock.Now(), kind, name, payload);
}

}  // namespace tilth::pipeline
