#include "api/http/shapes.h"

#include "base/text.h"
#include "model/trace_context.h"

namespace tilth::api {
namespace {

using query::JsonWriter;

void WriteTests(JsonWriter& json, TestSet tests, const query::TestName& names) {
    json.BeginArray();
    for (int test = 0; test < 64; ++test) {
        if (tests.Has(test)) json.Value(names(test));
    }
    json.EndArray();
}

/// Nothing where a message belongs to no trace.
void WriteTrace(JsonWriter& json, const TraceContext& trace) {
    if (trace.traceparent.empty()) return;
    json.Field("traceparent", trace.traceparent);
    if (!trace.tracestate.empty()) json.Field("tracestate", trace.tracestate);
}

void WriteAge(JsonWriter& json, const std::optional<Duration>& age) {
    json.Key("age_seconds");
    if (age) {
        json.Value(ToSeconds(*age));
    } else {
        json.Null();
    }
}

void WriteLocation(JsonWriter& json, const Location& location) {
    json.Key("location");
    if (!location.Known()) {
        json.Null();
        return;
    }
    json.BeginObject().Field("latitude", location.latitude).Field("longitude", location.longitude);
    json.Field("elevation", location.elevation).EndObject();
}

void WriteBattery(JsonWriter& json, const std::optional<query::Battery>& battery) {
    json.Key("battery");
    if (!battery) {
        json.Null();
        return;
    }
    json.BeginObject()
        .OptionalField("percent", battery->percent)
        .OptionalField("voltage", battery->voltage);
    json.Field("time", battery->time).EndObject();
}

const char* NameOfKind(RecordKind kind) {
    switch (kind) {
        case RecordKind::kMessage:
            return "message";
        case RecordKind::kOversized:
            return "oversized";
        case RecordKind::kFileBlock:
            return "file_block";
        case RecordKind::kConfig:
            return "config";
        case RecordKind::kManualFlag:
            return "manual_flag";
        case RecordKind::kFieldNote:
            return "field_note";
        case RecordKind::kHorizon:
            return "horizon";
    }
    return "unknown";
}

void WriteValues(JsonWriter& json, const std::vector<pipeline::ExplainedTest>& reasons) {
    json.Key("reasons").BeginArray();
    for (const pipeline::ExplainedTest& reason : reasons) {
        json.BeginObject()
            .Field("test", reason.test)
            .Field("flag", Name(reason.flag))
            .Field("text", reason.text);
        json.Key("thresholds").BeginObject();
        for (const pipeline::ExplainedValue& threshold : reason.thresholds) {
            json.Field(threshold.name, threshold.value);
        }
        json.EndObject().Key("saw").BeginArray();
        for (const pipeline::ExplainedValue& reading : reason.saw) {
            json.BeginObject()
                .Field("time", reading.time)
                .Field("value", reading.value)
                .EndObject();
        }
        json.EndArray().EndObject();
    }
    json.EndArray();
}

}  // namespace

void WriteDatastream(
    JsonWriter& json, const query::DatastreamPresent& present, const query::TestName& names
) {
    const Datastream& d = present.datastream;
    const ObservedProperty* known = FindProperty(d.property);
    json.BeginObject().Key("id").Quoted(Raw(d.id));
    json.Field("name", d.name).Field("thing", d.thing).Field("property", d.property);
    json.Field("title", known == nullptr ? std::string_view(d.property) : known->title);
    json.OptionalField("depth", d.depth)
        .Field("label", d.label)
        .Field("unit", d.unit)
        .Field("sensor", d.sensor);
    json.Field("resolution", d.resolution).Key("cadence_seconds");
    if (d.cadence > Duration{}) {
        json.Value(ToSeconds(d.cadence));
    } else {
        json.Null();
    }
    json.Field("profile", d.profile)
        .Field("registered_itself", d.registered_itself)
        .Field("derived", d.derived);
    json.Field("emulated", present.emulated).Field("state", Name(present.state));
    WriteAge(json, present.age);
    json.Key("last");
    if (present.last) {
        const Observation& last = *present.last;
        json.BeginObject()
            .Field("time", last.time)
            .Field("value", last.value)
            .Field("raw_value", last.raw_value);
        json.Field("flag", Name(last.flag)).Key("tests");
        WriteTests(json, last.objected, names);
        json.Field("provisional", last.provisional).EndObject();
    } else {
        json.Null();
    }
    json.EndObject();
}

void WriteThing(
    JsonWriter& json, const query::ThingPresent& present, const query::TestName& names, bool whole
) {
    const Thing& thing = present.thing;
    json.BeginObject().Field("name", thing.name).Field("description", thing.description);
    json.Field("device", thing.device);
    WriteLocation(json, thing.location);
    json.Field("registered_itself", thing.registered_itself).Field("emulated", thing.emulated);
    json.Field("state", Name(present.state)).OptionalField("last_time", present.last_time);
    WriteAge(json, present.age);
    WriteBattery(json, present.battery);
    json.Key("datastreams");
    if (whole) {
        json.BeginArray();
        for (const query::DatastreamPresent& datastream : present.datastreams)
            WriteDatastream(json, datastream, names);
        json.EndArray();
    } else {
        json.Value(present.datastreams.size());
    }
    json.EndObject();
}

void WriteManualFlag(JsonWriter& json, const ManualFlag& flag) {
    json.BeginObject()
        .Field("datastream", flag.datastream)
        .Field("from", flag.range.from)
        .Field("to", flag.range.to);
    json.Field("flag", Name(flag.flag)).Field("withdraw", flag.withdraw).Field("who", flag.who);
    json.Field("why", flag.why).Field("when", flag.when).EndObject();
}

void WriteNote(JsonWriter& json, const pipeline::FieldNote& note) {
    json.BeginObject().Field("time", note.time).Field("thing", note.thing).Field("text", note.text);
    json.Field("who", note.who).Field("when", note.when).EndObject();
}

void WriteTask(JsonWriter& json, const pipeline::Task& task) {
    json.BeginObject().Field("id", task.id).Field("kind", task.kind).Field("name", task.name);
    json.Field("state", task.state)
        .Field("done", task.done)
        .Field("total", task.total)
        .Field("unit", task.unit);
    json.Field("rate_per_second", task.rate_per_second)
        .OptionalField("seconds_left", task.seconds_left);
    json.Field("message", task.message).Key("difference");
    if (task.difference) {
        json.BeginObject().Field("datastreams", task.difference->datastreams);
        json.Field("changed", task.difference->changed).Field("added", task.difference->added);
        json.Field("removed", task.difference->removed).EndObject();
    } else {
        json.Null();
    }
    json.EndObject();
}

void WriteStatus(JsonWriter& json, const pipeline::LabStatus& status, Time now) {
    json.BeginObject()
        .Field("version", status.version)
        .Field("started_at", status.started_at)
        .Field("now", now);
    json.Field("lab", status.lab).Field("site", status.site).Key("roles").BeginArray();
    for (const pipeline::RoleStatus& role : status.roles) {
        json.BeginObject()
            .Field("name", role.name)
            .Field("state", role.state)
            .Field("detail", role.detail)
            .EndObject();
    }
    json.EndArray();
    if (status.broker) {
        json.Key("broker").BeginObject().Field("address", status.broker->address);
        json.Field("state", status.broker->state).Field("detail", status.broker->detail);
        json.EndObject();
    }
    json.Key("rates").BeginObject();
    json.Field("messages_per_second", status.messages_per_second);
    json.Field("observations_per_second", status.observations_per_second).EndObject();
    json.Key("counts")
        .BeginObject()
        .Field("records", status.records)
        .Field("observations", status.observations);
    json.Field("datastreams", status.datastreams).Field("dead_letters", status.dead_letters);
    json.Field("stream_bytes", status.stream_bytes)
        .Field("processed_bytes", status.processed_bytes)
        .EndObject();
    json.Key("lag")
        .BeginObject()
        .Field("records", status.lag_records)
        .Field("seconds", status.lag_seconds);
    json.EndObject().Key("tasks").BeginArray();
    for (const pipeline::Task& task : status.tasks) WriteTask(json, task);
    json.EndArray().EndObject();
}

void WriteExplanation(JsonWriter& json, const pipeline::Explanation& explanation) {
    const Observation& reading = explanation.reading;
    json.BeginObject().Field("datastream", explanation.datastream).Field("time", reading.time);
    json.Field("value", reading.value)
        .Field("raw_value", reading.raw_value)
        .Field("flag", Name(reading.flag));
    json.Field("provisional", reading.provisional);
    WriteValues(json, explanation.reasons);
    json.Key("not_evaluated").BeginArray();
    for (const std::string& test : explanation.not_evaluated) json.Value(test);
    json.EndArray().Key("manual");
    if (explanation.manual) {
        json.BeginObject()
            .Field("flag", Name(explanation.manual->flag))
            .Field("who", explanation.manual->who);
        json.Field("why", explanation.manual->why)
            .Field("when", explanation.manual->when)
            .EndObject();
    } else {
        json.Null();
    }
    json.Key("raw").BeginObject().Key("writer").Quoted(Raw(reading.raw.writer));
    json.Key("sequence")
        .Quoted(reading.raw.sequence)
        .Field("position", reading.raw.position)
        .EndObject();
    json.Field("message_id", explanation.message_id);
    WriteTrace(json, {explanation.traceparent, explanation.tracestate});
    json.EndObject();
}

void WriteRawRecord(JsonWriter& json, const RawRecord& record) {
    json.BeginObject().Field("id", record.id).Key("writer").Quoted(Raw(record.writer));
    json.Key("sequence").Quoted(record.sequence).Field("kind", NameOfKind(record.kind));
    json.Field("qos", static_cast<int>(record.qos)).Field("retained", record.retained);
    json.Field("received_at", record.received_at).Field("topic", Printable(record.topic, 1024));
    json.Field("topic_base64", Base64(record.topic))
        .Field("payload_base64", Base64(record.payload));
    if (IsUtf8(record.payload)) json.Field("text", record.payload);
    json.Field("device", record.device).Field("note", WithoutTrace(record.note));
    WriteTrace(json, TraceOf(record.note).value_or(TraceContext{}));
    json.EndObject();
}

void WriteDeadLetter(JsonWriter& json, const DeadLetter& letter, const RawRecord& record) {
    json.BeginObject().Key("writer").Quoted(Raw(letter.raw.writer));
    json.Key("sequence").Quoted(letter.raw.sequence).Field("position", letter.raw.position);
    json.Field("received_at", letter.received_at)
        .Field("topic", letter.topic)
        .Field("device", letter.device);
    json.Field("code", letter.code).Field("reason", letter.reason);
    json.Field("message_id", record.id);
    WriteTrace(json, TraceOf(record.note).value_or(TraceContext{}));
    json.EndObject();
}

std::string Base64(std::string_view bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t at = 0; at < bytes.size(); at += 3) {
        const size_t count = std::min<size_t>(3, bytes.size() - at);
        uint32_t group = 0;
        for (size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (size_t i = 0; i < 4; ++i)
            out += i <= count ? kDigits[group >> (18 - 6 * i) & 63] : '=';
    }
    return out;
}

}  // namespace tilth::api
