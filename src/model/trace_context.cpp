#include "model/trace_context.h"

#include <algorithm>

namespace tilth {
namespace {

constexpr size_t kParentSize = 55;
constexpr size_t kLongestParent = 256;
constexpr size_t kLongestState = 512;
constexpr std::string_view kParent = "traceparent ";
constexpr std::string_view kState = "tracestate ";

bool IsHex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
bool IsZero(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}
bool IsPrintable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool IsWellFormed(std::string_view parent) {
    if (parent.size() < kParentSize || parent.size() > kLongestParent) return false;
    if (parent[2] != '-' || parent[35] != '-' || parent[52] != '-') return false;
    const std::string_view version = parent.substr(0, 2);
    const std::string_view trace = parent.substr(3, 32);
    const std::string_view span = parent.substr(36, 16);
    if (!IsHex(version) || version == "ff" || !IsHex(trace) || IsZero(trace)) return false;
    if (!IsHex(span) || IsZero(span) || !IsHex(parent.substr(53, 2))) return false;
    if (parent.size() == kParentSize) return true;
    return version != "00" && parent[kParentSize] == '-' && IsPrintable(parent);
}

/// Where the lines about the trace begin.
size_t BeginOf(std::string_view note) {
    if (note.starts_with(kParent)) return 0;
    const size_t line = note.find("\ntraceparent ");
    return line == std::string_view::npos ? note.size() : line + 1;
}

}  // namespace

std::optional<TraceContext> ParseTraceContext(
    std::string_view traceparent, std::string_view tracestate
) {
    if (!IsWellFormed(traceparent)) return std::nullopt;
    const bool is_kept = tracestate.size() <= kLongestState && IsPrintable(tracestate);
    return TraceContext{traceparent, is_kept ? tracestate : std::string_view()};
}

void AppendTrace(std::string& note, const TraceContext& trace) {
    if (!note.empty()) note += '\n';
    note.append(kParent).append(trace.traceparent);
    if (!trace.tracestate.empty()) note.append("\n").append(kState).append(trace.tracestate);
}

std::optional<TraceContext> TraceOf(std::string_view note) {
    const size_t begin = BeginOf(note);
    if (begin == note.size()) return std::nullopt;
    note.remove_prefix(begin + kParent.size());
    const size_t end = std::min(note.find('\n'), note.size());
    std::string_view state = note.substr(std::min(end + 1, note.size()));
    if (state.starts_with(kState))
        state.remove_prefix(kState.size());
    else
        state = {};
    return ParseTraceContext(note.substr(0, end), state);
}

std::string_view WithoutTrace(std::string_view note) {
    const size_t begin = BeginOf(note);
    if (begin == note.size()) return note;
    return note.substr(0, begin == 0 ? 0 : begin - 1);
}

}  // namespace tilth
