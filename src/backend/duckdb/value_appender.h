// Appends whole rows of mixed types, one value after the other: for the small tables.
#pragma once

#include "backend/duckdb/engine.h"

#include <cmath>

namespace tilth::duckdb {

class ValueAppender {
  public:
    static Result<ValueAppender> Open(
        Connection& connection, const std::string& schema, const char* table
    );

    /// Adds one row; a NaN is a null. The number of values is the table's.
    template <class... Values>
    void Row(const Values&... values) {
        (Put(values), ...);
        duckdb_appender_end_row(handle_.get());
    }
    /// Hands the rows to DuckDB. Without it they may be lost or written.
    Status Finish();

  private:
    void Put(bool value) { duckdb_append_bool(handle_.get(), value); }
    void Put(int32_t value) { duckdb_append_int32(handle_.get(), value); }
    void Put(int64_t value) { duckdb_append_int64(handle_.get(), value); }
    void Put(uint8_t value) { duckdb_append_uint8(handle_.get(), value); }
    void Put(uint32_t value) { duckdb_append_uint32(handle_.get(), value); }
    void Put(uint64_t value) { duckdb_append_uint64(handle_.get(), value); }
    void Put(Time value) {
        duckdb_append_timestamp(handle_.get(), duckdb_timestamp{ToMicros(value)});
    }
    void Put(std::string_view text) {
        duckdb_append_varchar_length(handle_.get(), text.data(), text.size());
    }
    void Put(const std::string& text) { Put(std::string_view(text)); }
    void Put(double value) {
        if (std::isnan(value)) {
            duckdb_append_null(handle_.get());
        } else {
            duckdb_append_double(handle_.get(), value);
        }
    }

    struct Destroy {
        void operator()(duckdb_appender handle) const { duckdb_appender_destroy(&handle); }
    };
    std::unique_ptr<std::remove_pointer_t<duckdb_appender>, Destroy> handle_;
};

}  // namespace tilth::duckdb
