// The messages that gather while another batch is being committed.
#pragma once

#include "model/raw_record.h"
#include "model/trace_context.h"
#include "pipeline/route.h"

#include <optional>
#include <string>
#include <vector>

namespace tilth::pipeline {

/// Messages as offered: fields in a vector, bytes in one arena, both reused from batch to batch.
class IncomingBatch {
  public:
    struct Entry {
        RecordKind kind;
        uint8_t qos;
        bool retained;
        bool dup;
        uint16_t packet_id;
        std::optional<Time> arrival;
        size_t topic, payload, device, broker_id,
            note;  ///< offsets; each piece ends where the next begins
        size_t end;
    };

    void Add(const IncomingMessage& message) {
        Entry entry{};
        entry.kind = message.oversized.empty() ? RecordKind::kMessage : RecordKind::kOversized;
        entry.qos = message.qos;
        entry.retained = message.retained;
        entry.dup = message.dup;
        entry.packet_id = message.packet_id;
        entry.arrival = message.broker_arrival;
        entry.topic = Put(message.topic);
        entry.payload = Put(message.payload);
        std::string_view device = DeviceHint(message.topic, message.payload);
        entry.device = Put(device);
        entry.broker_id = Put(message.broker_id);
        entry.note = Put(NoteOf(message));
        entry.end = arena_.size();
        entries_.push_back(entry);
    }
    void Clear() {
        entries_.clear();
        arena_.clear();
    }

    const std::vector<Entry>& entries() const { return entries_; }
    size_t bytes() const { return arena_.size(); }
    std::string_view Piece(size_t from, size_t to) const {
        return std::string_view(arena_).substr(from, to - from);
    }

  private:
    std::string_view NoteOf(const IncomingMessage& message) {
        if (message.traceparent.empty()) return message.oversized;
        const auto trace = ParseTraceContext(message.traceparent, message.tracestate);
        if (!trace) return message.oversized;
        note_ = message.oversized;
        AppendTrace(note_, *trace);
        return note_;
    }
    size_t Put(std::string_view bytes) {
        const size_t at = arena_.size();
        arena_.append(bytes);
        return at;
    }

    std::vector<Entry> entries_;
    std::string arena_;
    std::string note_;  ///< Of the message that is being added.
};

}  // namespace tilth::pipeline
