#include "query/observation_writer.h"
#include "query/parquet.h"

namespace tilth::query {
namespace {

std::vector<ParquetColumn> ColumnsOf(const ObservationQuery& query) {
    const bool rows = !query.every;
    std::vector<ParquetColumn> columns{
        {rows ? "phenomenon_time" : "time", ParquetType::kTime},
        {"thing", ParquetType::kText},
        {"property", ParquetType::kText},
        {"depth", ParquetType::kNumber},
        {"unit", ParquetType::kText},
    };
    if (rows) {
        columns.push_back({"value", ParquetType::kNumber});
        columns.push_back({"raw_value", ParquetType::kNumber});
        columns.push_back({"flag", ParquetType::kText});
        columns.push_back({"tests", ParquetType::kText});
        return columns;
    }
    for (const Aggregate aggregate : query.aggregates)
        columns.push_back({Name(aggregate), ParquetType::kNumber});
    return columns;
}

class ParquetObservations final : public ObservationWriter {
  public:
    ParquetObservations(const ObservationQuery& query, const TestName& test_name)
        : query_(query), test_name_(test_name), file_(ColumnsOf(query)) {}

    void Begin(std::string&) override {}
    void BeginSeries(std::string&, const Datastream&, const Plot*) override {}

    void Points(std::string& out, const Datastream& datastream, std::span<const Point> points)
        override {
        for (const Point& point : points) {
            if (point.gap) continue;
            AddSeriesCells(point.time, datastream);
            file_.Add(point.value);
            file_.Add(point.raw_value);
            file_.Add(std::string_view(Name(point.flag)));
            file_.Add(std::string_view(JoinTests(point.tests, test_name_)));
        }
        file_.Flush(out);
    }

    void Summaries(std::string& out, const Datastream& datastream, std::span<const Summary> rows)
        override {
        for (const Summary& row : rows) {
            AddSeriesCells(row.start, datastream);
            for (const Aggregate aggregate : query_.aggregates) file_.Add(row.Get(aggregate));
        }
        file_.Flush(out);
    }

    void EndSeries(std::string&, const Plot*) override {}
    void End(std::string& out) override { file_.Finish(out); }

  private:
    void AddSeriesCells(Time time, const Datastream& datastream) {
        file_.Add(time);
        file_.Add(std::string_view(datastream.thing));
        file_.Add(std::string_view(datastream.property));
        file_.Add(datastream.depth.value_or(std::nan("")));
        file_.Add(std::string_view(datastream.unit));
    }

    const ObservationQuery& query_;
    const TestName& test_name_;
    ParquetWriter file_;
};

}  // namespace

std::unique_ptr<ObservationWriter> MakeParquetWriter(
    const ObservationQuery& query, const TestName& test_name
) {
    return std::make_unique<ParquetObservations>(query, test_name);
}

}  // namespace tilth::query
