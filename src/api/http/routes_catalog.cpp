#include "api/http/api.h"
#include "api/http/shapes.h"

namespace tilth::api {

using query::JsonWriter;

Result<Response> Api::Things(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const auto things, catalog_.Things());
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Field("now", services_.clock.Now()).Key("things").BeginArray();
    for (const query::ThingPresent& thing : things)
        WriteThing(json, thing, services_.test_name, false);
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::OneThing(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const query::ThingPresent thing, catalog_.ThingByName(request.captures[0]));
    std::string out;
    JsonWriter json(out);
    WriteThing(json, thing, services_.test_name, true);
    return JsonResponse(std::move(out));
}

Result<Response> Api::Datastreams(Request& request) {
    query::Selection selection;
    selection.thing = request.parameters.Text("thing").value_or("");
    selection.property = request.parameters.Text("property").value_or("");
    TILTH_TRY(selection.depth, request.parameters.Number("depth"));
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const auto datastreams, catalog_.Datastreams(selection));
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Field("now", services_.clock.Now()).Key("datastreams").BeginArray();
    for (const query::DatastreamPresent& datastream : datastreams) {
        WriteDatastream(json, datastream, services_.test_name);
    }
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::OneDatastream(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    query::Selection selection;
    selection.names = {request.captures[0]};
    TILTH_TRY(const auto datastreams, catalog_.Datastreams(selection));
    std::string out;
    JsonWriter json(out);
    WriteDatastream(json, datastreams.front(), services_.test_name);
    return JsonResponse(std::move(out));
}

Result<Response> Api::Properties(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("properties").BeginArray();
    for (const ObservedProperty& property : KnownProperties()) {
        json.BeginObject().Field("name", property.name).Field("title", property.title);
        json.Field("unit", property.unit).Field("short_name", property.short_name).EndObject();
    }
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

}  // namespace tilth::api
