#include "backend/postgresql/engine.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace tilth::postgresql {
namespace {

using std::chrono::steady_clock;

constexpr int kBinary = 1;
constexpr int kText = 0;
constexpr size_t kMostPrepared = 256;
constexpr size_t kCopyPiece = size_t{1} << 16;

struct Class {
    std::string_view prefix;
    Fault fault;
};

// Longer prefixes first. https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr std::array kClasses = {
    Class{"TL001", Fault::kConflict},     // raised by the schema: a lease that does not hold
    Class{"25006", Fault::kUnavailable},  // read-only: a standby, until it is promoted
    Class{"25P03", Fault::kUnavailable},  // idle in a transaction for too long
    Class{"55P03", Fault::kUnavailable},  // a lock was not had in time
    Class{"57014", Fault::kUnavailable},  // over the statement's time
    Class{"3D000", Fault::kRefused},      // no such database
    Class{"42501", Fault::kRefused},      // no privilege
    Class{"08", Fault::kUnavailable},     // the link
    Class{"40", Fault::kUnavailable},     // deadlock, serialization: again
    Class{"53", Fault::kUnavailable},     // disk, memory or connections used up
    Class{"57", Fault::kUnavailable},     // shutting down, starting up
    Class{"58", Fault::kUnavailable},     // the server's disk or system
    Class{"25", Fault::kUnavailable},     // the transaction failed before
    Class{"28", Fault::kRefused},         // password, role
    Class{"22", Fault::kBadInput},        // a value it cannot keep
    Class{"23", Fault::kBadInput},        // a constraint
    Class{"54", Fault::kBadInput},        // larger than the server's limits
    Class{"42P01", Fault::kNotFound},     // a table that was dropped
    Class{"3F000", Fault::kNotFound},     // a schema that was dropped
};

/// libpq keeps no SQLSTATE of a connection that did not come about; its words are all there is.
Fault FaultOfStart(std::string_view why) {
    constexpr std::array<std::string_view, 4> kMayPass = {
        "starting up", "shutting down", "recovery", "translate host name"};
    constexpr std::array<std::string_view, 11> kStays = {
        "authentication failed",
        "no password supplied",
        "role \"",
        "database \"",
        "pg_hba.conf",
        "certificate",
        "invalid URI",
        "invalid connection option",
        "invalid sslmode",
        "invalid port",
        "permission denied"};
    const auto is_said = [&](std::string_view words) {
        return why.find(words) != std::string_view::npos;
    };
    if (std::ranges::any_of(kMayPass, is_said)) return Fault::kUnavailable;
    return std::ranges::any_of(kStays, is_said) ? Fault::kRefused : Fault::kUnavailable;
}

steady_clock::time_point LimitOf(Duration patience) {
    return steady_clock::now() + patience;
}

