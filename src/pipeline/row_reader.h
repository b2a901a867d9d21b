// A datastream's rows for explanations, read from the store outside any transaction.
#pragma once

#include "qc/row_source.h"
#include "store/processed_store.h"

namespace tilth::pipeline {

class RowReader final : public qc::RowSource {
  public:
    RowReader(ProcessedStore& store, DatastreamId datastream)
        : store_(store), datastream_(datastream) {}

    Result<std::vector<Observation>> Rows(TimeRange range, size_t before) override;
    Result<std::vector<qc::SavedFold>> CheckpointsBefore(Time time) override;
    /// None: an explanation only goes forward from one before its reading.
    Result<std::vector<qc::SavedFold>> CheckpointsFrom(Time) override {
        return std::vector<qc::SavedFold>{};
    }
    Result<std::vector<Observation>> CompanionRows(DatastreamId companion, TimeRange range)
        override;

  private:
    ProcessedStore& store_;
    DatastreamId datastream_;
};

}  // namespace tilth::pipeline
