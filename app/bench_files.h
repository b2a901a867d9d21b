// Logger files for a benchmark: made ones, and real ones where there are any.
#pragma once

#include "pipeline/import.h"

#include <string>
#include <vector>

namespace tilth::app {

struct BenchFile {
    std::string name;
    std::string bytes;
    pipeline::ImportOptions options;
};

/// Four METER ZL6 files of 20 measured columns and the same as raw counts, a row every 15 minutes,
/// `rows` in all.
std::vector<BenchFile> MakeLoggerFiles(uint64_t rows);

/// The ZL6 and ISMN files in the folder TILTH_TEST_DATA names; none when it is not set.
Result<std::vector<BenchFile>> RealLoggerFiles();

}  // namespace tilth::app
