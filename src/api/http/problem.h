// Errors as RFC 9457 problem documents.
#pragma once

#include "api/http/message.h"

namespace tilth::api {

/// 400, 403, 404, 409, 500 or 503.
int StatusOf(Fault fault);

/// `instance` is the path asked for. The title and type follow from the status.
Response Problem(int status, std::string_view detail, std::string_view instance);
Response Problem(const Error& error, std::string_view instance);

/// "Not found", for any status the server sends.
const char* Title(int status);

}  // namespace tilth::api
