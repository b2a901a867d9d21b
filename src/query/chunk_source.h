// A long answer that is made piece by piece, as fast as its reader takes it.
#pragma once

#include "base/result.h"

#include <string>

namespace tilth::query {

/// One thread at a time. What was read before is consistent with the generation that was active at
/// the start.
class ChunkSource {
  public:
    virtual ~ChunkSource() = default;
    /// Appends the next piece (some kilobytes to a few megabytes) to `out`; false: that was all.
    /// After an error the answer is not complete and cannot be continued.
    virtual Result<bool> Next(std::string& out) = 0;
};

}  // namespace tilth::query
