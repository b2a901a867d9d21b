#include "pipeline/notes.h"

#include "pipeline/change_record.h"

#include <yaml-cpp/yaml.h>

namespace tilth::pipeline {

std::string Encode(const FieldNote& note) {
    YAML::Emitter out;
    out << YAML::BeginMap << YAML::Key << "time" << YAML::Value << YAML::DoubleQuoted
        << FormatRfc3339(note.time) << YAML::Key << "thing" << YAML::Value << YAML::DoubleQuoted
        << note.thing << YAML::Key << "text" << YAML::Value << YAML::DoubleQuoted << note.text
        << YAML::Key << "who" << YAML::Value << YAML::DoubleQuoted << note.who << YAML::EndMap;
    return out.c_str();
}

Result<FieldNote> DecodeNote(std::string_view payload) {
    try {
        const YAML::Node node = YAML::Load(std::string(payload));
        FieldNote note;
        TILTH_TRY(note.time, ParseRfc3339(node["time"].as<std::string>("")));
        note.thing = node["thing"].as<std::string>("");
        note.text = node["text"].as<std::string>("");
        note.who = node["who"].as<std::string>("");
        return note;
    } catch (const YAML::Exception& e) {
        return Fail(Fault::kBadInput, "a field note cannot be read: {}", e.what());
    }
}

Result<std::vector<FieldNote>> FindNotes(StreamStore& stream, const NoteFilter& filter) {
    FindRequest request;
    request.kind = RecordKind::kFieldNote;
    request.limit = SIZE_MAX;
    TILTH_TRY(const std::vector<RawRecord> records, stream.Find(request));
    std::vector<FieldNote> notes;
    for (const RawRecord& record : records) {
        Result<FieldNote> note = DecodeNote(record.payload);
        if (!note || !filter.range.Contains(note->time)) continue;
        if (!filter.thing.empty() && note->thing != filter.thing) continue;
        note->when = record.received_at;
        notes.push_back(std::move(*note));
        if (notes.size() == filter.limit) break;
    }
    return notes;
}

}  // namespace tilth::pipeline
