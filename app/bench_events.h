// A client of the lab's event stream that notes how old each reading is when it comes.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tilth::app {

/// Reads /api/v1/events on a thread of its own until destroyed.
class BenchEvents {
  public:
    /// Returns when the stream is open. `address` is ADDR:PORT; `datastreams` are names, none: all.
    static Result<std::unique_ptr<BenchEvents>> Open(
        const std::string& address, const std::vector<std::string>& datastreams
    );
    ~BenchEvents();

    /// Readings that came, of a time after this client was opened.
    uint64_t seen() const;
    /// Times the lab said that this client was too slow.
    uint64_t resets() const;
    /// For each reading since the last call the milliseconds from its own time until it was here.
    std::vector<double> TakeMillis();

  private:
    class Impl;
    explicit BenchEvents(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tilth::app
