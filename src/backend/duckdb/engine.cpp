#include "backend/duckdb/engine.h"

namespace tilth::duckdb {
namespace {

Fault FaultOf(duckdb_error_type type) {
    switch (type) {
        case DUCKDB_ERROR_PARSER:
        case DUCKDB_ERROR_SYNTAX:
        case DUCKDB_ERROR_BINDER:
        case DUCKDB_ERROR_CATALOG:
        case DUCKDB_ERROR_CONVERSION:
        case DUCKDB_ERROR_INVALID_INPUT:
        case DUCKDB_ERROR_OUT_OF_RANGE:
        case DUCKDB_ERROR_MISMATCH_TYPE:
        case DUCKDB_ERROR_EXPRESSION:
        case DUCKDB_ERROR_NOT_IMPLEMENTED:
            return Fault::kBadInput;
        case DUCKDB_ERROR_PERMISSION:
            return Fault::kRefused;
        case DUCKDB_ERROR_SERIALIZATION:
            return Fault::kCorrupt;
        default:
            return Fault::kUnavailable;
    }
}

/// A DuckDB logical type that destroys itself.
class LogicalType {
  public:
    explicit LogicalType(duckdb_type type) : handle_(duckdb_create_logical_type(type)) {}
    ~LogicalType() { duckdb_destroy_logical_type(&handle_); }
    LogicalType(const LogicalType&) = delete;
    LogicalType& operator=(const LogicalType&) = delete;
    duckdb_logical_type get() const { return handle_; }

  private:
    duckdb_logical_type handle_;
};

template <class T, class Create>
void BindListOf(
    duckdb_prepared_statement statement,
    size_t parameter,
    duckdb_type type,
    std::span<const T> values,
    Create create
) {
    const LogicalType element(type);
    std::vector<duckdb_value> items;
    items.reserve(values.size());
    for (const T& value : values) items.push_back(create(value));
    duckdb_value list = duckdb_create_list_value(element.get(), items.data(), items.size());
    duckdb_bind_value(statement, parameter + 1, list);
    duckdb_destroy_value(&list);
    for (duckdb_value& item : items) duckdb_destroy_value(&item);
}

}  // namespace

std::unexpected<Error> EngineError(const char* message, duckdb_error_type type) {
    return Fail(FaultOf(type), "DuckDB: {}", message == nullptr ? "unknown error" : message);
}

void Rows::DestroyChunk::operator()(duckdb_data_chunk chunk) const {
    duckdb_destroy_data_chunk(&chunk);
}

Rows::~Rows() {
    chunk_.reset();
    if (result_) duckdb_destroy_result(result_.get());
}

Rows& Rows::operator=(Rows&& other) noexcept {
    std::swap(result_, other.result_);
    std::swap(chunk_, other.chunk_);
    std::swap(size_, other.size_);
    return *this;
}

Result<bool> Rows::Next() {
    chunk_.reset(duckdb_fetch_chunk(*result_));
    if (!chunk_) {
        size_ = 0;
        if (const char* message = duckdb_result_error(result_.get())) {
            return EngineError(message, duckdb_result_error_type(result_.get()));
        }
        return false;
    }
    size_ = duckdb_data_chunk_get_size(chunk_.get());
    return size_ != 0;
}

size_t Rows::columns() const {
    return duckdb_column_count(result_.get());
}

std::string Rows::Name(size_t column) const {
    return duckdb_column_name(result_.get(), column);
}

duckdb_logical_type Rows::Type(size_t column) const {
    return duckdb_column_logical_type(result_.get(), column);
}

duckdb_vector Rows::Vector(size_t column) const {
    return duckdb_data_chunk_get_vector(chunk_.get(), column);
}

const void* Rows::Data(size_t column) const {
    return duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_.get(), column));
}

const void* Rows::ListData(size_t column) const {
    return duckdb_vector_get_data(duckdb_list_vector_get_child(Vector(column)));
}

bool Rows::IsNull(size_t column, size_t row) const {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_.get(), column);
    const uint64_t* validity = duckdb_vector_get_validity(vector);
    return validity != nullptr && (validity[row / 64] >> (row % 64) & 1) == 0;
}

std::string_view Rows::Bytes(size_t column, size_t row) const {
    const auto* cells = static_cast<const duckdb_string_t*>(Data(column));
    duckdb_string_t cell = cells[row];
    const uint32_t length = duckdb_string_t_length(cell);
    // Short strings lie inside the cell itself, so it is asked where it stands in the vector.
    if (duckdb_string_is_inlined(cell)) return {cells[row].value.inlined.inlined, length};
    return {cells[row].value.pointer.ptr, length};
}

uint64_t Rows::Changed() {
    return duckdb_rows_changed(result_.get());
}

void Statement::Destroy::operator()(duckdb_prepared_statement handle) const {
    duckdb_destroy_prepare(&handle);
}

