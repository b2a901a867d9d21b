#include "support/ferretdb_gate.h"

#include "support/loopback.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace tilth::test {
namespace {

int Connect(uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

void Reset(int fd) {
    if (fd < 0) return;
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd);
}

bool SendAll(int to, const char* bytes, size_t size) {
    for (size_t sent = 0; sent < size;) {
        const ssize_t n = ::send(to, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (n <= 0) return false;
        sent += static_cast<size_t>(n);
    }
    return true;
}

}  // namespace

FerretDbGate::FerretDbGate(uint16_t target) : target_(target) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    wake_ = ::eventfd(0, EFD_CLOEXEC);
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
        throw std::runtime_error("the gate cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
}

FerretDbGate::~FerretDbGate() {
    stop_ = true;
    Wake();
    thread_.join();
    ResetAll();
    ::close(listener_);
    ::close(wake_);
}

void FerretDbGate::Wake() {
    ::eventfd_write(wake_, 1);
}
void FerretDbGate::HoldRequests() {
    hold_ = true;
    keep_ = true;
    Wake();
}
void FerretDbGate::PassNewConnections() {
    hold_ = false;
    Wake();
}
void FerretDbGate::DropAnswers() {
    drop_ = true;
    Wake();
}
void FerretDbGate::Release() {
    hold_ = false;
    keep_ = false;
    drop_ = false;
    Wake();
}
void FerretDbGate::Break() {
    break_ = true;
    Wake();
}
void FerretDbGate::Close() {
    closed_ = true;
    Break();
}
void FerretDbGate::Open() {
    closed_ = false;
    Wake();
}

void FerretDbGate::ResetAll() {
    for (const Pair& pair : pairs_) {
        Reset(pair.client);
        Reset(pair.server);
    }
    pairs_.clear();
    held_ = 0;
}

void FerretDbGate::Accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = closed_ ? -1 : Connect(target_);
    if (server < 0) return Reset(client);
    pairs_.push_back({client, server, {}});
}

bool FerretDbGate::FromClient(Pair& pair) {
    std::array<char, 65'536> buffer;
    const ssize_t n = ::recv(pair.client, buffer.data(), buffer.size(), 0);
    if (n <= 0) {
        if (pair.held.empty()) return false;
        ::close(pair.client);
        pair.client = -1;
        return true;
    }
    if (!hold_ && pair.held.empty())
        return SendAll(pair.server, buffer.data(), static_cast<size_t>(n));
    pair.held.insert(pair.held.end(), buffer.data(), buffer.data() + n);
    held_ += static_cast<size_t>(n);
    return true;
}

bool FerretDbGate::FromServer(Pair& pair) {
    std::array<char, 65'536> buffer;
    const ssize_t n = ::recv(pair.server, buffer.data(), buffer.size(), 0);
    if (n <= 0) return false;
    if (drop_ || pair.client < 0) return true;
    return SendAll(pair.client, buffer.data(), static_cast<size_t>(n));
}

bool FerretDbGate::LetGo(Pair& pair) {
    if (pair.held.empty() || keep_) return true;
    const bool done = SendAll(pair.server, pair.held.data(), pair.held.size());
    held_ -= pair.held.size();
    pair.held.clear();
    return done;
}

void FerretDbGate::Run() {
    while (!stop_) {
        std::vector<pollfd> polled{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
        for (const Pair& pair : pairs_) {
            polled.push_back({pair.client, POLLIN, 0});  // poll passes over -1
            polled.push_back({pair.server, POLLIN, 0});
        }
        ::poll(polled.data(), polled.size(), -1);
        eventfd_t count = 0;
        if (polled[0].revents != 0) ::eventfd_read(wake_, &count);
        if (break_.exchange(false)) {
            ResetAll();
            continue;
        }
        std::vector<Pair> alive;
        for (size_t i = 0; i < pairs_.size(); ++i) {
            Pair& pair = pairs_[i];
            const bool good = LetGo(pair) && (polled[2 + 2 * i].revents == 0 || FromClient(pair)) &&
                              (polled[3 + 2 * i].revents == 0 || FromServer(pair));
            if (good) {
                alive.push_back(std::move(pair));
            } else {
                if (pair.client >= 0) ::close(pair.client);
                ::close(pair.server);
            }
        }
        pairs_ = std::move(alive);
        if (polled[1].revents != 0) Accept();
    }
}

}  // namespace tilth::test
