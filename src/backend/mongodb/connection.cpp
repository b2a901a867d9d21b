#include "backend/mongodb/connection.h"

#include "backend/mongodb/server_error.h"
#include "base/mutant.h"

#include <cstring>
#include <mutex>

namespace tilth::mongodb {
namespace {

/// Bounds of every wait, where the address does not set them.
constexpr int32_t kSelectionMilliseconds = 5'000;
constexpr int32_t kConnectMilliseconds = 5'000;
constexpr int32_t kSocketMilliseconds = 30'000;
constexpr int32_t kCommitMilliseconds = 20'000;

/// FerretDB 1.24 goes on with the next hundred documents after one of a hundred was refused, which
/// no ordered insert may.
constexpr size_t kInsertedAtOnceByFerretDb = 100;

constexpr int32_t kPoolOfLibmongoc = 100;  ///< Of one process, where the address says nothing.

constexpr const char* kDefaultDatabase = "sensor";

void InitialiseOnce() {
    static std::once_flag once;
    std::call_once(once, [] {
        mongoc_init();
        // What goes wrong comes back as a value; libmongoc's own lines would only repeat it.
        mongoc_log_set_handler(nullptr, nullptr);
    });
}

struct UriFree {
    void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};
using Uri = std::unique_ptr<mongoc_uri_t, UriFree>;

void SetDefault(mongoc_uri_t* uri, const char* option, int32_t value) {
    if (!mongoc_uri_has_option(uri, option)) mongoc_uri_set_option_as_int32(uri, option, value);
}

void SetConcerns(mongoc_uri_t* uri) {
    mongoc_write_concern_t* write = mongoc_write_concern_new();
    if (IsMutant("memory-taken-for-durable")) {
        mongoc_write_concern_set_w(write, 1);
    } else {
        mongoc_write_concern_set_wmajority(write, kCommitMilliseconds);
    }
    mongoc_write_concern_set_journal(write, !IsMutant("memory-taken-for-durable"));
    mongoc_uri_set_write_concern(uri, write);
    mongoc_write_concern_destroy(write);
    mongoc_read_concern_t* read = mongoc_read_concern_new();
    mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_read_concern(uri, read);
    mongoc_read_concern_destroy(read);
    mongoc_read_prefs_t* primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(uri, primary);
    mongoc_read_prefs_destroy(primary);
}

std::string AddressOf(const mongoc_uri_t* uri, const std::string& database) {
    std::string hosts;
    for (const auto* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) {
        hosts += (hosts.empty() ? "" : ",") + std::string(host->host_and_port);
    }
    return fmt::format("mongodb://{}/{}", hosts, database);
}

Result<Uri> MakeUri(const ConnectionOptions& options) {
    bson_error_t error;
    Uri uri(mongoc_uri_new_with_error(options.url.c_str(), &error));
    if (!uri) {
        return Fail(
            Fault::kBadInput,
            "the address of the stream store cannot be read: {}; it has the form "
            "mongodb://user@host:27017/sensor",
            error.message
        );
    }
    if (!options.password.empty()) mongoc_uri_set_password(uri.get(), options.password.c_str());
    if (!options.ca_file.empty()) {
        mongoc_uri_set_option_as_bool(uri.get(), MONGOC_URI_TLS, true);
        mongoc_uri_set_option_as_utf8(uri.get(), MONGOC_URI_TLSCAFILE, options.ca_file.c_str());
    }
    SetDefault(uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, kSelectionMilliseconds);
    SetDefault(uri.get(), MONGOC_URI_CONNECTTIMEOUTMS, kConnectMilliseconds);
    SetDefault(uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, kSocketMilliseconds);
    mongoc_uri_set_appname(uri.get(), options.app_name.c_str());
    SetConcerns(uri.get());
    return uri;
}

}  // namespace

/// A client of the pool and a session on it, for one operation.
class Connection::Use {
  public:
    explicit Use(Connection& connection)
        : connection_(connection),
          client_(mongoc_client_pool_pop(connection.pool_)),
          use_(connection.metrics_) {}
    ~Use() {
        if (session_ != nullptr) {
            Remember();
            mongoc_client_session_destroy(session_);
        }
        mongoc_client_pool_push(connection_.pool_, client_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    mongoc_client_t* client() { return client_; }

    /// Starts the session and names it in the options of an operation.
    Status Join(bson_t* options) {
        bson_error_t error;
        session_ = mongoc_client_start_session(client_, nullptr, &error);
        if (session_ == nullptr) {
            // A server without sessions has no second member to fall behind either.
            if (error.code == MONGOC_ERROR_CLIENT_SESSION_FAILURE) return {};
            return std::unexpected(connection_.ErrorOf(error, "starting a session"));
        }
        connection_.time_.With([&](const CausalTime& before) {
            if (before.cluster)
                mongoc_client_session_advance_cluster_time(session_, before.cluster->get());
            if (before.time != 0) {
                mongoc_client_session_advance_operation_time(
                    session_, before.time, before.increment
                );
            }
        });
        if (!mongoc_client_session_append(session_, options, &error)) {
            return std::unexpected(connection_.ErrorOf(error, "using a session"));
        }
        return {};
    }

  private:
    void Remember() {
        uint32_t time = 0;
        uint32_t increment = 0;
        mongoc_client_session_get_operation_time(session_, &time, &increment);
        const bson_t* cluster = mongoc_client_session_get_cluster_time(session_);
        if (time == 0) return;
        connection_.time_.With([&](CausalTime& latest) {
            if (std::pair(time, increment) <= std::pair(latest.time, latest.increment)) return;
            latest.time = time;
            latest.increment = increment;
            if (cluster == nullptr) return;
            latest.cluster = std::make_unique<Document>();
            bson_concat(latest.cluster->get(), cluster);
        });
    }

    Connection& connection_;
    mongoc_client_t* client_;
    mongoc_client_session_t* session_ = nullptr;
    const telemetry::PoolUse use_;
};

namespace {

struct CollectionFree {
    void operator()(mongoc_collection_t* collection) const {
        mongoc_collection_destroy(collection);
    }
};
using Collection = std::unique_ptr<mongoc_collection_t, CollectionFree>;

struct CursorFree {
    void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
};
using Cursor = std::unique_ptr<mongoc_cursor_t, CursorFree>;

Collection CollectionOf(mongoc_client_t* client, const std::string& database, const char* name) {
    return Collection(mongoc_client_get_collection(client, database.c_str(), name));
}

/// The first element of an array of documents in a reply.
bool FirstOf(const bson_t& reply, const char* key, bson_t* first) {
    bson_iter_t list;
    bson_iter_t element;
    if (!bson_iter_init_find(&list, &reply, key) || !bson_iter_recurse(&list, &element) ||
        !bson_iter_next(&element) || !BSON_ITER_HOLDS_DOCUMENT(&element)) {
        return false;
    }
    uint32_t size = 0;
    const uint8_t* data = nullptr;
    bson_iter_document(&element, &size, &data);
    return bson_init_static(first, data, size);
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
    std::unique_ptr<Connection> connection(new Connection);
    TILTH_CHECK(connection->Connect(options));
    TILTH_CHECK(connection->AskWhatItIs());
    return connection;
}

Connection::~Connection() {
    if (pool_ != nullptr) mongoc_client_pool_destroy(pool_);
}

Status Connection::Connect(const ConnectionOptions& options) {
    InitialiseOnce();
    TILTH_TRY(const Uri uri, MakeUri(options));
    const char* named = mongoc_uri_get_database(uri.get());
    database_ = named != nullptr && *named != '\0' ? named : kDefaultDatabase;
    address_ = AddressOf(uri.get(), database_);
    bson_error_t error;
    pool_ = mongoc_client_pool_new_with_error(uri.get(), &error);
    if (pool_ == nullptr) return Fail(Fault::kBadInput, "{}: {}", address_, error.message);
    mongoc_client_pool_set_error_api(pool_, MONGOC_ERROR_API_VERSION_2);
    metrics_ = options.metrics;
    if (metrics_ != nullptr) {
        metrics_->limit.Set(
            mongoc_uri_get_option_as_int32(uri.get(), MONGOC_URI_MAXPOOLSIZE, kPoolOfLibmongoc)
        );
    }
    if (!options.observer) return {};
    observer_ = options.observer;
    mongoc_apm_callbacks_t* callbacks = mongoc_apm_callbacks_new();
    mongoc_apm_set_command_started_cb(callbacks, [](const mongoc_apm_command_started_t* event) {
        const auto* self = static_cast<Connection*>(mongoc_apm_command_started_get_context(event));
        size_t size = 0;
        char* json =
            bson_as_relaxed_extended_json(mongoc_apm_command_started_get_command(event), &size);
        if (json != nullptr) self->observer_({json, size});
        bson_free(json);
    });
    mongoc_client_pool_set_apm_callbacks(pool_, callbacks, this);
    mongoc_apm_callbacks_destroy(callbacks);
    return {};
}

Status Connection::AskWhatItIs() {
    Document command;
    command.Int32("buildInfo", 1);
    Document reply;
    TILTH_CHECK(Command(command, reply.get()));
    if (bson_has_field(reply.get(), "ferretdbVersion"))
        most_inserted_at_once_ = kInsertedAtOnceByFerretDb;
    return {};
}

Error Connection::ErrorOf(const bson_error_t& error, std::string_view doing) const {
    return {FaultOf(error), fmt::format("{}: {}: {}", address_, doing, error.message)};
}

Inserted Connection::InsertInOrder(const char* name, std::span<const bson_t*> documents) {
    Inserted outcome;
    Use use(*this);
    Document options;
    options.Bool("ordered", !IsMutant("unordered-inserts")).Bool("validate", false);
    outcome.trouble = use.Join(options.get());
    if (!outcome.trouble) return outcome;
    const Collection collection = CollectionOf(use.client(), database_, name);
    bson_t reply;
    bson_error_t error;
    const bool done = mongoc_collection_insert_many(
        collection.get(), documents.data(), documents.size(), options.get(), &reply, &error
    );
    bson_t refusal;
    if (done) {
        outcome.stored = documents.size();
    } else if (bson_t late; FirstOf(reply, "writeConcernErrors", &late)) {
        outcome.is_unknown = true;
        outcome.trouble = std::unexpected(ErrorOf(error, "the majority has not confirmed a write"));
    } else if (FirstOf(reply, "writeErrors", &refusal)) {
        outcome.stored = static_cast<size_t>(IntIn(refusal, "index").value_or(0));
        outcome.refusal = static_cast<int32_t>(IntIn(refusal, "code").value_or(-1));
        outcome.refusal_text = BytesIn(refusal, "errmsg").value_or("no reason given");
    } else {
        outcome.is_unknown = MayHaveHadItsEffect(error);
        outcome.trouble = std::unexpected(ErrorOf(error, "inserting"));
    }
    bson_destroy(&reply);
    return outcome;
}

Status Connection::UpdateOne(
    const char* name, const Document& filter, const Document& update, Durability durability
) {
    Use use(*this);
    Document options;
    TILTH_CHECK(use.Join(options.get()));
    if (durability == Durability::kLater) {
        mongoc_write_concern_t* concern = mongoc_write_concern_new();
        mongoc_write_concern_set_w(concern, 1);
        mongoc_write_concern_append(concern, options.get());
        mongoc_write_concern_destroy(concern);
    }
    const Collection collection = CollectionOf(use.client(), database_, name);
    Document reply;
    bson_error_t error;
    bson_destroy(reply.get());  // libmongoc initialises it
    if (!mongoc_collection_update_one(
            collection.get(), filter.get(), update.get(), options.get(), reply.get(), &error
        )) {
        return std::unexpected(ErrorOf(error, "updating"));
    }
    if (IntIn(*reply.get(), "matchedCount").value_or(0) == 0)
        return Fail(Fault::kNotFound, "{}: there is no such document in {}", address_, name);
    return {};
}

Result<uint64_t> Connection::DeleteMany(const char* name, const Document& filter) {
    Use use(*this);
    Document options;
    TILTH_CHECK(use.Join(options.get()));
    const Collection collection = CollectionOf(use.client(), database_, name);
    Document reply;
    bson_error_t error;
    bson_destroy(reply.get());  // libmongoc initialises it
    if (!mongoc_collection_delete_many(
            collection.get(), filter.get(), options.get(), reply.get(), &error
        )) {
        return std::unexpected(ErrorOf(error, "removing"));
    }
    return static_cast<uint64_t>(IntIn(*reply.get(), "deletedCount").value_or(0));
}

Status Connection::Find(
    const char* name, const Document& filter, const Document& options, const DocumentVisitor& visit
) {
    Use use(*this);
    Document with_session;
    bson_concat(with_session.get(), options.get());
    TILTH_CHECK(use.Join(with_session.get()));
    const Collection collection = CollectionOf(use.client(), database_, name);
    const Cursor cursor(mongoc_collection_find_with_opts(
        collection.get(), filter.get(), with_session.get(), nullptr
    ));
    const bson_t* document = nullptr;
    while (mongoc_cursor_next(cursor.get(), &document)) {
        if (!visit(*document)) return {};
    }
    bson_error_t error;
    if (mongoc_cursor_error(cursor.get(), &error))
        return std::unexpected(ErrorOf(error, "reading"));
    return {};
}

Status Connection::Command(const Document& command, bson_t* reply) {
    Use use(*this);
    bson_error_t error;
    bson_destroy(reply);  // libmongoc initialises it
    if (!mongoc_client_command_simple(
            use.client(), database_.c_str(), command.get(), nullptr, reply, &error
        )) {
        bson_iter_t name;
        const bool has_name = bson_iter_init(&name, command.get()) && bson_iter_next(&name);
        return std::unexpected(ErrorOf(error, has_name ? bson_iter_key(&name) : "a command"));
    }
    return {};
}

}  // namespace tilth::mongodb
