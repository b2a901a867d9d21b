#include "backend/duckdb/parquet.h"

#include "backend/duckdb/select_streamer.h"

#include <filesystem>

namespace tilth::duckdb {
namespace {

/// What the table function `source_rows` gives: the rows of another database's query.
struct Source {
    Rows& rows;
    Status state;
};

void BindSource(duckdb_bind_info info) {
    const auto* source = static_cast<const Source*>(duckdb_bind_get_extra_info(info));
    for (size_t i = 0; i < source->rows.columns(); ++i) {
        duckdb_logical_type type = source->rows.Type(i);
        duckdb_bind_add_result_column(info, source->rows.Name(i).c_str(), type);
        duckdb_destroy_logical_type(&type);
    }
}

void InitSource(duckdb_init_info) {}

void FillFromSource(duckdb_function_info info, duckdb_data_chunk output) {
    auto* source = static_cast<Source*>(duckdb_function_get_extra_info(info));
    const auto more = source->rows.Next();
    if (!more) {
        source->state = std::unexpected(more.error());
        duckdb_function_set_error(info, more.error().message.c_str());
        return;
    }
    if (!*more) {
        duckdb_data_chunk_set_size(output, 0);
        return;
    }
    for (size_t i = 0; i < source->rows.columns(); ++i) {
        duckdb_vector_reference_vector(
            duckdb_data_chunk_get_vector(output, i), source->rows.Vector(i)
        );
    }
    duckdb_data_chunk_set_size(output, source->rows.size());
}

Status RegisterSource(Connection& connection, Source& source) {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, "source_rows");
    duckdb_table_function_set_extra_info(function, &source, nullptr);
    duckdb_table_function_set_bind(function, BindSource);
    duckdb_table_function_set_init(function, InitSource);
    duckdb_table_function_set_function(function, FillFromSource);
    const duckdb_state state = duckdb_register_table_function(connection.handle(), function);
    duckdb_destroy_table_function(&function);
    if (state == DuckDBError) return Fail(Fault::kUnavailable, "DuckDB takes no table function");
    return {};
}

std::string Quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted += '\'';
        quoted += c;
    }
    return quoted + "'";
}

Status WriteFile(Rows& rows, ExportFormat format, const std::string& path) {
    const Setting settings[] = {
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"memory_limit", "256MB"},
        {"threads", "1"},
    };
    Source source{rows, {}};
    TILTH_TRY(Database database, Database::Open("", settings));
    TILTH_TRY(Connection connection, database.Connect());
    TILTH_CHECK(RegisterSource(connection, source));
    const char* how = format == ExportFormat::kParquet
                          ? "FORMAT parquet, COMPRESSION zstd"
                          : "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ'";
    const Status copied = connection.Execute(
        fmt::format("COPY (SELECT * FROM source_rows()) TO {} ({})", Quoted(path), how)
    );
    if (!source.state) return source.state;
    if (!copied) {
        return Fail(
            Fault::kUnavailable, "{}: the file cannot be written: {}", path, copied.error().message
        );
    }
    return {};
}

}  // namespace

Status ExportSelect(
    ProcessedStore& store, std::string_view select, ExportFormat format, const std::string& path
) {
    auto* streamer = dynamic_cast<SelectStreamer*>(&store);
    if (streamer == nullptr) {
        return Fail(Fault::kBadInput, "this processed store is not kept in DuckDB");
    }
    // Under another name until it is whole, so that a file of that name always is.
    const std::string part = path + ".part";
    const Status written =
        streamer->StreamSelect(select, [&](Rows& rows) { return WriteFile(rows, format, part); });
    std::error_code failed;
    if (written) std::filesystem::rename(part, path, failed);
    if (written && failed) {
        return Fail(
            Fault::kUnavailable, "{}: the file cannot be written: {}", path, failed.message()
        );
    }
    if (!written) std::filesystem::remove(part, failed);
    return written;
}

}  // namespace tilth::duckdb
