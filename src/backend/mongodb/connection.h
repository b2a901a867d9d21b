// A MongoDB server, replica set or cluster, reached through libmongoc: a pool of connections, and
// the few operations that the store needs, with errors as values.
//
// Every write asks for the majority and the journal, every read for what the majority has, from the
// primary. Reads of one Connection never go back in time, also across a change of primary: each
// operation carries the time of the ones before it (causal consistency), where the server has that.
// libmongoc connects, and connects again, by itself. Threads: everything may be called from any
// thread; each operation has a connection of its own while it runs.
#pragma once

#include "backend/mongodb/bson.h"
#include "base/guarded.h"
#include "base/result.h"
#include "telemetry/pool_metrics.h"

#include <mongoc/mongoc.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tilth::mongodb {

struct ConnectionOptions {
    std::string url;  ///< mongodb://[user[:password]@]host[:port][,host...][/database][?options]
    std::string password = {};       ///< Takes the place of the address's, if not empty.
    std::string ca_file = {};        ///< PEM file of the authorities to trust; switches TLS on.
    std::string app_name = "tilth";  ///< As the server's log names this client.
    /// Sees each command as it is sent, as relaxed JSON; called on any thread. For tests.
    std::function<void(std::string_view command)> observer = {};
    telemetry::PoolMetrics* metrics = nullptr;  ///< Null: not counted. Outlives the connection.
};

/// What became of an ordered insert.
struct Inserted {
    size_t stored = 0;  ///< The first so many documents are there.
    /// The document behind them is not, and neither are those behind it, because of this server
    /// error (kDuplicateKey: its _id is taken). 0: all are there, or `trouble` says why not.
    int32_t refusal = 0;
    std::string refusal_text;
    Status trouble;           ///< Anything else that went wrong.
    bool is_unknown = false;  ///< With trouble: more than `stored` may be there, or may yet come.
};
inline constexpr int32_t kDuplicateKey = 11000;

/// Called for each document; false ends the reading.
using DocumentVisitor = std::function<bool(const bson_t&)>;

/// How long to wait for a write to reach the server's own memory, or the majority's journals.
enum class Durability { kLater, kMajority };

class Connection {
  public:
    /// Asks the server what it is. kBadInput: the address is wrong; kUnavailable: nobody answers;
    /// kRefused: wrong password or no right.
    static Result<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// "mongodb://host:port/database", without user and password.
    const std::string& address() const { return address_; }
    const std::string& database() const { return database_; }
    /// The most documents of one insert that the server stores in order.
    size_t most_inserted_at_once() const { return most_inserted_at_once_; }

    /// In order: a document is stored only after all before it. One command; the caller bounds it.
    Inserted InsertInOrder(const char* collection, std::span<const bson_t*> documents);
    /// Changes the one document that the filter finds; kNotFound: none.
    Status UpdateOne(
        const char* collection,
        const Document& filter,
        const Document& update,
        Durability durability
    );
    /// Removes all documents that the filter finds, for the majority; returns how many.
    Result<uint64_t> DeleteMany(const char* collection, const Document& filter);
    /// `options`: sort, projection, limit, batchSize.
    Status Find(
        const char* collection,
        const Document& filter,
        const Document& options,
        const DocumentVisitor& visit
    );
    /// Any other command on the database; `reply` must be empty.
    Status Command(const Document& command, bson_t* reply);

  private:
    class Use;
    /// Time of the operations before, as the server counts it.
    struct CausalTime {
        uint32_t time = 0;
        uint32_t increment = 0;
        std::unique_ptr<Document> cluster;
    };

    Connection() = default;
    Status Connect(const ConnectionOptions& options);
    Status AskWhatItIs();
    Error ErrorOf(const bson_error_t& error, std::string_view doing) const;

    std::string address_;
    std::string database_;
    size_t most_inserted_at_once_ = 10'000;
    std::function<void(std::string_view)> observer_;
    telemetry::PoolMetrics* metrics_ = nullptr;
    mongoc_client_pool_t* pool_ = nullptr;
    Guarded<CausalTime> time_;
};

}  // namespace tilth::mongodb
