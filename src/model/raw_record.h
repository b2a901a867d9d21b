// A raw record: one thing that came in, exactly as it came, before anything was understood of it.
#pragma once

#include "base/time.h"
#include "model/ids.h"

#include <string>
#include <string_view>

namespace tilth {

/// What a record is. The numbers are stored: never reused, never changed.
enum class RecordKind : uint8_t {
    kMessage = 1,    ///< An MQTT message; payload is its bytes.
    kOversized = 2,  ///< A message over the size limit: payload is its first 64 KB, note has length
                     ///< and digest.
    kFileBlock = 3,  ///< A compressed block of an imported file (codec/file_block.h).
    kConfig = 4,     ///< A version of the configuration; payload is the YAML text.
    kManualFlag = 5,  ///< Somebody's judgement of a range of a datastream (model/manual_flag.h).
    kFieldNote = 6,   ///< A note about a visit or an event; JSON.
    kHorizon = 7,     ///< Archive files were deleted up to a time; YAML (pipeline/horizon.h).
};

/// Borrowed form, for appending and for visiting; valid as long as what it points into.
struct RawRecordView {
    std::string_view
        id;  ///< Message id: the plugin's, else "WRITER-SEQUENCE". Unique in the store.
    WriterId writer{};
    Sequence sequence = 0;  ///< From 1, rising within a writer.
    PartitionId partition{};
    RecordKind kind = RecordKind::kMessage;
    uint8_t qos = 0;
    bool retained = false;
    Time received_at{};      ///< Rises strictly within a writer.
    std::string_view topic;  ///< Bytes as received; a file's name for a block.
    std::string_view payload;
    /// Hints for finding a record: the device key; and, a line each, what came with a message
    /// beside its bytes: its length and digest when it is oversized, its packet id where nothing
    /// else names it, its trace (model/trace_context.h). Never decoded from.
    std::string_view device;
    std::string_view note;
};

/// Owned form.
struct RawRecord {
    std::string id;
    WriterId writer{};
    Sequence sequence = 0;
    PartitionId partition{};
    RecordKind kind = RecordKind::kMessage;
    uint8_t qos = 0;
    bool retained = false;
    Time received_at{};
    std::string topic;
    std::string payload;
    std::string device;
    std::string note;

    RawRecord() = default;
    explicit RawRecord(const RawRecordView& v)
        : id(v.id),
          writer(v.writer),
          sequence(v.sequence),
          partition(v.partition),
          kind(v.kind),
          qos(v.qos),
          retained(v.retained),
          received_at(v.received_at),
          topic(v.topic),
          payload(v.payload),
          device(v.device),
          note(v.note) {}
    RawRecordView View() const {
        return {
            id,
            writer,
            sequence,
            partition,
            kind,
            qos,
            retained,
            received_at,
            topic,
            payload,
            device,
            note};
    }
};

/// Where a reading stands in the stream: record and position inside it (value of a message, row and
/// column of a block).
struct RawPosition {
    WriterId writer{};
    Sequence sequence = 0;
    uint32_t position = 0;

    friend auto operator<=>(const RawPosition&, const RawPosition&) = default;
};

}  // namespace tilth
