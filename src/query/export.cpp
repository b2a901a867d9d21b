#include "query/export.h"

#include "query/observation_writer.h"

namespace tilth::query {
namespace {

class ObservationSource final : public ChunkSource {
  public:
    ObservationSource(
        ProcessedStore& store,
        Catalog& catalog,
        const TestName& test_name,
        ObservationQuery query,
        AnswerFacts facts
    )
        : store_(store),
          catalog_(catalog),
          query_(std::move(query)),
          generation_(facts.generation) {
        switch (query_.format) {
            case Format::kJson:
                writer_ = MakeJsonWriter(query_, test_name, facts);
                break;
            case Format::kCsv:
                writer_ = MakeCsvWriter(query_, test_name);
                break;
            case Format::kParquet:
                writer_ = MakeParquetWriter(query_, test_name);
                break;
        }
    }

    Result<bool> Next(std::string& out) override {
        if (!started_) writer_->Begin(out);
        started_ = true;
        if (at_ == query_.datastreams.size()) {
            writer_->End(out);
            return false;
        }
        const Datastream& datastream = query_.datastreams[at_];
        TILTH_TRY(const bool more, Continue(out, datastream));
        if (!more) {
            ++at_;
            pages_.reset();
            summaries_.reset();
        }
        return true;
    }

  private:
    /// Appends the next piece of the series; false: it is complete.
    Result<bool> Continue(std::string& out, const Datastream& datastream) {
        if (query_.every) return ContinueSummaries(out, datastream);
        if (query_.max_points) return WritePlot(out, datastream);
        return ContinueRows(out, datastream);
    }

    Result<bool> ContinueRows(std::string& out, const Datastream& datastream) {
        if (!pages_) {
            pages_.emplace(
                store_,
                PageRequest{datastream.id, query_.range, query_.flags, generation_, query_.limit}
            );
            writer_->BeginSeries(out, datastream, nullptr);
        }
        TILTH_TRY(const auto rows, pages_->Next());
        points_.clear();
        for (const Observation& row : rows) points_.push_back(Point::Of(row));
        writer_->Points(out, datastream, points_);
        if (!rows.empty()) return true;
        writer_->EndSeries(out, nullptr);
        return false;
    }

    Result<bool> ContinueSummaries(std::string& out, const Datastream& datastream) {
        if (!summaries_) {
            summaries_ = OpenAggregate(
                store_,
                {datastream.id,
                 query_.range,
                 *query_.every,
                 query_.aggregates,
                 query_.flags,
                 generation_}
            );
            left_ = query_.limit;
            writer_->BeginSeries(out, datastream, nullptr);
        }
        TILTH_TRY(const auto rows, summaries_->Next());
        writer_->Summaries(out, datastream, rows.subspan(0, std::min(rows.size(), left_)));
        left_ -= std::min(rows.size(), left_);
        if (!rows.empty() && left_ > 0) return true;
        writer_->EndSeries(out, nullptr);
        return false;
    }

    Result<bool> WritePlot(std::string& out, const Datastream& datastream) {
        TILTH_TRY(const Duration cadence, catalog_.CadenceOf(datastream));
        const PlotRequest request{
            datastream.id,
            query_.range,
            query_.flags,
            *query_.max_points,
            query_.raw,
            cadence,
            generation_};
        TILTH_TRY(const Plot plot, ReadPlot(store_, request));
        writer_->BeginSeries(out, datastream, &plot);
        writer_->Points(out, datastream, plot.points);
        writer_->EndSeries(out, &plot);
        return false;
    }

    ProcessedStore& store_;
    Catalog& catalog_;
    const ObservationQuery query_;
    const GenerationId generation_;
    std::unique_ptr<ObservationWriter> writer_;
    bool started_ = false;
    size_t at_ = 0;
    size_t left_ = 0;
    std::optional<PageReader> pages_;
    std::unique_ptr<AggregateReader> summaries_;
    std::vector<Point> points_;
};

}  // namespace

Result<std::unique_ptr<ChunkSource>> OpenObservations(
    ProcessedStore& store, Catalog& catalog, const TestName& test_name, ObservationQuery query
) {
    if (query.every && (query.max_points || query.raw)) {
        return Fail(Fault::kBadInput, "'every' does not go together with 'max_points' or 'raw'");
    }
    if (query.max_points && query.limit != SIZE_MAX) {
        return Fail(Fault::kBadInput, "'max_points' does not go together with 'limit'");
    }
    AnswerFacts facts;
    TILTH_TRY(facts.generation, catalog.ActiveGeneration());
    TILTH_TRY(facts.token, store.LatestToken());
    return std::make_unique<ObservationSource>(store, catalog, test_name, std::move(query), facts);
}

}  // namespace tilth::query
