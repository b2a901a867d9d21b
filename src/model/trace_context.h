// The trace a message belongs to: what its publisher sent as the MQTT 5 user properties
// "traceparent" and "tracestate" (https://www.w3.org/TR/trace-context/ and its MQTT part).
//
// Kept with the raw record, in its note, one line each: "traceparent 00-..." and "tracestate ...",
// behind whatever else the note says. Tilth begins no trace and changes none; it names the
// publisher's in its log lines and gives it back where a message is shown. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tilth {

/// Borrowed; `traceparent` is well-formed, `tracestate` may be empty.
struct TraceContext {
    std::string_view traceparent;
    std::string_view tracestate;

    std::string_view TraceId() const { return traceparent.substr(3, 32); }
    std::string_view SpanId() const { return traceparent.substr(36, 16); }
};

/// Nothing unless `traceparent` is well-formed: two hexadecimal digits of a version other than ff,
/// 32 of a trace, 16 of a span, neither all zero, and 2 of flags, all lower case; in version 00
/// nothing more, in a later one more behind another '-', 256 bytes in all. A `tracestate` over 512
/// bytes, or of anything but printable ASCII, is left out, as the specification allows.
std::optional<TraceContext> ParseTraceContext(
    std::string_view traceparent, std::string_view tracestate
);

/// The note with the trace behind it.
void AppendTrace(std::string& note, const TraceContext& trace);
/// The trace in a note, and the note without it.
std::optional<TraceContext> TraceOf(std::string_view note);
std::string_view WithoutTrace(std::string_view note);

}  // namespace tilth
