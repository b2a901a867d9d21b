// One writer of this process: its records go in here, in order, one batch at a time.
//
// The reading order on a server without transactions. A command inserts documents in order and
// stops at the first that it cannot store, and the next command starts only when the outcome of the
// last is known. A message that is there already (E11000) is passed over, and the documents behind
// it go on. When the outcome is not known (the link broke), the old command may still arrive at the
// server later; so the writer reads what it has there, and the next document it inserts is the
// first one of that command: whichever comes second is refused at its first document, and an
// ordered insert ends there. A batch that goes on differently is refused.
#pragma once

#include "backend/mongodb/connection.h"
#include "backend/mongodb/record_document.h"
#include "base/guarded.h"
#include "store/stream_store.h"

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tilth::mongodb {

/// What a writer has in the store.
struct WriterTotals {
    Sequence highest = 0;
    uint64_t records = 0;
    uint64_t payload_bytes = 0;
};

/// Adds what the server has of the writer above `totals.highest`; `each` sees every sequence and
/// id.
Status AddTail(
    Connection& connection,
    WriterId writer,
    WriterTotals& totals,
    const std::function<void(Sequence, std::string_view id)>& each = {}
);

class StreamWriter {
  public:
    /// A writer that has just been opened, and has nothing.
    StreamWriter(Connection& connection, WriterId id) : connection_(connection), id_(id) {}
    /// One of an earlier run. `known` is a lower bound: the server is asked for the rest.
    StreamWriter(Connection& connection, WriterId id, WriterTotals known, bool has_ended)
        : connection_(connection),
          id_(id),
          totals_(known),
          must_look_(true),
          is_first_look_(true),
          has_ended_(has_ended) {
        shown_.With([](Shown& shown) { shown.is_current = false; });
    }

    /// As StreamStore::Append. Thread-safe; batches wait for each other.
    Result<AppendOutcome> Append(std::span<const RawRecordView> records);
    /// Marks the end. kUnavailable while the outcome of a batch is not known: more may follow.
    Status End();
    /// As they can be read now; asks the server after a batch with an unknown outcome. Does not
    /// wait for a batch on its way.
    Result<WriterTotals> Totals();

  private:
    enum class Mark : uint8_t { kNew, kStored, kThere };
    /// A batch on its way.
    struct Batch {
        std::span<const RawRecordView> records;
        std::vector<Mark> marks;
        Sequence highest_found = 0;  ///< Of this writer, found when ids were looked up.
    };
    /// The first document of a command whose outcome is not known.
    struct Doubt {
        Sequence sequence = 0;
        std::string id;
    };

    struct Shown {
        WriterTotals totals;
        bool is_current = true;
    };

    Status Settle();
    void Show();
    Status Check(std::span<const RawRecordView> records) const;
    Status MarkTail(Batch& batch);
    Status CheckFollowsDoubt(const Batch& batch) const;
    Status InsertNew(Batch& batch);
    Status InsertSome(Batch& batch, size_t& at);
    Status PassOver(Batch& batch, size_t at);
    Status LookUp(Batch& batch, std::span<const size_t> which);
    void Count(const Batch& batch);
    void KeepAsTail(const Batch& batch);
    void Publish();

    Connection& connection_;
    const WriterId id_;

    std::mutex mutex_;
    WriterTotals totals_;
    Sequence floor_ = 0;  ///< The last batch that was taken ended here; the next must be above.
    /// Above the floor, by batches that failed half way.
    std::map<Sequence, std::string> tail_;
    std::optional<Doubt> doubt_;
    bool must_look_ = false;  ///< The server may have more than totals_ says.
    bool is_first_look_ = false;
    bool has_ended_ = false;

    Guarded<Shown> shown_;
};

}  // namespace tilth::mongodb
