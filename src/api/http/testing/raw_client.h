// A client that sends exactly the bytes a test gives it and reads what comes back, by plain
// sockets.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>

namespace tilth::api::testing {

struct Answer {
    int status = 0;  ///< 0: there was no answer
    std::string head;
    std::string body;  ///< Without chunk framing
    bool complete = false;

    /// The value of a header; empty when it is absent.
    std::string Header(std::string_view name) const {
        const size_t at = head.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) return "";
        const size_t from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
};

class RawClient {
  public:
    explicit RawClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { ::close(socket_); }

    bool connected() const { return connected_; }

    /// False when the other side has closed.
    bool Send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }

    /// Reads until `text` has come or nothing more does.
    bool ReadUntil(std::string_view text) {
        while (buffer_.find(text) == std::string::npos) {
            if (!ReadMore()) return false;
        }
        return true;
    }

    /// One whole response.
    Answer Read(bool head_only = false) {
        Answer answer;
        if (!ReadUntil("\r\n\r\n")) return answer;
        const size_t end = buffer_.find("\r\n\r\n");
        answer.head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
        if (head_only || answer.status == 304) {
            answer.complete = true;
        } else if (answer.Header("Transfer-Encoding") == "chunked") {
            answer.complete = ReadChunks(answer.body);
        } else if (const std::string length = answer.Header("Content-Length"); !length.empty()) {
            answer.complete = TakeBytes(std::stoul(length), answer.body);
        } else {
            while (ReadMore()) {
            }
            answer.body = std::exchange(buffer_, {});
            answer.complete = true;
        }
        return answer;
    }

    /// True once the other side has closed.
    bool WaitForEnd() {
        while (ReadMore()) {
        }
        return ended_;
    }

    std::string& buffer() { return buffer_; }

  private:
    bool ReadMore() {
        pollfd wait{socket_, POLLIN, 0};
        if (::poll(&wait, 1, 20'000) != 1) return false;
        char bytes[65'536];
        const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
        ended_ = count <= 0;
        if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
        return count > 0;
    }

    bool TakeBytes(size_t count, std::string& out) {
        while (buffer_.size() < count) {
            if (!ReadMore()) return false;
        }
        out.append(buffer_, 0, count);
        buffer_.erase(0, count);
        return true;
    }

    bool ReadChunks(std::string& out) {
        while (ReadUntil("\r\n")) {
            const size_t size = std::stoul(buffer_, nullptr, 16);
            buffer_.erase(0, buffer_.find("\r\n") + 2);
            std::string crlf;
            if (!TakeBytes(size, out) || !TakeBytes(2, crlf)) return false;
            if (size == 0) return true;
        }
        return false;
    }

    int socket_;
    bool connected_ = false;
    bool ended_ = false;
    std::string buffer_;
};

}  // namespace tilth::api::testing