void Statement::Bind(size_t parameter, int32_t value) {
    duckdb_bind_int32(handle_.get(), parameter + 1, value);
}
void Statement::Bind(size_t parameter, int64_t value) {
    duckdb_bind_int64(handle_.get(), parameter + 1, value);
}
void Statement::Bind(size_t parameter, uint64_t value) {
    duckdb_bind_uint64(handle_.get(), parameter + 1, value);
}
void Statement::Bind(size_t parameter, Time value) {
    duckdb_bind_timestamp(handle_.get(), parameter + 1, duckdb_timestamp{ToMicros(value)});
}
void Statement::Bind(size_t parameter, std::string_view text) {
    duckdb_bind_varchar_length(handle_.get(), parameter + 1, text.data(), text.size());
}
void Statement::BindBlob(size_t parameter, std::string_view bytes) {
    duckdb_bind_blob(handle_.get(), parameter + 1, bytes.data(), bytes.size());
}
void Statement::BindList(size_t parameter, std::span<const int32_t> values) {
    BindListOf(handle_.get(), parameter, DUCKDB_TYPE_INTEGER, values, duckdb_create_int32);
}
void Statement::BindList(size_t parameter, std::span<const Time> values) {
    BindListOf(handle_.get(), parameter, DUCKDB_TYPE_TIMESTAMP, values, [](Time time) {
        return duckdb_create_timestamp(duckdb_timestamp{ToMicros(time)});
    });
}

void Statement::BindList(size_t parameter, std::span<const std::string_view> values) {
    BindListOf(handle_.get(), parameter, DUCKDB_TYPE_VARCHAR, values, [](std::string_view text) {
        return duckdb_create_varchar_length(text.data(), text.size());
    });
}

Result<Rows> Statement::Run() {
    duckdb_result result;
    const duckdb_state state = duckdb_execute_prepared(handle_.get(), &result);
    Rows rows(result);
    if (state == DuckDBError) {
        return EngineError(duckdb_result_error(&result), duckdb_result_error_type(&result));
    }
    return rows;
}

Result<Rows> Statement::Stream() {
    duckdb_pending_result pending = nullptr;
    if (duckdb_pending_prepared_streaming(handle_.get(), &pending) == DuckDBError) {
        auto error = EngineError(duckdb_pending_error(pending), DUCKDB_ERROR_INVALID);
        duckdb_destroy_pending(&pending);
        return error;
    }
    duckdb_result result;
    const duckdb_state state = duckdb_execute_pending(pending, &result);
    duckdb_destroy_pending(&pending);
    Rows rows(result);
    if (state == DuckDBError) {
        return EngineError(duckdb_result_error(&result), duckdb_result_error_type(&result));
    }
    return rows;
}

void Connection::Disconnect::operator()(duckdb_connection handle) const {
    duckdb_disconnect(&handle);
}

Result<Rows> Connection::Query(const std::string& sql) {
    duckdb_result result;
    const duckdb_state state = duckdb_query(handle_.get(), sql.c_str(), &result);
    Rows rows(result);
    if (state == DuckDBError) {
        return EngineError(duckdb_result_error(&result), duckdb_result_error_type(&result));
    }
    return rows;
}

Status Connection::Execute(const std::string& sql) {
    TILTH_CHECK(Query(sql));
    return {};
}

Result<Statement> Connection::Prepare(const std::string& sql) {
    duckdb_prepared_statement handle = nullptr;
    const duckdb_state state = duckdb_prepare(handle_.get(), sql.c_str(), &handle);
    Statement statement(handle);
    if (state == DuckDBError) {
        return EngineError(duckdb_prepare_error(handle), DUCKDB_ERROR_BINDER);
    }
    return statement;
}

Result<Statement*> Connection::Cached(const std::string& sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return &found->second;
    TILTH_TRY(Statement statement, Prepare(sql));
    return &statements_.emplace(sql, std::move(statement)).first->second;
}

void Connection::Interrupt() {
    duckdb_interrupt(handle_.get());
}

void Database::Close::operator()(duckdb_database handle) const {
    duckdb_close(&handle);
}

Result<Database> Database::Open(const std::string& path, std::span<const Setting> settings) {
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    for (const Setting& setting : settings) {
        if (duckdb_set_config(config, setting.name, setting.value.c_str()) == DuckDBError) {
            duckdb_destroy_config(&config);
            return Fail(
                Fault::kBadInput, "DuckDB does not take {} = {}", setting.name, setting.value
            );
        }
    }
    duckdb_database handle = nullptr;
    char* message = nullptr;
    const char* file = path.empty() ? nullptr : path.c_str();
    const duckdb_state state = duckdb_open_ext(file, &handle, config, &message);
    duckdb_destroy_config(&config);
    Database database;
    database.handle_.reset(handle);
    if (state == DuckDBError) {
        const std::string text = message == nullptr ? "unknown error" : message;
        duckdb_free(message);
        return Fail(Fault::kUnavailable, "{}: the database cannot be opened: {}", path, text);
    }
    return database;
}

Result<Connection> Database::Connect() {
    duckdb_connection handle = nullptr;
    if (duckdb_connect(handle_.get(), &handle) == DuckDBError) {
        return Fail(Fault::kUnavailable, "DuckDB gives no connection");
    }
    return Connection(handle);
}

}  // namespace tilth::duckdb
