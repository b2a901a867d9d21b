#include "api/http/api.h"
#include "api/http/negotiate.h"
#include "api/http/shapes.h"
#include "base/hash.h"

namespace tilth::api {
namespace {

using query::JsonWriter;

constexpr uint64_t kMostPoints = 100'000;

Status ReadAggregates(Parameters& parameters, query::ObservationQuery& query) {
    const auto every = parameters.Text("every");
    const std::vector<std::string> names = parameters.List("aggregate");
    if (!every) {
        if (names.empty()) return {};
        return Fail(
            Fault::kBadInput,
            "parameter 'aggregate': needs 'every' (hour, day, week, month or a duration)"
        );
    }
    auto step = query::Every::Parse(*every);
    if (!step) return InParameter("every", step.error());
    query.every = *step;
    if (!names.empty()) query.aggregates.clear();
    for (const std::string& name : names) {
        const auto aggregate = query::ParseAggregate(name);
        if (!aggregate) return InParameter("aggregate", aggregate.error());
        query.aggregates.push_back(*aggregate);
    }
    return {};
}

Result<query::Selection> ReadSelection(Parameters& parameters) {
    query::Selection selection;
    selection.names = parameters.List("datastream");
    selection.thing = parameters.Text("thing").value_or("");
    selection.property = parameters.Text("property").value_or("");
    TILTH_TRY(selection.depth, parameters.Number("depth"));
    return selection;
}

const char* ContentTypeOf(query::Format format) {
    switch (format) {
        case query::Format::kJson:
            return "application/json";
        case query::Format::kCsv:
            return "text/csv; charset=utf-8";
        case query::Format::kParquet:
            return "application/vnd.apache.parquet";
    }
    return "application/json";
}

}  // namespace

Result<Response> Api::Observations(Request& request) {
    Parameters& parameters = request.parameters;
    query::ObservationQuery query;
    TILTH_TRY(const query::Selection selection, ReadSelection(parameters));
    TILTH_TRY(query.range, parameters.Range(services_.clock.Now()));
    TILTH_TRY(query.flags, parameters.Flags("flags"));
    TILTH_TRY(query.raw, parameters.Flag("raw"));
    TILTH_TRY(query.max_points, parameters.Integer("max_points", 4, kMostPoints));
    TILTH_TRY(const auto limit, parameters.Integer("limit", 1, UINT32_MAX));
    if (limit) query.limit = *limit;
    TILTH_CHECK(ReadAggregates(parameters, query));
    const auto format = ChooseFormat(parameters.Text("format"), request.accept);
    TILTH_CHECK(parameters.CheckAllKnown());
    if (!format) return std::unexpected(format.error());
    query.format = *format;
    if (selection.Empty() && query.format == query::Format::kJson) {
        return Fail(
            Fault::kBadInput,
            "which series? Give 'datastream' (name or id), or some of 'thing', 'property' and "
            "'depth'; all at once are to be had as CSV or Parquet"
        );
    }
    TILTH_TRY(query.datastreams, catalog_.Select(selection));
    if (query.datastreams.empty() && !selection.Empty())
        return std::unexpected(catalog_.NothingFits(selection));

    TILTH_TRY(const ChangeToken token, services_.store.LatestToken());
    TILTH_TRY(const GenerationId generation, catalog_.ActiveGeneration());
    const std::string what = fmt::format(
        "{} {} {} {} {}",
        request.query_text,
        ToMicros(query.range.from),
        ToMicros(query.range.to),
        static_cast<int>(query.format),
        Raw(generation)
    );
    Response response;
    response.etag = fmt::format("W/\"{}-{:016x}\"", Raw(token), Hash64(what));
    response.content_type = ContentTypeOf(query.format);
    if (query.format == query::Format::kParquet) {
        response.headers.emplace_back(
            "Content-Disposition", "attachment; filename=\"observations.parquet\""
        );
    }
    TILTH_TRY(
        response.payload,
        query::OpenObservations(services_.store, catalog_, services_.test_name, std::move(query))
    );
    return response;
}

Result<Response> Api::Events(Request& request) {
    EventRequest wanted;
    query::Selection selection;
    selection.names = request.parameters.List("datastreams");
    if (!selection.names.empty()) {
        TILTH_TRY(const auto datastreams, catalog_.Select(selection));
        for (const Datastream& datastream : datastreams)
            wanted.datastreams.push_back(datastream.id);
    }
    TILTH_TRY(const auto after, request.parameters.Integer("after", 0, UINT64_MAX));
    if (after) wanted.after = ChangeToken{*after};
    if (!request.last_event_id.empty()) {
        TILTH_TRY(const uint64_t last, ParseWhole(request.last_event_id, "change (Last-Event-ID)"));
        wanted.after = ChangeToken{last};
    }
    TILTH_CHECK(request.parameters.CheckAllKnown());
    wanted.wake = request.wake;
    Response response;
    response.content_type = "text/event-stream";
    response.cache_control = "no-store";
    TILTH_TRY(response.payload, services_.open_events(std::move(wanted)));
    return response;
}

}  // namespace tilth::api
