// What the conformance suites say about results.
#pragma once

#include "base/result.h"

#include <gmock/gmock.h>

namespace tilth {

MATCHER(IsOk, "is no error") {
    if (arg) return true;
    *result_listener << Name(arg.error().fault) << ": " << arg.error().message;
    return false;
}

MATCHER_P(FailsWith, fault, std::string("is the error ") + Name(fault)) {
    if (arg) {
        *result_listener << "is no error";
        return false;
    }
    *result_listener << Name(arg.error().fault) << ": " << arg.error().message;
    return arg.error().fault == fault && !arg.error().message.empty();
}

/// The value, or a failed test and a default value.
template <class T>
T ValueOf(Result<T> result) {
    EXPECT_THAT(result, IsOk());
    if (!result) return T{};
    return std::move(*result);
}

}  // namespace tilth
