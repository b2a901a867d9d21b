#include "api/http/api.h"
#include "api/http/negotiate.h"
#include "query/json_writer.h"

#include <charconv>
#include <cmath>

namespace tilth::api {
namespace {

using query::JsonWriter;

/// Whether a type's values are numbers that JavaScript holds exactly, by the names of DuckDB and
/// PostgreSQL.
bool IsNumeric(std::string_view type) {
    for (const char* numeric :
         {"DOUBLE",
          "FLOAT",
          "REAL",
          "INTEGER",
          "SMALLINT",
          "TINYINT",
          "UINTEGER",
          "USMALLINT",
          "UTINYINT",
          "float8",
          "float4",
          "int4",
          "int2",
          "BIGINT",
          "UBIGINT",
          "HUGEINT",
          "int8"}) {
        if (type == numeric) return true;
    }
    return false;
}

void WriteCell(JsonWriter& json, const std::optional<std::string>& cell, std::string_view type) {
    if (!cell) {
        json.Null();
        return;
    }
    double number = 0;
    const char* const end = cell->data() + cell->size();
    const auto parsed = std::from_chars(cell->data(), end, number);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == end;
    constexpr double kExact = 9'007'199'254'740'992;  // 2^53
    const bool integer = type.find("INT") != std::string_view::npos || type.starts_with("int");
    if (!IsNumeric(type) || !whole || (integer && std::abs(number) > kExact)) {
        json.Value(*cell);
    } else {
        json.Value(number);
    }
}

std::string ToJson(const SqlTable& table) {
    std::string out;
    JsonWriter json(out);
    json.BeginObject().Key("columns").BeginArray();
    for (size_t i = 0; i < table.columns.size(); ++i) {
        json.BeginObject()
            .Field("name", table.columns[i])
            .Field("type", table.types[i])
            .EndObject();
    }
    json.EndArray().Key("rows").BeginArray();
    for (const auto& row : table.rows) {
        json.BeginArray();
        for (size_t i = 0; i < row.size(); ++i) WriteCell(json, row[i], table.types[i]);
        json.EndArray();
    }
    json.EndArray().Field("cut", table.cut).EndObject();
    return out;
}

std::string ToCsv(const SqlTable& table) {
    std::string out;
    for (const std::string& column : table.columns) {
        query::AppendCsvField(out, column);
        out += ',';
    }
    out.back() = '\n';
    for (const auto& row : table.rows) {
        for (const auto& cell : row) {
            query::AppendCsvField(out, cell.value_or(""));
            out += ',';
        }
        out.back() = '\n';
    }
    return out;
}

}  // namespace

Result<Response> Api::Sql(Request& request) {
    const auto format = ChooseFormat(request.parameters.Text("format"), request.accept);
    TILTH_CHECK(request.parameters.CheckAllKnown());
    if (!format) return std::unexpected(format.error());
    if (*format == query::Format::kParquet) {
        return Fail(Fault::kBadInput, "parameter 'format': an answer to SQL is json or csv");
    }
    TILTH_TRY(JsonBody body, JsonBody::Parse(request.body));
    TILTH_TRY(const std::string select, body.Text("query"));
    SqlLimits limits;
    TILTH_TRY(const auto max_rows, body.OptionalInteger("max_rows", 1, limits.max_rows));
    TILTH_CHECK(body.CheckAllKnown());
    if (max_rows) limits.max_rows = *max_rows;
    TILTH_TRY(const SqlTable table, services_.store.Sql(select, limits));
    if (*format == query::Format::kJson) return JsonResponse(ToJson(table));
    Response response = JsonResponse(table.columns.empty() ? std::string() : ToCsv(table));
    response.content_type = "text/csv; charset=utf-8";
    if (table.cut) response.headers.emplace_back("Tilth-Cut", "true");
    return response;
}

}  // namespace tilth::api
