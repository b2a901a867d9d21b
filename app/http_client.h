// Asks a running lab over its HTTP API: what every subcommand but `up` and `emulate` does.
#pragma once

#include "base/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace tilth::app {

struct HttpAnswer {
    int status = 0;
    std::string content_type;
    std::string body;
};

/// Takes the next piece of a body; false: stop reading.
using BodySink = std::function<bool(std::string_view)>;

/// One connection at a time; not thread-safe.
class HttpClient {
  public:
    /// `address` is ADDR:PORT.
    explicit HttpClient(std::string address) : address_(std::move(address)) {}

    /// The whole answer in memory. A problem document becomes an Error with its detail.
    Result<HttpAnswer> Get(const std::string& target);
    Result<HttpAnswer> PostJson(const std::string& target, std::string_view body);
    Result<HttpAnswer> PostFile(const std::string& target, std::string_view bytes);
    /// The body piece by piece, as it comes.
    Status Stream(const std::string& target, const BodySink& sink);

  private:
    Result<HttpAnswer> Send(
        bool is_post,
        const std::string& target,
        std::string_view content_type,
        std::string_view body,
        const BodySink* sink
    );
    std::string address_;
};

/// Percent-encodes a value for a query string or path.
std::string UrlEncode(std::string_view text);
/// "a" -> "\"a\"" with JSON's escapes.
std::string JsonQuote(std::string_view text);

}  // namespace tilth::app
