#include "query/json_writer.h"
#include "query/observation_writer.h"

namespace tilth::query {
namespace {

void AppendBound(std::string& out, Time time, Time open) {
    if (time == open) {
        out += "null";
        return;
    }
    out += '"';
    AppendTime(out, time);
    out += '"';
}

class JsonObservations final : public ObservationWriter {
  public:
    JsonObservations(const ObservationQuery& query, const TestName& test_name, AnswerFacts facts)
        : query_(query), test_name_(test_name), facts_(facts) {}

    void Begin(std::string& out) override { out += "{\"series\":["; }

    void BeginSeries(std::string& out, const Datastream& datastream, const Plot* plot) override {
        out += first_series_ ? "" : ",";
        first_series_ = false;
        first_row_ = true;
        JsonWriter json(out);
        json.BeginObject().Key("datastream").BeginObject();
        json.Key("id")
            .Quoted(Raw(datastream.id))
            .Field("name", datastream.name)
            .Field("thing", datastream.thing);
        json.Field("property", datastream.property).OptionalField("depth", datastream.depth);
        json.Field("unit", datastream.unit).EndObject();
        if (query_.every) json.Field("every", query_.every->Text());
        json.Key("columns").BeginArray();
        for (const std::string& column : Columns()) json.Value(column);
        json.EndArray();
        if (!query_.every)
            json.Field("source", plot == nullptr ? "rows" : Name(plot->source)).Key("gap_seconds");
        if (plot != nullptr) {
            json.Value(ToSeconds(plot->gap));
        } else if (!query_.every) {
            json.Null();
        }
        json.Key("rows").BeginArray();
    }

    void Points(std::string& out, const Datastream&, std::span<const Point> points) override {
        for (const Point& point : points) {
            Comma(out);
            AppendRow(out, point, query_.raw, test_name_);
        }
    }

    void Summaries(std::string& out, const Datastream&, std::span<const Summary> rows) override {
        for (const Summary& row : rows) {
            Comma(out);
            out += "[\"";
            AppendTime(out, row.start);
            out += '"';
            for (const Aggregate aggregate : query_.aggregates) {
                out += ',';
                AppendJsonNumber(out, row.Get(aggregate));
            }
            out += ']';
        }
    }

    void EndSeries(std::string& out, const Plot* plot) override {
        out += ']';
        if (plot != nullptr) {
            JsonWriter(out.append(",\"flagged\":"))
                .BeginObject()
                .Field("total", plot->flagged)
                .Field("shown", plot->flagged_shown)
                .EndObject();
        }
        out += '}';
    }

    void End(std::string& out) override {
        out += "],\"from\":";
        AppendBound(out, query_.range.from, Time::min());
        out += ",\"to\":";
        AppendBound(out, query_.range.to, Time::max());
        out += ",\"generation\":";
        JsonWriter(out).Value(Raw(facts_.generation));
        out += ",\"token\":";
        JsonWriter(out).Quoted(Raw(facts_.token));
        out += "}\n";
    }

  private:
    std::vector<std::string> Columns() const {
        std::vector<std::string> columns{"time"};
        if (query_.every) {
            for (const Aggregate aggregate : query_.aggregates)
                columns.emplace_back(Name(aggregate));
        } else {
            columns.insert(columns.end(), {"value", "flag", "tests"});
            if (query_.raw) columns.emplace_back("raw_value");
        }
        return columns;
    }

    void Comma(std::string& out) {
        if (!first_row_) out += ',';
        first_row_ = false;
    }

    const ObservationQuery& query_;
    const TestName& test_name_;
    AnswerFacts facts_;
    bool first_series_ = true;
    bool first_row_ = true;
};

}  // namespace

void AppendTests(std::string& out, TestSet tests, const TestName& test_name) {
    out += '[';
    for (int test = 0; test < 64; ++test) {
        if (!tests.Has(test)) continue;
        if (out.back() != '[') out += ',';
        AppendJsonString(out, test_name(test));
    }
    out += ']';
}

void AppendRow(std::string& out, const Point& point, bool raw, const TestName& test_name) {
    out += "[\"";
    AppendTime(out, point.time);
    out += "\",";
    AppendJsonNumber(out, point.value);
    if (point.gap) {
        out += ",null,[]";
    } else {
        out += ",\"";
        out += Name(point.flag);
        out += "\",";
        AppendTests(out, point.tests, test_name);
    }
    if (raw) {
        out += ',';
        AppendJsonNumber(out, point.raw_value);
    }
    out += ']';
}

std::unique_ptr<ObservationWriter> MakeJsonWriter(
    const ObservationQuery& query, const TestName& test_name, AnswerFacts facts
) {
    return std::make_unique<JsonObservations>(query, test_name, facts);
}

}  // namespace tilth::query
