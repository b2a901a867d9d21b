#include "backend/postgresql/engine.h"

#include "backend/postgresql/errors.h"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace tilth::postgresql {
namespace {

using std::chrono::steady_clock;

constexpr int kBinary = 1;
constexpr int kText = 0;
constexpr size_t kMostPrepared = 256;
constexpr size_t kCopyPiece = size_t{1} << 16;

steady_clock::time_point LimitOf(Duration patience) {
    return steady_clock::now() + patience;
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

}  // namespace

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
    return IsLinked() && queue_.empty() && PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF &&
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
