#include "qc/explain.h"

#include "qc/segment.h"
#include "qc/series_reader.h"
#include "qc/series_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace tilth::qc {
namespace {

constexpr Duration kTick{1};

bool Worth(Verdict verdict) {
    return verdict != Verdict::kPass;
}

Explanation Make(TestNumber number, Verdict verdict, Reason reason) {
    const TestInfo* info = FindTest(static_cast<int>(number));
    return {
        static_cast<int>(number),
        std::string(info->name),
        std::string(info->title),
        verdict,
        std::move(reason.threshold),
        std::move(reason.seen)};
}

/// The columns around one row, with the fold states before it.
class Around {
  public:
    Around(const Checker& checker, const Surroundings& around)
        : checker_(checker), around_(around), reader_(checker, around.source) {}

    Status Load(Time time);
    void Explain(std::vector<Explanation>& out);

  private:
    Result<std::vector<Observation>> RowsFor(Time time, FoldStart start);
    void ExplainFold(size_t index, std::vector<Explanation>& out);

    const Checker& checker_;
    const Surroundings& around_;
    SeriesReader reader_;
    size_t first_row_ = 0;
    size_t column_ = 0;
    std::vector<FoldState> folds_;
    Segment segment_;
};

Result<std::vector<Observation>> Around::RowsFor(Time time, FoldStart start) {
    std::vector<Observation> rows;
    if (start.from != Time::min()) {
        TILTH_TRY(rows, reader_.RowsBefore(start.from, checker_.reach().rows_back));
    }
    first_row_ = rows.size();
    TILTH_TRY(const auto up_to, around_.source.Rows({start.from, time + kTick}, 0));
    std::ranges::copy_if(up_to, std::back_inserter(rows), [this](const Observation& row) {
        return InSeries(row, checker_);
    });
    TILTH_TRY(const auto after, reader_.RowsAfter(time, checker_.reach().rows_ahead));
    const size_t ahead = std::min(after.size(), checker_.reach().rows_ahead);
    rows.insert(rows.end(), after.begin(), after.begin() + static_cast<ptrdiff_t>(ahead));
    folds_ = std::move(start.folds);
    return rows;
}

Status Around::Load(Time time) {
    TILTH_TRY(FoldStart start, reader_.StartBefore(time));
    TILTH_TRY(const auto rows, RowsFor(time, std::move(start)));
    segment_.Build(checker_, rows, first_row_);
    TILTH_CHECK(segment_.LookUpCompanions(checker_, around_.companions, around_.source));
    column_ = segment_.first();
    while (segment_.TimeOf(column_) != time) ++column_;
    std::vector<SavedFold> passed;
    const Time before = segment_.first() > 0 ? segment_.TimeOf(segment_.first() - 1) : Time::min();
    segment_.Evaluate(checker_, column_, {folds_, before, passed});
    return {};
}

void Around::ExplainFold(size_t index, std::vector<Explanation>& out) {
    const FoldTest& test = *checker_.folds()[index];
    const SeriesView view = segment_.ViewFor(checker_, test.level());
    FoldState moving = folds_[index];
    Verdict verdict{};
    test.Evaluate(view, column_, column_ + 1, moving, &verdict);
    if (Worth(verdict)) {
        out.push_back(Make(test.number(), verdict, test.Why(view, column_, folds_[index])));
    }
}

void Around::Explain(std::vector<Explanation>& out) {
    for (const auto& test : checker_.windows()) {
        const SeriesView view = segment_.ViewFor(checker_, test->level());
        Verdict verdict{};
        test->Evaluate(view, column_, column_ + 1, &verdict);
        if (Worth(verdict)) out.push_back(Make(test->number(), verdict, test->Why(view, column_)));
    }
    for (size_t i = 0; i < checker_.folds().size(); ++i) ExplainFold(i, out);
}

void ExplainArrival(const Checker& checker, const Observation& row, std::vector<Explanation>& out) {
    for (const auto& test : checker.arrival()) {
        const int number = static_cast<int>(test->number());
        if (row.objected.Has(number)) {
            out.push_back(Make(test->number(), Verdict::kFail, test->Why(row.time)));
        }
        if (row.not_evaluated.Has(number)) {
            out.push_back(
                Make(test->number(), Verdict::kNotEvaluated, {"", "its arrival is not known"})
            );
        }
    }
}

void ExplainConflict(
    const Checker& checker,
    std::span<const Observation> group,
    const Observation& row,
    std::vector<Explanation>& out
) {
    if (!checker.conflict() || !row.objected.Has(static_cast<int>(TestNumber::kConflict))) return;
    std::vector<std::string> values;
    for (const Observation& other : group) {
        const bool rival = !other.counts && other.rank == row.rank && !std::isnan(other.value);
        if (rival && !Outside(other, checker)) values.push_back(fmt::format("{}", other.value));
    }
    out.push_back(Make(
        TestNumber::kConflict,
        Verdict::kSuspect,
        {"another value from an equal source at this time is suspect",
         fmt::format("{} beside {}", row.value, fmt::join(values, ", "))}
    ));
}

}  // namespace

Result<std::vector<Explanation>> Explain(
    const Checker& checker, Time time, const Surroundings& around
) {
    TILTH_TRY(const auto group, around.source.Rows({time, time + kTick}, 0));
    const auto row = std::ranges::find(group, true, &Observation::counts);
    if (row == group.end()) {
        return Fail(Fault::kNotFound, "there is no reading at {}", FormatRfc3339(time));
    }
    std::vector<Explanation> out;
    if (std::isnan(row->value)) {
        out.push_back(Make(TestNumber::kMissing, Verdict::kFail, {"a reading has a value", "none"})
        );
    }
    ExplainArrival(checker, *row, out);
    ExplainConflict(checker, group, *row, out);
    if (InSeries(*row, checker)) {
        Around rows(checker, around);
        TILTH_CHECK(rows.Load(time));
        rows.Explain(out);
    }
    std::ranges::stable_sort(out, {}, [](const Explanation& e) {
        return std::pair(e.verdict == Verdict::kNotEvaluated, e.test);
    });
    return out;
}

}  // namespace tilth::qc
