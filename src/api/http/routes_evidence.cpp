#include "api/http/api.h"
#include "api/http/shapes.h"

namespace tilth::api {

using query::JsonWriter;

Result<Response> Api::Explanations(Request& request) {
    const auto datastream = request.parameters.Text("datastream");
    TILTH_TRY(const auto time, request.parameters.TimeAt("time", services_.clock.Now()));
    TILTH_CHECK(request.parameters.CheckAllKnown());
    if (!datastream || !time) {
        return Fail(
            Fault::kBadInput, "which reading? Give 'datastream' (name or id) and 'time' (exact)"
        );
    }
    TILTH_TRY(const Datastream found, catalog_.Find(*datastream));
    TILTH_TRY(
        const pipeline::Explanation explanation, services_.commands.Explain(found.name, *time)
    );
    std::string out;
    JsonWriter json(out);
    WriteExplanation(json, explanation);
    return JsonResponse(std::move(out));
}

Result<Response> Api::RawRecord(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const uint64_t writer, ParseWhole(request.captures[0], "writer"));
    TILTH_TRY(const uint64_t sequence, ParseWhole(request.captures[1], "record"));
    TILTH_TRY(
        const tilth::RawRecord record,
        services_.commands.RawRecordAt(WriterId{static_cast<int64_t>(writer)}, sequence)
    );
    std::string out;
    JsonWriter json(out);
    WriteRawRecord(json, record);
    return JsonResponse(std::move(out));
}

Result<Response> Api::DeadLetters(Request& request) {
    TILTH_TRY(const auto limit, request.parameters.Integer("limit", 1, 10'000));
    TILTH_TRY(const auto offset, request.parameters.Integer("offset", 0, INT64_MAX));
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(
        const auto letters, services_.store.DeadLetters(limit.value_or(100), offset.value_or(0))
    );
    TILTH_TRY(const auto counts, services_.store.DeadLetterCounts());
    uint64_t total = 0;
    for (const auto& [code, count] : counts) total += count;
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Field("total", total).Key("counts").BeginObject();
    for (const auto& [code, count] : counts) json.Field(code, count);
    json.EndObject().Key("dead_letters").BeginArray();
    // The bad cells of a file follow each other, and share a large record.
    tilth::RawRecord record;
    for (const DeadLetter& letter : letters) {
        if (record.writer != letter.raw.writer || record.sequence != letter.raw.sequence)
            record = RecordOf(letter);
        WriteDeadLetter(json, letter, record);
    }
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

/// Empty where it is no longer kept, or cannot be read now: the letter says enough without it.
tilth::RawRecord Api::RecordOf(const DeadLetter& letter) {
    return services_.commands.RawRecordAt(letter.raw.writer, letter.raw.sequence)
        .value_or(tilth::RawRecord());
}

Result<Response> Api::RetryDeadLetters(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    pipeline::DeadLetterFilter filter;
    pipeline::Author author{request.subject.name, ""};
    TILTH_TRY(filter.code, body.OptionalText("code"));
    TILTH_TRY(filter.device, body.OptionalText("device"));
    TILTH_TRY(filter.topic, body.OptionalText("topic"));
    TILTH_TRY(author.why, body.OptionalText("why"));
    TILTH_CHECK(body.CheckAllKnown());
    TILTH_TRY(
        const pipeline::RetryOutcome outcome, services_.commands.RetryDeadLetters(filter, author)
    );
    std::string out;
    JsonWriter(out)
        .BeginObject()
        .Field("retried", outcome.retried)
        .Field("understood", outcome.understood)
        .EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::ManualFlags(Request& request) {
    const auto datastream = request.parameters.Text("datastream");
    TILTH_CHECK(request.parameters.CheckAllKnown());
    std::string name;
    if (datastream) {
        TILTH_TRY(const Datastream found, catalog_.Find(*datastream));
        name = found.name;
    }
    TILTH_TRY(const auto flags, services_.store.ManualFlags());
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("manual_flags").BeginArray();
    for (const ManualFlag& flag : flags) {
        if (name.empty() || flag.datastream == name) WriteManualFlag(json, flag);
    }
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::AddManualFlag(Request& request, bool withdraw) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    ManualFlag flag;
    flag.withdraw = withdraw;
    pipeline::Author author{request.subject.name, ""};
    TILTH_TRY(const std::string datastream, body.Text("datastream"));
    TILTH_TRY(flag.range, body.Range(services_.clock.Now()));
    if (!withdraw) {
        TILTH_TRY(const std::string text, body.Text("flag"));
        TILTH_TRY(flag.flag, ParseQualityFlag(text));
    }
    TILTH_TRY(author.why, body.Text("why"));
    TILTH_CHECK(body.CheckAllKnown());
    TILTH_TRY(const Datastream found, catalog_.Find(datastream));
    flag.datastream = found.name;
    TILTH_TRY(const ManualFlag kept, services_.commands.AddManualFlag(flag, author));
    std::string out;
    JsonWriter json(out);
    WriteManualFlag(json, kept);
    return JsonResponse(std::move(out), 201);
}

Result<Response> Api::Notes(Request& request) {
    pipeline::NoteFilter filter;
    filter.thing = request.parameters.Text("thing").value_or("");
    TILTH_TRY(filter.range, request.parameters.Range(services_.clock.Now()));
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(const auto notes, services_.commands.Notes(filter));
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("notes").BeginArray();
    for (const pipeline::FieldNote& note : notes) WriteNote(json, note);
    json.EndArray().EndObject();
    return JsonResponse(std::move(out));
}

Result<Response> Api::AddNote(Request& request) {
    TILTH_CHECK(request.parameters.CheckAllKnown());
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    const Time now = services_.clock.Now();
    pipeline::FieldNote note;
    pipeline::Author author{request.subject.name, ""};
    TILTH_TRY(const auto time, body.OptionalTimeAt("time", now));
    note.time = time.value_or(now);
    TILTH_TRY(note.thing, body.OptionalText("thing"));
    TILTH_TRY(note.text, body.Text("text"));
    TILTH_TRY(author.why, body.OptionalText("why"));
    TILTH_CHECK(body.CheckAllKnown());
    TILTH_TRY(const pipeline::FieldNote kept, services_.commands.AddNote(note, author));
    std::string out;
    JsonWriter json(out);
    WriteNote(json, kept);
    return JsonResponse(std::move(out), 201);
}

}  // namespace tilth::api
