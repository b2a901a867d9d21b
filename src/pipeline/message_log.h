// What the log says about single messages: one id from the broker to the results
// (docs/operations.md, "Logs").
//
// Every line about a message has the fields message_id (RawRecord::id), record (its place in the
// stream, "WRITER/SEQUENCE", which is all that a row of results knows of it) and, where its
// publisher sent them, trace_id and span_id.
#pragma once

#include "model/raw_record.h"
#include "store/processed_store.h"
#include "store/stream_store.h"
#include "telemetry/log.h"

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace tilth::pipeline {

/// The names of a message in the log, owned.
struct MessageName {
    /// By its record; a redelivery that the store knew has the place that it would have got.
    explicit MessageName(const RawRecordView& record);

    std::string id;
    std::string place;
    std::string trace_id;  ///< Empty: none was sent; span_id likewise.
    std::string span_id;
};

/// Those of the name, then `more`. Borrows from both.
std::vector<telemetry::Field> FieldsOf(
    const MessageName& name, std::initializer_list<telemetry::Field> more = {}
);

/// Gathers what a step did with single records, and says it once the step is committed: each one
/// at level debug, dead letters at level info as long as they are few. Costs nothing for a record
/// that is understood while debug is off. Threads: one.
class StepLog {
  public:
    /// `is_live`: readers see the results; a rebuild repeats at level debug what was said once.
    explicit StepLog(bool is_live) : is_live_(is_live) {}

    /// A record gave so many readings and these dead letters.
    void Took(const RawRecordView& record, size_t readings, std::span<const DeadLetter> letters);
    /// Rows of records of earlier steps that were judged anew; asks the stream for their names.
    /// Level debug only.
    void Revised(StreamStore& stream, std::span<const SeriesChange> changes);
    void Committed(GenerationId generation, ChangeToken token) const;

  private:
    struct Entry {
        MessageName name;
        bool is_message;
        size_t readings;
        size_t letters;      ///< Dead ones.
        std::string code;    ///< Of the first of them.
        std::string reason;  ///< likewise
    };
    struct Revision {
        MessageName name;
        DatastreamId datastream{};
        Time time{};
        QualityFlag flag{};
    };

    void TellEntry(const Entry& entry, GenerationId generation, ChangeToken token) const;

    bool is_live_;
    std::vector<Entry> entries_;
    std::vector<Revision> revisions_;
    std::vector<RawPosition> places_;  ///< Of all records of the step, in order; level debug only.
    size_t untold_ = 0;                ///< Records with dead letters beyond those kept.
};

}  // namespace tilth::pipeline
