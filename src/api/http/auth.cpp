#include "api/http/auth.h"

#include "base/text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace tilth::api {
namespace {

constexpr Right kRights[] = {Right::kRead, Right::kFlag, Right::kAdminister};

std::string Lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool IsHash(std::string_view text) {
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// "name:8080" -> "name", "[::1]:8080" -> "::1". Empty when it is malformed.
std::string HostName(std::string_view host) {
    const size_t end = host.starts_with('[') ? host.find(']') : host.find(':');
    if (host.starts_with('[')) {
        return end == std::string_view::npos ? "" : Lower(host.substr(1, end - 1));
    }
    return Lower(host.substr(0, end));
}

bool IsLoopbackName(std::string_view name) {
    if (name == "localhost" || name == "::1") return true;
    // 127.0.0.0/8 written as four numbers; a name such as 127.0.0.1.example is not.
    return name.starts_with("127.") &&
           name.find_first_not_of("0123456789.") == std::string_view::npos &&
           std::count(name.begin(), name.end(), '.') == 3;
}

bool Contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

const char* Name(Right right) {
    switch (right) {
        case Right::kNone:
            return "none";
        case Right::kRead:
            return "read";
        case Right::kFlag:
            return "flag";
        case Right::kAdminister:
            return "administer";
    }
    return "none";
}

Result<Right> ParseRight(std::string_view text) {
    for (const Right right : kRights) {
        if (text == Name(right)) return right;
    }
    return Fail(
        Fault::kBadInput, "'{}' is not a right; expected read, flag or administer", Printable(text)
    );
}

std::string HashToken(std::string_view token) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(token.data(), token.size(), digest, &size, EVP_sha256(), nullptr) != 1)
        return {};
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += "0123456789abcdef"[digest[i] >> 4];
        hex += "0123456789abcdef"[digest[i] & 15];
    }
    return hex;
}

Result<Tokens> Tokens::Load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return Fail(Fault::kNotFound, "token file {}: cannot be opened; check --tokens", path);
    std::ostringstream text;
    text << file.rdbuf();
    return Parse(text.str(), path);
}

Result<Tokens> Tokens::Parse(std::string_view text, std::string_view name) {
    Tokens tokens;
    std::istringstream lines{std::string(text)};
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string subject;
        std::string right_text;
        std::string hash;
        std::string rest;
        if (!(words >> subject)) continue;
        words >> right_text >> hash;
        if (!IsHash(hash) || (words >> rest)) {
            return Fail(
                Fault::kBadInput, "{}:{}: expected NAME RIGHT SHA256 (64 hex digits)", name, number
            );
        }
        const Result<Right> right = ParseRight(right_text);
        if (!right) return Fail(Fault::kBadInput, "{}:{}: {}", name, number, right.error().message);
        tokens.by_hash_[hash] = {subject, *right};
    }
    return tokens;
}

const Subject* Tokens::Find(std::string_view token) const {
    // Looked up by its hash, so that the time it takes says nothing about the tokens there are.
    const auto found = by_hash_.find(HashToken(token));
    return found == by_hash_.end() ? nullptr : &found->second;
}

Result<Subject> Authenticate(const AuthOptions& options, const Sender& sender) {
    if (!sender.authorization.empty()) {
        constexpr std::string_view kScheme = "bearer ";
        if (!Lower(sender.authorization).starts_with(kScheme)) {
            return Fail(Fault::kRefused, "the Authorization header must be 'Bearer TOKEN'");
        }
        const Subject* subject =
            options.tokens.Find(std::string_view(sender.authorization).substr(kScheme.size()));
        if (subject == nullptr) return Fail(Fault::kRefused, "the token is unknown");
        return *subject;
    }
    if (!sender.proxy_subject.empty() && Contains(options.proxy.addresses, sender.address)) {
        return Subject{sender.proxy_subject, options.proxy.right};
    }
    const bool local = sender.loopback && !sender.forwarded;
    const bool open = options.tokens.Empty() && options.proxy.addresses.empty();
    if (local) return Subject{"local", open ? Right::kAdminister : Right::kRead};
    return Subject{"anonymous", open ? Right::kRead : Right::kNone};
}

bool HostAllowed(
    std::string_view host, std::string_view local_address, const std::vector<std::string>& names
) {
    const std::string name = HostName(host);
    if (name.empty()) return false;
    if (IsLoopbackName(name) || name == local_address) return true;
    return std::any_of(names.begin(), names.end(), [&](const std::string& allowed) {
        return Lower(allowed) == name;
    });
}

bool OriginAllowed(std::string_view origin, std::string_view host) {
    if (origin.empty()) return true;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) return Lower(origin.substr(scheme.size())) == Lower(host);
    }
    return false;
}

}  // namespace tilth::api
