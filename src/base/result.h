// Errors as values: what every fallible function of Tilth returns.
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

namespace tilth {

/// What the caller can do about a failure. Few on purpose: a code that nobody acts on is text.
enum class Fault {
    kUnavailable,  ///< A server, disk or lock is away or full: the same call may succeed later.
    kBadInput,     ///< The request, file or payload is wrong and stays wrong.
    kNotFound,     ///< The named thing does not exist.
    kConflict,     ///< Somebody else was first: lease lost, cursor moved, version taken.
    kRefused,      ///< A limit or a missing right forbids it.
    kCorrupt,      ///< Stored data contradicts itself.
};

/// A short lower-case name of a fault, for logs and metrics ("unavailable", "bad_input", ...).
const char* Name(Fault fault);

struct Error {
    Fault fault;
    std::string message;  ///< Says what, where, and what to do; no trailing full stop or newline.
};

template <class T>
using Result = std::expected<T, Error>;
using Status = std::expected<void, Error>;

/// `return Fail(Fault::kBadInput, "line {}: ...", n);` from any function that returns a Result.
template <class... Args>
[[nodiscard]] std::unexpected<Error> Fail(
    Fault fault, fmt::format_string<Args...> format, Args&&... args
) {
    return std::unexpected(Error{fault, fmt::format(format, std::forward<Args>(args)...)});
}

}  // namespace tilth

#define TILTH_CONCAT_INNER_(a, b) a##b
#define TILTH_CONCAT_(a, b) TILTH_CONCAT_INNER_(a, b)
#define TILTH_TRY_IMPL_(result, declaration, ...)                   \
    auto result = (__VA_ARGS__);                                    \
    if (!result) return std::unexpected(std::move(result.error())); \
    declaration = std::move(*result)

/// TILTH_TRY(auto rows, Read(range)): declares rows, or returns the error to the caller.
#define TILTH_TRY(declaration, ...) \
    TILTH_TRY_IMPL_(TILTH_CONCAT_(tilth_result_, __LINE__), declaration, __VA_ARGS__)

/// TILTH_CHECK(Write(row)): goes on, or returns the error to the caller.
#define TILTH_CHECK(...)                                    \
    if (auto tilth_status_ = (__VA_ARGS__); !tilth_status_) \
    return std::unexpected(std::move(tilth_status_.error()))
