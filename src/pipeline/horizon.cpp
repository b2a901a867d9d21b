#include "pipeline/horizon.h"

#include "pipeline/config_history.h"
#include "pipeline/generation_keeper.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace tilth::pipeline {

std::string Encode(const Horizon& horizon) {
    YAML::Emitter out;
    out << YAML::BeginMap << YAML::Key << "before" << YAML::Value << YAML::DoubleQuoted
        << FormatRfc3339(horizon.before) << YAML::Key << "who" << YAML::Value << YAML::DoubleQuoted
        << horizon.who << YAML::Key << "why" << YAML::Value << YAML::DoubleQuoted << horizon.why
        << YAML::EndMap;
    return out.c_str();
}

Result<Horizon> DecodeHorizon(std::string_view payload) {
    try {
        const YAML::Node node = YAML::Load(std::string(payload));
        Horizon horizon;
        TILTH_TRY(horizon.before, ParseRfc3339(node["before"].as<std::string>("")));
        horizon.who = node["who"].as<std::string>("");
        horizon.why = node["why"].as<std::string>("");
        return horizon;
    } catch (const YAML::Exception& e) {
        return Fail(Fault::kBadInput, "a record of a horizon cannot be read: {}", e.what());
    }
}

Result<std::optional<Horizon>> LatestHorizon(StreamStore& stream) {
    FindRequest request;
    request.kind = RecordKind::kHorizon;
    request.limit = 1;
    TILTH_TRY(const std::vector<RawRecord> records, stream.Find(request));
    if (records.empty()) return std::nullopt;
    TILTH_TRY(Horizon horizon, DecodeHorizon(records.front().payload));
    horizon.when = records.front().received_at;
    return horizon;
}

Status CheckNothingIsFrozen(StreamStore& stream, ProcessedStore& processed) {
    TILTH_TRY(const std::optional<Horizon> horizon, LatestHorizon(stream));
    if (!horizon) return {};
    TILTH_TRY(const std::vector<Generation> generations, processed.Generations());
    const Generation* active = FindState(generations, GenerationState::kActive);
    if (active == nullptr || active->created_at > horizon->when) return {};
    return Fail(
        Fault::kRefused,
        "the results cannot be made anew: records from before {} were deleted by {} on {} ({}), "
        "and "
        "new results would lack them; those there are stay as they are",
        FormatRfc3339(horizon->before),
        horizon->who,
        FormatRfc3339(horizon->when),
        horizon->why
    );
}

Result<std::vector<ArchivedRange>> FilesBefore(archive::ArchivedStream& stream, Time before) {
    TILTH_TRY(std::vector<ArchivedRange> ranges, stream.Archived());
    std::erase_if(ranges, [before](const ArchivedRange& range) {
        return range.state != ArchiveState::kMoved || range.received_last >= before;
    });
    return ranges;
}

Result<DeleteReport> DeleteArchived(
    archive::ArchivedStream& stream,
    ProcessedStore& processed,
    const Clock& clock,
    const Horizon& horizon
) {
    TILTH_TRY([[maybe_unused]] const archive::Descriptor lock, stream.LockArchive());
    TILTH_CHECK(stream.RemoveLeftovers());
    TILTH_TRY(const std::vector<Generation> generations, processed.Generations());
    if (FindState(generations, GenerationState::kBuilding) != nullptr) {
        return Fail(
            Fault::kConflict,
            "new results are being made from these records; delete them when that is done"
        );
    }
    TILTH_TRY(const std::vector<ArchivedRange> ranges, FilesBefore(stream, horizon.before));
    if (ranges.empty()) {
        return Fail(
            Fault::kNotFound,
            "no archive file has only records from before {}",
            FormatRfc3339(horizon.before)
        );
    }
    Horizon decision = horizon;
    decision.before = std::min(horizon.before, clock.Now());
    TILTH_CHECK(AppendChange(stream, clock, RecordKind::kHorizon, "horizon", Encode(decision)));
    DeleteReport report;
    for (const ArchivedRange& range : ranges) {
        TILTH_CHECK(stream.Delete(range));
        ++report.files;
        report.records += range.records;
        report.file_bytes += range.file_bytes;
    }
    return report;
}

}  // namespace tilth::pipeline
