// What the export needs of a store beyond its contract.
#pragma once

#include "backend/duckdb/engine.h"

#include <functional>
#include <string_view>

namespace tilth::duckdb {

class SelectStreamer {
  public:
    virtual ~SelectStreamer() = default;

    /// Checks a person's SELECT and calls use(rows) with its rows as DuckDB makes them.
    virtual Status StreamSelect(
        std::string_view select, const std::function<Status(Rows&)>& use
    ) = 0;
};

}  // namespace tilth::duckdb
