#include "api/live/events.h"

#include "query/json_writer.h"

namespace tilth::live {
namespace {

using query::JsonWriter;

void WriteRange(JsonWriter& json, DatastreamId id, TimeRange range) {
    json.Key("datastream").Quoted(Raw(id)).Field("from", range.from).Field("to", range.to);
}

Event Finish(std::string text) {
    text += "\n\n";
    return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

Event ObservationsEvent(
    DatastreamId id,
    TimeRange range,
    std::span<const query::Point> rows,
    const query::TestName& test_name
) {
    std::string text = "event: observations\ndata: ";
    JsonWriter json(text);
    json.BeginObject();
    WriteRange(json, id, range);
    json.Key("rows").BeginArray();
    for (size_t i = 0; i < rows.size(); ++i) {
        if (i > 0) text += ',';
        AppendRow(text, rows[i], true, test_name);
    }
    json.EndArray().EndObject();
    return Finish(std::move(text));
}

Event ChangedEvent(DatastreamId id, TimeRange range) {
    std::string text = "event: changed\ndata: ";
    JsonWriter json(text);
    json.BeginObject();
    WriteRange(json, id, range);
    json.EndObject();
    return Finish(std::move(text));
}

Event ResetEvent(std::string_view reason) {
    std::string text = "event: reset\ndata: ";
    JsonWriter(text).BeginObject().Field("reason", reason).EndObject();
    return Finish(std::move(text));
}

Event StateEvent(const Datastream& datastream, query::PresentState state, Duration age) {
    std::string text = "event: state\ndata: ";
    JsonWriter json(text);
    json.BeginObject()
        .Key("datastream")
        .Quoted(Raw(datastream.id))
        .Field("thing", datastream.thing);
    json.Field("state", Name(state)).Field("age_seconds", ToSeconds(age)).EndObject();
    return Finish(std::move(text));
}

}  // namespace tilth::live
