#include "query/json_writer.h"
#include "query/observation_writer.h"

namespace tilth::query {
namespace {

class CsvObservations final : public ObservationWriter {
  public:
    CsvObservations(const ObservationQuery& query, const TestName& test_name)
        : query_(query), test_name_(test_name) {}

    void Begin(std::string& out) override {
        if (!query_.every) {
            out += "phenomenon_time,thing,property,depth,unit,value,raw_value,flag,tests\n";
            return;
        }
        out += "time,thing,property,depth,unit";
        for (const Aggregate aggregate : query_.aggregates) out.append(",").append(Name(aggregate));
        out += '\n';
    }

    void BeginSeries(std::string&, const Datastream& datastream, const Plot*) override {
        series_ = ",";
        AppendCsvField(series_, datastream.thing);
        series_ += ',';
        AppendCsvField(series_, datastream.property);
        series_ += ',';
        if (datastream.depth) AppendCsvNumber(series_, *datastream.depth);
        series_ += ',';
        AppendCsvField(series_, datastream.unit);
        series_ += ',';
    }

    void Points(std::string& out, const Datastream&, std::span<const Point> points) override {
        for (const Point& point : points) {
            if (point.gap) continue;
            AppendTime(out, point.time);
            out += series_;
            AppendCsvNumber(out, point.value);
            out += ',';
            AppendCsvNumber(out, point.raw_value);
            out += ',';
            out += Name(point.flag);
            out += ',';
            if (!point.tests.Empty()) AppendCsvField(out, JoinTests(point.tests, test_name_));
            out += '\n';
        }
    }

    void Summaries(std::string& out, const Datastream&, std::span<const Summary> rows) override {
        for (const Summary& row : rows) {
            AppendTime(out, row.start);
            out += series_;
            for (const Aggregate aggregate : query_.aggregates) {
                AppendCsvNumber(out, row.Get(aggregate));
                out += ',';
            }
            out.back() = '\n';
        }
    }

    void EndSeries(std::string&, const Plot*) override {}
    void End(std::string&) override {}

  private:
    const ObservationQuery& query_;
    const TestName& test_name_;
    std::string series_;  ///< The cells that are the same in all rows of a series
};

}  // namespace

std::string JoinTests(TestSet tests, const TestName& test_name) {
    std::string names;
    for (int test = 0; test < 64; ++test) {
        if (tests.Has(test)) names.append(names.empty() ? "" : "|").append(test_name(test));
    }
    return names;
}

std::unique_ptr<ObservationWriter> MakeCsvWriter(
    const ObservationQuery& query, const TestName& test_name
) {
    return std::make_unique<CsvObservations>(query, test_name);
}

}  // namespace tilth::query
