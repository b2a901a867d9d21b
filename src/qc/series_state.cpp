#include "qc/series_state.h"

#include "qc/checker.h"
#include "qc/fold_codec.h"

namespace tilth::qc {

void SeriesState::StartEmpty() {
    Reset();
    loaded_ = true;
}

const Observation* SeriesState::Last() const {
    for (size_t i = rows_.size(); i > 0; --i) {
        if (rows_[i - 1].counts) return &rows_[i - 1];
    }
    return nullptr;
}

Time SeriesState::FoldsTime() const {
    if (pending_ < rows_.size()) return rows_[pending_].time;
    return rows_.empty() ? Time::min() : rows_.back().time + Duration{1};
}

std::vector<SavedFold> SeriesState::Folds(const Checker& checker) const {
    std::vector<SavedFold> saved;
    if (rows_.empty() || folds_.size() != checker.folds().size()) return saved;
    for (size_t f = 0; f < folds_.size(); ++f) {
        const auto number = static_cast<int>(checker.folds()[f]->number());
        saved.push_back({number, FoldsTime(), EncodeFold(folds_[f])});
    }
    return saved;
}

size_t SeriesState::MemoryBytes() const {
    size_t bytes = sizeof(*this) + rows_.capacity() * sizeof(Observation);
    for (const FoldState& fold : folds_)
        bytes += sizeof(fold) + fold.words.capacity() * sizeof(int64_t);
    return bytes;
}

}  // namespace tilth::qc
