#include "backend/postgresql/errors.h"

#include <algorithm>
#include <array>

namespace tilth::postgresql {
namespace {

struct Class {
    std::string_view prefix;
    Fault fault;
};

// Longer prefixes first. https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr std::array kClasses = {
    Class{"TL001", Fault::kConflict},     // raised by the schema: a lease that does not hold
    Class{"25006", Fault::kUnavailable},  // read-only: a standby, until it is promoted
    Class{"25P03", Fault::kUnavailable},  // idle in a transaction for too long
    Class{"55P03", Fault::kUnavailable},  // a lock was not had in time
    Class{"57014", Fault::kUnavailable},  // over the statement's time
    Class{"3D000", Fault::kRefused},      // no such database
    Class{"42501", Fault::kRefused},      // no privilege
    Class{"08", Fault::kUnavailable},     // the link
    Class{"40", Fault::kUnavailable},     // deadlock, serialization: again
    Class{"53", Fault::kUnavailable},     // disk, memory or connections used up
    Class{"57", Fault::kUnavailable},     // shutting down, starting up
    Class{"58", Fault::kUnavailable},     // the server's disk or system
    Class{"25", Fault::kUnavailable},     // the transaction failed before
    Class{"28", Fault::kRefused},         // password, role
    Class{"22", Fault::kBadInput},        // a value it cannot keep
    Class{"23", Fault::kBadInput},        // a constraint
    Class{"54", Fault::kBadInput},        // larger than the server's limits
    Class{"42P01", Fault::kNotFound},     // a table that was dropped
    Class{"3F000", Fault::kNotFound},     // a schema that was dropped
};

}  // namespace

Fault FaultOf(std::string_view sqlstate) {
    for (const Class& known : kClasses) {
        if (sqlstate.starts_with(known.prefix)) return known.fault;
    }
    return Fault::kCorrupt;
}

Fault FaultOfStart(std::string_view why) {
    constexpr std::array<std::string_view, 4> kMayPass = {
        "starting up", "shutting down", "recovery", "translate host name"};
    constexpr std::array<std::string_view, 11> kStays = {
        "authentication failed",
        "no password supplied",
        "role \"",
        "database \"",
        "pg_hba.conf",
        "certificate",
        "invalid URI",
        "invalid connection option",
        "invalid sslmode",
        "invalid port",
        "permission denied"};
    const auto is_said = [&](std::string_view words) {
        return why.find(words) != std::string_view::npos;
    };
    if (std::ranges::any_of(kMayPass, is_said)) return Fault::kUnavailable;
    return std::ranges::any_of(kStays, is_said) ? Fault::kRefused : Fault::kUnavailable;
}

std::string OneLine(std::string_view message) {
    std::string line;
    for (const char c : message) line += c == '\n' ? ' ' : c;
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

Error ResultError(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    std::string text = message == nullptr ? OneLine(PQresultErrorMessage(result)) : message;
    if (detail != nullptr) text += fmt::format(" ({})", OneLine(detail));
    if (state == nullptr) return {Fault::kUnavailable, text};
    return {FaultOf(state), fmt::format("{} [{}]", text, state)};
}

}  // namespace tilth::postgresql
