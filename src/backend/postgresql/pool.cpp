#include "backend/postgresql/pool.h"

#include <algorithm>
#include <fstream>

namespace tilth::postgresql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kIdleConnections = 6;
constexpr Duration kShortestPause = milliseconds{50};
constexpr Duration kLongestPause = seconds{2};
constexpr Duration kGrace = seconds{5};  ///< For the server to end what is over its time itself.

int64_t Millis(Duration duration) {
    return std::max<int64_t>(1, std::chrono::duration_cast<milliseconds>(duration).count());
}

/// Plans are the same whatever the tables' statistics: all that Tilth asks for is found by an
/// index.
std::string SettingsOf(const Patience& patience) {
    return fmt::format(
        "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {};"
        " SET lock_timeout = {}; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET jit = off;"
        " SET extra_float_digits = 1; SET synchronous_commit = on; SET enable_seqscan = off;"
        " SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off;"
        " SET search_path = pg_catalog; SET default_transaction_isolation = 'read committed'",
        Millis(patience.statement),
        Millis(patience.idle),
        Millis(patience.lock)
    );
}

Status CheckServer(Connection& connection, telemetry::PoolMetrics* metrics) {
    TILTH_TRY(
        const Rows rows,
        connection.Run("SELECT current_setting('server_encoding'), pg_is_in_recovery(),"
                       " current_setting('server_version_num')::int,"
                       " current_setting('max_connections')::int")
    );
    if (rows.Bytes(0, 0) != "UTF8") {
        return Fail(
            Fault::kRefused,
            "{} has the encoding {}; create it with ENCODING 'UTF8'",
            connection.Place(),
            rows.Bytes(0, 0)
        );
    }
    if (rows.Bool(0, 1)) {
        return Fail(Fault::kUnavailable, "{} is a standby and read-only", connection.Place());
    }
    if (rows.Get<int32_t>(0, 2) < 140000) {
        return Fail(Fault::kRefused, "{} is older than PostgreSQL 14", connection.Place());
    }
    if (metrics != nullptr) metrics->limit.Set(rows.Get<int32_t>(0, 3));
    return {};
}

}  // namespace

Loan::~Loan() {
    if (connection_ != nullptr && connection_->IsIdle()) pool_->Return(std::move(connection_));
}

Result<Loan> Pool::Take() {
    std::unique_ptr<Connection> connection;
    idle_.With([&](auto& idle) {
        if (idle.empty()) return;
        connection = std::move(idle.back());
        idle.pop_back();
    });
    if (connection) return Loan(*this, std::move(connection), false, metrics_);
    return TakeFresh();
}

Result<Loan> Pool::TakeFresh() {
    TILTH_TRY(auto connection, Open());
    return Loan(*this, std::move(connection), true, metrics_);
}

Result<std::unique_ptr<Connection>> Pool::Open() {
    TILTH_CHECK(CheckBackOff());
    auto connection = Connect();
    if (!connection) {
        NoteFailure(connection.error());
        return std::unexpected(connection.error());
    }
    back_off_.With([](BackOff& back_off) { back_off.pause = Duration{}; });
    return connection;
}

Result<std::unique_ptr<Connection>> Pool::Connect() {
    TILTH_TRY(const std::string password, Password());
    const std::string connect =
        std::to_string(std::max<int64_t>(2, Millis(patience_.network) / 1000));
    const std::string network = std::to_string(Millis(patience_.network));
    std::vector<const char*> keywords = {
        "application_name",
        "connect_timeout",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "fallback_application_name",
        "dbname"};
    std::vector<const char*> values = {
        "tilth", connect.c_str(), "5", "2", "3", network.c_str(), "tilth", url_.c_str()};
    if (!password.empty()) {
        keywords.push_back("password");
        values.push_back(password.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    TILTH_TRY(
        Connection connection,
        Connection::Open(keywords.data(), values.data(), patience_.statement + kGrace)
    );
    TILTH_CHECK(connection.Execute(SettingsOf(patience_)));
    TILTH_CHECK(CheckServer(connection, metrics_));
    return std::make_unique<Connection>(std::move(connection));
}

Result<std::string> Pool::Password() const {
    std::string password;
    if (password_file_.empty()) return password;
    std::ifstream file(password_file_);
    if (!std::getline(file, password)) {
        return Fail(Fault::kRefused, "the password file {} is missing or empty", password_file_);
    }
    return password;
}

Status Pool::CheckBackOff() {
    return back_off_.With([](const BackOff& back_off) -> Status {
        if (back_off.pause == Duration{} || steady_clock::now() >= back_off.next) return {};
        return std::unexpected(back_off.last);
    });
}

void Pool::NoteFailure(const Error& error) {
    // What lies idle is broken too, as a rule; and if not, it costs little to open it again.
    idle_.With([](auto& idle) { idle.clear(); });
    back_off_.With([&](BackOff& back_off) {
        back_off.pause = std::clamp(back_off.pause * 2, kShortestPause, kLongestPause);
        back_off.next = steady_clock::now() + back_off.pause;
        back_off.last = error;
    });
}

void Pool::Return(std::unique_ptr<Connection> connection) {
    idle_.With([&](auto& idle) {
        if (idle.size() < kIdleConnections) idle.push_back(std::move(connection));
    });
}

}  // namespace tilth::postgresql
