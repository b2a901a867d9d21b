// Reading a stream store's file on connections that the writer never waits for.
#pragma once

#include "backend/sqlite/database.h"
#include "base/guarded.h"
#include "store/stream_store.h"

#include <memory>
#include <string>
#include <vector>

namespace tilth::sqlite {

/// One read-only connection with its statements; used by one thread at a time.
class StreamReader {
  public:
    static Result<std::unique_ptr<StreamReader>> Open(const std::string& path);

    Result<Sequence> Read(const ReadRequest& request, const RecordVisitor& visit);
    Result<RawRecord> Get(WriterId writer, Sequence sequence);
    Result<RawRecord> GetById(std::string_view id);
    /// Of one writer, newest first. Its records' times rise, so its range of times is a range of
    /// places.
    Result<std::vector<RawRecord>> Find(WriterId writer, const FindRequest& request);
    Result<std::vector<std::string>> CheckIntegrity();

  private:
    StreamReader() = default;

    /// Lowest sequence of the writer whose record came at or after `time`; kHighestSequence + 1:
    /// none.
    Result<Sequence> FirstSequenceFrom(WriterId writer, Time time);

    Connection connection_;
    Statement read_;
    Statement get_;
    Statement get_by_id_;
    Statement next_time_;
};

/// Lends readers; as many as there are threads that read at once, of which a few are kept.
class StreamReaderPool {
  public:
    explicit StreamReaderPool(std::string path) : path_(std::move(path)) {}

    /// Runs f(reader) with a reader of its own and returns what f returns (a Result).
    template <class F>
    auto With(F&& f) -> decltype(f(std::declval<StreamReader&>())) {
        TILTH_TRY(std::unique_ptr<StreamReader> reader, Take());
        auto result = f(*reader);
        Return(std::move(reader));
        return result;
    }

  private:
    Result<std::unique_ptr<StreamReader>> Take();
    void Return(std::unique_ptr<StreamReader> reader);

    std::string path_;
    Guarded<std::vector<std::unique_ptr<StreamReader>>> idle_;
};

}  // namespace tilth::sqlite
