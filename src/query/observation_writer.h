// One format of observations each: what the rows of series look like, not where they come from.
#pragma once

#include "query/export.h"

namespace tilth::query {

class ObservationWriter {
  public:
    virtual ~ObservationWriter() = default;
    virtual void Begin(std::string& out) = 0;
    /// `plot` is null unless the series was down-sampled.
    virtual void BeginSeries(std::string& out, const Datastream& datastream, const Plot* plot) = 0;
    virtual void Points(
        std::string& out, const Datastream& datastream, std::span<const Point> points
    ) = 0;
    virtual void Summaries(
        std::string& out, const Datastream& datastream, std::span<const Summary> rows
    ) = 0;
    virtual void EndSeries(std::string& out, const Plot* plot) = 0;
    virtual void End(std::string& out) = 0;
};

/// What the end of a JSON answer says.
struct AnswerFacts {
    GenerationId generation{};
    ChangeToken token{};  ///< Before the rows were read
};

std::unique_ptr<ObservationWriter> MakeJsonWriter(
    const ObservationQuery& query, const TestName& test_name, AnswerFacts facts
);
std::unique_ptr<ObservationWriter> MakeCsvWriter(
    const ObservationQuery& query, const TestName& test_name
);
std::unique_ptr<ObservationWriter> MakeParquetWriter(
    const ObservationQuery& query, const TestName& test_name
);

/// Names joined by '|', in the order of the tests' numbers.
std::string JoinTests(TestSet tests, const TestName& test_name);

}  // namespace tilth::query
