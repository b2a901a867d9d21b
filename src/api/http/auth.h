// Who asks, and what they may do.
//
// Without tokens and proxy: everybody may read, and only loopback may change things, as subject
// "local". With a token file: a bearer token names subject and right; without one loopback may
// read, others nothing. With a trusted proxy: requests from its addresses carry the subject in a
// header. A request that was forwarded (it has X-Forwarded-For, Forwarded or X-Real-IP) is never
// taken for a local one. Thread-safe after construction.
#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::api {

/// Each includes those before it.
enum class Right : uint8_t { kNone, kRead, kFlag, kAdminister };
/// "none", "read", "flag", "administer"
const char* Name(Right right);
Result<Right> ParseRight(std::string_view text);

struct Subject {
    std::string name;
    Right right = Right::kNone;
};

/// SHA-256 as 64 lower-case hex digits. Tokens are long random texts, so no slower hash is needed.
std::string HashToken(std::string_view token);

/// Tokens by hash. A file has one a line: NAME RIGHT SHA256, and comments after '#'.
class Tokens {
  public:
    /// kBadInput names file and line; kNotFound when it cannot be opened.
    static Result<Tokens> Load(const std::string& path);
    static Result<Tokens> Parse(std::string_view text, std::string_view name);

    bool Empty() const { return by_hash_.empty(); }
    /// Null: unknown.
    const Subject* Find(std::string_view token) const;

  private:
    std::map<std::string, Subject, std::less<>> by_hash_;
};

struct TrustedProxy {
    std::vector<std::string> addresses;  ///< IP addresses it connects from; empty: there is none
    std::string subject_header;          ///< "X-Forwarded-User"
    Right right = Right::kRead;          ///< What its subjects may do
};

struct AuthOptions {
    Tokens tokens;
    TrustedProxy proxy;
};

/// What is known about the sender of a request.
struct Sender {
    std::string address;  ///< Of the connection's other end
    bool loopback = false;
    bool forwarded = false;     ///< Has a header that proxies add
    std::string authorization;  ///< The header; empty: none
    std::string proxy_subject;  ///< Value of TrustedProxy::subject_header
};

/// kRefused with an unknown or malformed token. A subject without any right is no error here.
Result<Subject> Authenticate(const AuthOptions& options, const Sender& sender);

/// The Host header of a request, against DNS rebinding: loopback, the address the connection came
/// to, or a name that was configured (without port, any case).
bool HostAllowed(
    std::string_view host, std::string_view local_address, const std::vector<std::string>& names
);

/// The Origin header, against other sites' pages: absent, or of the same host and port.
bool OriginAllowed(std::string_view origin, std::string_view host);

}  // namespace tilth::api