std::string OneLine(std::string_view message) {
    std::string line;
    for (const char c : message) line += c == '\n' ? ' ' : c;
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

Error ResultError(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    std::string text = message == nullptr ? OneLine(PQresultErrorMessage(result)) : message;
    if (detail != nullptr) text += fmt::format(" ({})", OneLine(detail));
    if (state == nullptr) return {Fault::kUnavailable, text};
    return {FaultOf(state), fmt::format("{} [{}]", text, state)};
}

bool IsGood(ExecStatusType status) {
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Error Lost() {
    return {Fault::kUnavailable, "the connection to the database was lost"};
}

/// The arguments of a statement as libpq wants them; they point into `values`.
struct Arguments {
    explicit Arguments(const std::vector<std::optional<std::string>>& values)
        : pointers(values.size()), lengths(values.size()), formats(values.size(), kBinary) {
        for (size_t i = 0; i < values.size(); ++i) {
            if (!values[i]) continue;
            pointers[i] = values[i]->data();
            lengths[i] = static_cast<int>(values[i]->size());
        }
    }
    int count() const { return static_cast<int>(pointers.size()); }

    std::vector<const char*> pointers;
    std::vector<int> lengths;
    std::vector<int> formats;
};

template <class T>
std::string Wire(T value) {
    std::string bytes;
    PutNumber(bytes, value);
    return bytes;
}

}  // namespace

Fault FaultOf(std::string_view sqlstate) {
    for (const Class& known : kClasses) {
        if (sqlstate.starts_with(known.prefix)) return known.fault;
    }
    return Fault::kCorrupt;
}

// ---------------------------------------------------------------- parameters and rows

Params& Params::Put(TypeId type, std::string bytes) {
    types_.push_back(static_cast<Oid>(type));
    values_.emplace_back(std::move(bytes));
    return *this;
}

Params& Params::Add(bool value) {
    return Put(TypeId::kBool, std::string(1, value ? '\1' : '\0'));
}
Params& Params::Add(int16_t value) {
    return Put(TypeId::kInt16, Wire(value));
}
Params& Params::Add(int32_t value) {
    return Put(TypeId::kInt32, Wire(value));
}
Params& Params::Add(int64_t value) {
    return Put(TypeId::kInt64, Wire(value));
}
Params& Params::Add(double value) {
    return Put(TypeId::kDouble, Wire(value));
}
Params& Params::Add(std::string_view text) {
    return Put(TypeId::kText, std::string(text));
}
Params& Params::Add(Time time) {
    return Put(TypeId::kTimestamp, Wire(ToWire(time)));
}
Params& Params::AddXid(uint64_t xid) {
    return Put(TypeId::kXid, Wire(static_cast<int64_t>(xid)));
}

Params& Params::Add(std::optional<Time> time, TypeId type) {
    if (time) return Put(type, Wire(ToWire(*time)));
    types_.push_back(static_cast<Oid>(type));
    values_.emplace_back();
    return *this;
}

Params& Params::AddNumberOrNull(double value) {
    if (!std::isnan(value)) return Add(value);
    types_.push_back(static_cast<Oid>(TypeId::kDouble));
    values_.emplace_back();
    return *this;
}

Params& Params::AddBits(std::string_view bytes) {
    return Put(TypeId::kBits, Wire(static_cast<int32_t>(bytes.size() * 8)).append(bytes));
}

Params& Params::Add(std::span<const int32_t> numbers) {
    const auto put = [](std::string& out, int32_t n) { PutNumber(out, n); };
    return Put(TypeId::kInt32Array, ArrayOf(TypeId::kInt32, numbers, put));
}
Params& Params::Add(std::span<const int64_t> numbers) {
    const auto put = [](std::string& out, int64_t n) { PutNumber(out, n); };
    return Put(TypeId::kInt64Array, ArrayOf(TypeId::kInt64, numbers, put));
}
Params& Params::Add(std::span<const Time> times) {
    const auto put = [](std::string& out, Time t) { PutNumber(out, ToWire(t)); };
    return Put(TypeId::kTimestampArray, ArrayOf(TypeId::kTimestamp, times, put));
}

double Rows::NumberOrNan(size_t row, size_t column) const {
    return IsNull(row, column) ? std::numeric_limits<double>::quiet_NaN() : Double(row, column);
}

std::string_view Rows::Bytes(size_t row, size_t column) const {
    const int length = PQgetlength(result_.get(), static_cast<int>(row), static_cast<int>(column));
    return {Cell(row, column), static_cast<size_t>(length)};
}

// ---------------------------------------------------------------- the link

Result<Connection> Connection::Open(
    const char* const* keywords, const char* const* values, Duration patience
) {
    PGconn* handle = PQconnectdbParams(keywords, values, 1);
    if (handle == nullptr) return Fail(Fault::kUnavailable, "no memory for a connection");
    Connection connection(handle, patience);
    if (PQstatus(handle) != CONNECTION_OK) {
        const std::string why = OneLine(PQerrorMessage(handle));
        return Fail(FaultOfStart(why), "{}", why);
    }
    PQsetnonblocking(handle, 1);
    PQsetNoticeProcessor(
        handle, [](void*, const char*) {}, nullptr
    );
    return connection;
}

std::string Connection::Place() const {
    const auto text = [](const char* value) { return value == nullptr ? "" : value; };
    return fmt::format(
        "database {} on {}:{}",
        text(PQdb(handle_.get())),
        text(PQhost(handle_.get())),
        text(PQport(handle_.get()))
    );
}

bool Connection::IsIdle() const {
    return IsLinked() && PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF &&
           PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
}

Error Connection::LastError() const {
    return {
        Fault::kUnavailable,
        fmt::format("{}: {}", Place(), OneLine(PQerrorMessage(handle_.get())))};
}

Error Connection::GiveUp(std::string_view what) {
    Error error{Fault::kUnavailable, fmt::format("{} {}", Place(), what)};
    handle_.reset();
    return error;
}

Status Connection::WaitFor(bool to_write, steady_clock::time_point limit) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(limit - steady_clock::now());
    pollfd socket{
        PQsocket(handle_.get()), static_cast<short>(to_write ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = left.count() <= 0 ? 0 : poll(&socket, 1, static_cast<int>(left.count()));
    if (ready == 0) return std::unexpected(GiveUp("does not answer"));
    if ((socket.revents & POLLIN) != 0 && PQconsumeInput(handle_.get()) == 0)
        return std::unexpected(LastError());
    return {};
}

Status Connection::Flush() {
    const auto limit = LimitOf(patience_);
    while (true) {
        const int left = PQflush(handle_.get());
        if (left == 0) return {};
        if (left < 0) return std::unexpected(LastError());
        TILTH_CHECK(WaitFor(true, limit));
    }
}

Result<PGresult*> Connection::NextResult() {
    const auto limit = LimitOf(patience_);
    while (PQisBusy(handle_.get()) != 0) TILTH_CHECK(WaitFor(false, limit));
    return PQgetResult(handle_.get());
}

Result<Rows> Connection::Answer() {
    TILTH_CHECK(Flush());
    std::optional<Rows> last;
    while (true) {
        TILTH_TRY(PGresult * next, NextResult());
        if (next == nullptr) break;
        const ExecStatusType status = PQresultStatus(next);
        Rows rows(next);
        // The first error says why; a fatal one is followed by "the connection was closed".
        if (!last || IsGood(PQresultStatus(last->handle()))) last.emplace(std::move(rows));
        if (status == PGRES_COPY_IN) return std::move(*last);
    }
    if (!last) return std::unexpected(LastError());
    if (!IsGood(PQresultStatus(last->handle())))
        return std::unexpected(ResultError(last->handle()));
    return std::move(*last);
}

// ---------------------------------------------------------------- statements

Result<Rows> Connection::Run(const std::string& sql, const Params& params) {
    if (!handle_) return std::unexpected(Lost());
    const Arguments arguments(params.values_);
    const int sent = PQsendQueryParams(
        handle_.get(),
        sql.c_str(),
        arguments.count(),
        params.types_.data(),
        arguments.pointers.data(),
        arguments.lengths.data(),
        arguments.formats.data(),
        kBinary
    );
    if (sent == 0) return std::unexpected(LastError());
    return Answer();
}

Result<Rows> Connection::RunAsText(const std::string& sql) {
    if (!handle_) return std::unexpected(Lost());
    const int sent =
        PQsendQueryParams(handle_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kText);
    if (sent == 0) return std::unexpected(LastError());
    return Answer();
}

Status Connection::Execute(const std::string& sql) {
    if (!handle_) return std::unexpected(Lost());
    if (PQsendQuery(handle_.get(), sql.c_str()) == 0) return std::unexpected(LastError());
    TILTH_CHECK(Answer());
    return {};
}

Result<Rows> Connection::Cached(const std::string& sql, const Params& params) {
    Queue(sql, params);
    TILTH_TRY(std::vector<Rows> answers, Send());
    return std::move(answers.front());
}

void Connection::Queue(const std::string& sql, const Params& params) {
    queue_.push_back({sql, params});
}

std::pair<const std::string&, bool> Connection::NameOf(const std::string& sql) {
    const auto [found, is_new] = prepared_.try_emplace(sql);
    if (is_new) found->second = fmt::format("s{}", ++last_name_);
    return {found->second, is_new};
}

Result<std::vector<Rows>> Connection::Send() {
    const std::vector<Queued> queue = std::exchange(queue_, {});
    if (!handle_) return std::unexpected(Lost());
    if (prepared_.size() > kMostPrepared) {
        TILTH_CHECK(Execute("DEALLOCATE ALL"));
        prepared_.clear();
    }
    if (PQenterPipelineMode(handle_.get()) == 0) return std::unexpected(LastError());
    std::vector<bool> is_answer;  // else: of a Parse message
    for (const Queued& statement : queue) {
        const auto [name, is_new] = NameOf(statement.sql);
        const Params& params = statement.params;
        if (is_new) {
            const int prepared = PQsendPrepare(
                handle_.get(),
                name.c_str(),
                statement.sql.c_str(),
                static_cast<int>(params.size()),
                params.types_.data()
            );
            if (prepared == 0) return std::unexpected(GiveUp(LastError().message));
            is_answer.push_back(false);
        }
        const Arguments arguments(params.values_);
        const int sent = PQsendQueryPrepared(
            handle_.get(),
            name.c_str(),
            arguments.count(),
            arguments.pointers.data(),
            arguments.lengths.data(),
            arguments.formats.data(),
            kBinary
        );
        if (sent == 0) return std::unexpected(GiveUp(LastError().message));
        is_answer.push_back(true);
    }
    if (PQpipelineSync(handle_.get()) == 0) return std::unexpected(GiveUp(LastError().message));
    return Collect(is_answer);
}

Result<std::vector<Rows>> Connection::Collect(const std::vector<bool>& is_answer) {
    TILTH_CHECK(Flush());
    std::vector<Rows> answers;
    std::optional<Error> error;
    for (size_t at = 0;;) {
        TILTH_TRY(PGresult * next, NextResult());
        if (next == nullptr) {
            if (!IsLinked()) return std::unexpected(error ? *error : LastError());
            continue;
        }
        Rows rows(next);
        const ExecStatusType status = PQresultStatus(next);
        if (status == PGRES_PIPELINE_SYNC) break;
        if (!IsGood(status) && status != PGRES_PIPELINE_ABORTED && !error)
            error = ResultError(next);
        if (!IsLinked()) return std::unexpected(error ? *error : LastError());
        if (at < is_answer.size() && is_answer[at]) answers.push_back(std::move(rows));
        ++at;
    }
    PQexitPipelineMode(handle_.get());
    if (!error) return answers;
    // What was to be prepared behind the error was not: all is prepared again, under new names.
    prepared_.clear();
    return std::unexpected(std::move(*error));
}

Result<uint64_t> Connection::CopyIn(const std::string& sql, std::string_view data) {
    if (!handle_) return std::unexpected(Lost());
    if (PQsendQuery(handle_.get(), sql.c_str()) == 0) return std::unexpected(LastError());
    TILTH_CHECK(Answer());
    const auto limit = LimitOf(patience_);
    while (!data.empty()) {
        const std::string_view piece = data.substr(0, kCopyPiece);
        const int put = PQputCopyData(handle_.get(), piece.data(), static_cast<int>(piece.size()));
        if (put < 0) return std::unexpected(LastError());
        if (put == 0) {
            TILTH_CHECK(WaitFor(true, limit));
            continue;
        }
        data.remove_prefix(piece.size());
        TILTH_CHECK(Flush());
    }
    while (true) {
        const int ended = PQputCopyEnd(handle_.get(), nullptr);
        if (ended < 0) return std::unexpected(LastError());
        if (ended > 0) break;
        TILTH_CHECK(WaitFor(true, limit));
    }
    TILTH_TRY(const Rows copied, Answer());
    uint64_t count = 0;
    const std::string_view tag = copied.Tag();  // "COPY 25"
    for (const char c : tag.substr(std::min(tag.size(), size_t{5}))) {
        if (c >= '0' && c <= '9') count = count * 10 + static_cast<uint64_t>(c - '0');
    }
    return count;
}

}  // namespace tilth::postgresql
