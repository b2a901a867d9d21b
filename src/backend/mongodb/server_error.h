// What an error of libmongoc or of the server means for the caller.
#pragma once

#include "base/result.h"

#include <bson/bson.h>

namespace tilth::mongodb {

/// kUnavailable for everything that may pass by itself, and for what is not known here.
Fault FaultOf(const bson_error_t& error);
/// The same for a code that the server gave.
Fault FaultOfServerCode(int32_t code);

/// Whether a write that failed so may have been carried out, or may yet be.
bool MayHaveHadItsEffect(const bson_error_t& error);

}  // namespace tilth::mongodb
