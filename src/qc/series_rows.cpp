#include "qc/series_rows.h"

namespace tilth::qc {

Observation RowOf(const Arrival& arrival, const Checker& checker) {
    Observation row;
    row.time = arrival.time;
    row.value = arrival.value;
    row.raw_value = arrival.raw_value;
    row.number = arrival.number;
    row.raw = arrival.raw;
    row.rank = arrival.rank;
    row.reading_id = ReadingId(row);
    const ArrivalFacts facts{arrival.time, arrival.value, arrival.raw_value, arrival.received_at};
    for (const auto& test : checker.arrival()) {
        const Verdict verdict = test->Judge(facts);
        const auto number = static_cast<int>(test->number());
        if (verdict == Verdict::kFail) row.objected.Add(number);
        if (verdict == Verdict::kNotEvaluated) row.not_evaluated.Add(number);
    }
    return row;
}

void MergeRows(std::vector<Observation>& rows, size_t first, const Checker& checker) {
    const TestSet arrival = checker.arrival_tests();
    for (size_t i = first; i < rows.size(); ++i) {
        rows[i].objected = TestSet(rows[i].objected.bits() & arrival.bits());
        rows[i].not_evaluated = TestSet(rows[i].not_evaluated.bits() & arrival.bits());
    }
    const bool conflict = MergeGroup(rows, first, {checker.resolution(), arrival});
    if (conflict && checker.conflict()) {
        rows[first].objected.Add(static_cast<int>(TestNumber::kConflict));
    }
}

}  // namespace tilth::qc
