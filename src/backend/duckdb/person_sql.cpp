#include "backend/duckdb/person_sql.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace tilth::duckdb {
namespace {

/// Table functions that do something: a SELECT could call them.
constexpr std::array<std::string_view, 5> kActing = {
    "checkpoint", "enable_logging", "disable_logging", "enable_profiling", "pragma_"};

/// Interrupts a connection when its time is over, unless it is destroyed before.
class Deadline {
  public:
    Deadline(Connection& connection, Duration length)
        : thread_([this, &connection, length](std::stop_token stop) {
              std::unique_lock lock(mutex_);
              woken_.wait_for(lock, stop, length, [] { return false; });
              if (stop.stop_requested()) return;
              passed_ = true;
              connection.Interrupt();
          }) {}

    bool Passed() {
        const std::scoped_lock lock(mutex_);
        return passed_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any woken_;
    bool passed_ = false;
    std::jthread thread_;
};

/// Rolls back at the end, whatever happened.
class ReadOnlyTransaction {
  public:
    explicit ReadOnlyTransaction(Connection& connection) : connection_(connection) {}
    ~ReadOnlyTransaction() { static_cast<void>(connection_.Execute("ROLLBACK")); }
    ReadOnlyTransaction(const ReadOnlyTransaction&) = delete;
    ReadOnlyTransaction& operator=(const ReadOnlyTransaction&) = delete;
    Status Begin() { return connection_.Execute("BEGIN TRANSACTION READ ONLY"); }

  private:
    Connection& connection_;
};

class Extracted {
  public:
    Extracted(Connection& connection, const std::string& text)
        : count_(duckdb_extract_statements(connection.handle(), text.c_str(), &handle_)) {}
    ~Extracted() { duckdb_destroy_extracted(&handle_); }
    Extracted(const Extracted&) = delete;
    Extracted& operator=(const Extracted&) = delete;
    idx_t count() const { return count_; }
    duckdb_extracted_statements get() const { return handle_; }

  private:
    duckdb_extracted_statements handle_ = nullptr;
    idx_t count_;
};

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

/// DuckDB finds fault with what is written to before it says that nothing may be written.
bool SaysThatItWrites(std::string_view lower) {
    static constexpr std::array<std::string_view, 9> kVerbs = {
        "insert", "update", "delete", "merge", "create", "drop", "alter", "truncate", "copy"};
    lower.remove_prefix(std::min(lower.find_first_not_of(" \t\r\n"), lower.size()));
    const std::string_view first = lower.substr(0, lower.find_first_of(" \t\r\n"));
    return std::ranges::find(kVerbs, first) != kVerbs.end();
}

Status RefuseWriting() {
    return Fail(Fault::kRefused, "only SELECT is possible here; the data cannot be changed by it");
}

Result<Statement> PrepareOnly(Connection& connection, const std::string& text) {
    const Extracted statements(connection, text);
    if (statements.count() == 0) {
        const char* message = duckdb_extract_statements_error(statements.get());
        return Fail(Fault::kBadInput, "{}", message == nullptr ? "no statement" : message);
    }
    if (statements.count() > 1) return Fail(Fault::kRefused, "one statement at a time, please");
    duckdb_prepared_statement handle = nullptr;
    const duckdb_state state =
        duckdb_prepare_extracted_statement(connection.handle(), statements.get(), 0, &handle);
    Statement statement(handle);
    if (state == DuckDBError) {
        const std::string message = duckdb_prepare_error(handle);
        const bool refused = message.starts_with("Permission Error") ||
                             message.find("read-only") != std::string::npos;
        return Fail(refused ? Fault::kRefused : Fault::kBadInput, "{}", message);
    }
    return statement;
}

Status AppendRows(const Rows& rows, const SqlLimits& limits, SqlTable& table) {
    const size_t width = rows.columns();
    for (size_t i = 0; i < rows.size(); ++i) {
        if (table.rows.size() == limits.max_rows) {
            table.cut = true;
            return {};
        }
        auto& row = table.rows.emplace_back(width);
        for (size_t c = 0; c < width; ++c) {
            if (!rows.IsNull(c, i)) row[c] = std::string(rows.Bytes(c, i));
        }
    }
    return {};
}

Status Describe(Connection& connection, const std::string& text, SqlTable& table) {
    TILTH_TRY(Rows rows, connection.Query("DESCRIBE SELECT * FROM (\n" + text + "\n)"));
    while (true) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) return {};
        for (size_t i = 0; i < rows.size(); ++i) {
            table.columns.emplace_back(rows.Bytes(0, i));
            table.types.emplace_back(rows.Bytes(1, i));
        }
    }
}

Status Fetch(
    Connection& connection, const std::string& text, const SqlLimits& limits, SqlTable& table
) {
    TILTH_CHECK(Describe(connection, text, table));
    TILTH_TRY(
        Statement as_text,
        connection.Prepare("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n" + text + "\n)")
    );
    TILTH_TRY(Rows rows, as_text.Stream());
    while (!table.cut) {
        TILTH_TRY(const bool more, rows.Next());
        if (!more) break;
        TILTH_CHECK(AppendRows(rows, limits, table));
    }
    return {};
}

}  // namespace

Result<std::string> CheckPersonSql(Connection& connection, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) {
        return Fail(Fault::kBadInput, "the statement contains U+0000");
    }
    while (!text.empty() &&
           (std::isspace(static_cast<unsigned char>(text.back())) != 0 || text.back() == ';')) {
        text.remove_suffix(1);
    }
    std::string statement(text);
    const std::string lower = Lower(statement);
    for (const std::string_view name : kActing) {
        if (lower.find(name) != std::string::npos) {
            return Fail(Fault::kRefused, "\"{}\" may not stand in a statement here", name);
        }
    }
    if (SaysThatItWrites(lower)) TILTH_CHECK(RefuseWriting());
    TILTH_TRY(const Statement prepared, PrepareOnly(connection, statement));
    if (duckdb_prepared_statement_type(prepared.handle()) != DUCKDB_STATEMENT_TYPE_SELECT)
        TILTH_CHECK(RefuseWriting());
    if (duckdb_nparams(prepared.handle()) != 0) {
        return Fail(Fault::kBadInput, "the statement has parameters, which get no value here");
    }
    return statement;
}

Result<SqlTable> RunPersonSql(
    Connection& connection, std::string_view text, const SqlLimits& limits
) {
    Deadline deadline(connection, limits.max_time);
    ReadOnlyTransaction transaction(connection);
    TILTH_CHECK(transaction.Begin());
    TILTH_TRY(const std::string statement, CheckPersonSql(connection, text));
    SqlTable table;
    const Status fetched = Fetch(connection, statement, limits, table);
    if (fetched) return table;
    if (deadline.Passed()) {
        return Fail(
            Fault::kRefused,
            "the query took more than {}; narrow it down",
            FormatDuration(limits.max_time)
        );
    }
    return std::unexpected(fetched.error());
}

Status StreamPersonSql(
    Connection& connection, std::string_view text, const std::function<Status(Rows&)>& use
) {
    ReadOnlyTransaction transaction(connection);
    TILTH_CHECK(transaction.Begin());
    TILTH_TRY(const std::string statement, CheckPersonSql(connection, text));
    TILTH_TRY(Statement select, connection.Prepare(statement));
    TILTH_TRY(Rows rows, select.Stream());
    return use(rows);
}

}  // namespace tilth::duckdb
