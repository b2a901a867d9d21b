// What PostgreSQL and libpq say when something fails, as faults and sentences.
#pragma once

#include "base/result.h"

#include <libpq-fe.h>

#include <string>
#include <string_view>

namespace tilth::postgresql {

/// The fault of an SQLSTATE: what a caller can do about it.
Fault FaultOf(std::string_view sqlstate);

/// Of a connection that did not come about. libpq keeps no SQLSTATE of it; its words are all there
/// is.
Fault FaultOfStart(std::string_view why);

/// The server's message and detail, and the SQLSTATE in brackets.
Error ResultError(const PGresult* result);

std::string OneLine(std::string_view message);

}  // namespace tilth::postgresql
