// Collects the readings of a block column by column. Internal to the module.
#pragma once

#include "codec/import_format.h"

namespace tilth::codec {

class BlockBuilder {
  public:
    /// Adds a column and returns its index; `rows` is how many readings it may get.
    size_t AddColumn(BlockColumn column, size_t rows);
    BlockColumn& column(size_t index) { return readings_.columns[index]; }
    void AddThing(Thing thing);

    /// NaN: a missing reading. -0 is read as 0.
    void Add(size_t column, uint32_t row, Time time, double value) {
        BlockColumn& target = readings_.columns[column];
        target.times.push_back(time);
        target.values.push_back(value + 0.0);
        target.rows.push_back(row);
    }
    void Bad(
        uint64_t line, std::string_view column, std::string_view field, std::string_view reason
    );
    /// Reads a number as it stands in the file and adds it; a field that is none is a bad cell. An
    /// empty field is no reading, and not bad.
    void AddNumber(size_t column, uint32_t row, uint64_t line, Time time, std::string_view field);

    /// Counts a data row and returns its index.
    uint32_t NextRow() { return static_cast<uint32_t>(readings_.rows++); }
    BlockReadings Take();

  private:
    BlockReadings readings_;
};

/// A finite number and nothing else: "21.4", "-7e-3", "+1".
bool ReadNumber(std::string_view field, double& value);
/// "NaN" in any case.
bool IsNan(std::string_view field);

}  // namespace tilth::codec
