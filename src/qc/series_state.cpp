#include "qc/series_state.h"

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

size_t SeriesState::MemoryBytes() const {
    size_t bytes = sizeof(*this) + rows_.capacity() * sizeof(Observation);
    for (const FoldState& fold : folds_)
        bytes += sizeof(fold) + fold.words.capacity() * sizeof(int64_t);
    return bytes;
}

}  // namespace tilth::qc
