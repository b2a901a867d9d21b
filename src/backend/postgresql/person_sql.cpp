#include "backend/postgresql/person_sql.h"

#include "backend/postgresql/locks.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tilth::postgresql {
namespace {

constexpr size_t kFetchRows = 4096;

/// Functions by which a SELECT could get out of its role, its limits or its transaction: they set
/// parameters, run text as SQL, act on sessions and locks, write beside tables, or take a number of
/// the change feed's. U&"..." could spell any of them.
constexpr std::array<std::string_view, 21> kActing = {
    "set_config",
    "query_to_xml",
    "cursor_to_xml",
    "table_to_xml",
    "schema_to_xml",
    "database_to_xml",
    "dblink",
    "lo_creat",
    "lo_from_bytea",
    "lo_put",
    "lo_unlink",
    "lo_open",
    "pg_advisory",
    "pg_try_advisory",
    "pg_terminate",
    "pg_cancel",
    "pg_notify",
    "pg_logical",
    "pg_current_xact_id",
    "txid_current",
    "u&\""};

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

/// The text without what may trail a statement. kRefused: it is not a SELECT.
Result<std::string> CheckText(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return Fail(Fault::kBadInput, "the statement contains U+0000");
    if (!IsUtf8(text)) return Fail(Fault::kBadInput, "the statement is not UTF-8");
    const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (!text.empty() && (is_space(text.back()) || text.back() == ';')) text.remove_suffix(1);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (text.empty()) return Fail(Fault::kBadInput, "there is no statement");
    const std::string lower = Lower(text);
    for (const std::string_view name : kActing) {
        if (lower.find(name) != std::string::npos)
            return Fail(Fault::kRefused, "\"{}\" may not stand in a statement here", name);
    }
    constexpr std::array<std::string_view, 6> kReading = {
        "select", "with", "values", "table", "(", "--"};
    const bool reads = std::ranges::any_of(kReading, [&](std::string_view word) {
        return lower.starts_with(word);
    });
    if (!reads && !lower.starts_with("/*")) {
        return Fail(
            Fault::kRefused, "only SELECT is possible here; the data cannot be changed by it"
        );
    }
    return std::string(text);
}

/// As the embedded store writes it.
std::string InHouseWords(std::string_view text, Oid type) {
    if (type == static_cast<Oid>(TypeId::kBool)) return text == "t" ? "true" : "false";
    if (type != static_cast<Oid>(TypeId::kDouble)) return std::string(text);
    if (text == "NaN") return "nan";
    if (text == "Infinity") return "inf";
    if (text == "-Infinity") return "-inf";
    std::string number(text);
    if (number.find_first_of(".e") == std::string::npos) number += ".0";
    return number;
}

void AppendRows(const Rows& rows, const SqlLimits& limits, SqlTable& table) {
    for (size_t i = 0; i < rows.size(); ++i) {
        if (table.rows.size() == limits.max_rows) {
            table.cut = true;
            return;
        }
        auto& row = table.rows.emplace_back(rows.columns());
        for (size_t c = 0; c < rows.columns(); ++c) {
            if (rows.IsNull(i, c)) continue;
            row[c] = InHouseWords(rows.Bytes(i, c), PQftype(rows.handle(), static_cast<int>(c)));
        }
    }
}

Status NameTypes(Connection& connection, const Rows& rows, SqlTable& table) {
    for (size_t c = 0; c < rows.columns(); ++c) {
        const auto column = static_cast<int>(c);
        table.columns.emplace_back(rows.ColumnName(c));
        TILTH_TRY(
            const Rows name,
            connection.Cached(
                "SELECT format_type($1::bigint::oid, NULL)",
                Params().Add(static_cast<int64_t>(PQftype(rows.handle(), column)))
            )
        );
        table.types.emplace_back(name.Bytes(0, 0));
    }
    return {};
}

std::string Settings(const SqlLimits& limits) {
    using std::chrono::milliseconds;
    const auto time = std::chrono::duration_cast<milliseconds>(limits.max_time).count();
    return fmt::format(
        "BEGIN READ ONLY; SELECT pg_advisory_xact_lock_shared({}); SET LOCAL statement_timeout = "
        "{}; SET LOCAL search_path = public;"
        " SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on;"
        " SET LOCAL enable_mergejoin = on; SET LOCAL enable_bitmapscan = on;"
        " SET LOCAL ROLE tilth_reader",
        static_cast<int64_t>(AdvisoryLock::kViews),
        std::max<int64_t>(1, time)
    );
}

Status Fetch(
    Connection& connection, const std::string& text, const SqlLimits& limits, SqlTable& table
) {
    // DECLARE takes a SELECT and nothing else, and this protocol one statement and no more.
    TILTH_CHECK(connection.RunAsText("DECLARE asked NO SCROLL CURSOR FOR " + text));
    while (!table.cut) {
        const size_t wanted = std::min(kFetchRows, limits.max_rows - table.rows.size() + 1);
        TILTH_TRY(
            const Rows rows, connection.RunAsText(fmt::format("FETCH {} FROM asked", wanted))
        );
        if (table.columns.empty()) TILTH_CHECK(NameTypes(connection, rows, table));
        AppendRows(rows, limits, table);
        if (rows.size() < wanted) break;
    }
    return {};
}

Status RunInside(
    Connection& connection, const std::string& text, const SqlLimits& limits, SqlTable& table
) {
    if (auto set = connection.Execute(Settings(limits)); !set) {
        if (set.error().fault == Fault::kUnavailable) return set;
        return Fail(
            Fault::kRefused,
            "SQL runs with the role tilth_reader, which cannot be used ({}); an administrator makes"
            " it: CREATE ROLE tilth_reader; GRANT tilth_reader TO the lab's user",
            set.error().message
        );
    }
    return Fetch(connection, text, limits, table);
}

/// What a person's mistake is to the server may be a fault of the program anywhere else.
Error ForAPerson(Error error, Duration max_time) {
    const auto has = [&](std::string_view code) {
        return error.message.find(fmt::format("[{}", code)) != std::string::npos;
    };
    if (has("57014")) {
        return {
            Fault::kRefused,
            fmt::format("the query took more than {}; narrow it down", FormatDuration(max_time))};
    }
    if (has("25006") || has("42501")) return {Fault::kRefused, error.message};
    const bool mistake =
        has("42") || has("22") || has("0A") || has("54") || has("3F") || has("21") || has("08P01");
    return mistake ? Error{Fault::kBadInput, error.message} : error;
}

}  // namespace

Result<SqlTable> RunPersonSql(
    Connection& connection, std::string_view text, const SqlLimits& limits
) {
    TILTH_TRY(const std::string statement, CheckText(text));
    SqlTable table;
    const Status run = RunInside(connection, statement, limits, table);
    if (connection.IsLinked()) static_cast<void>(connection.Execute("ROLLBACK"));
    if (run) return table;
    return std::unexpected(ForAPerson(run.error(), limits.max_time));
}

}  // namespace tilth::postgresql
