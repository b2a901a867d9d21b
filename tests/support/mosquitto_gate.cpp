#include "support/mosquitto_gate.h"

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
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd);
}

}  // namespace

MosquittoGate::MosquittoGate(uint16_t target) : target_(target) {
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

MosquittoGate::~MosquittoGate() {
    stop_ = true;
    ::eventfd_write(wake_, 1);
    thread_.join();
    for (const Pair& pair : pairs_) Drop(pair);
    ::close(listener_);
    ::close(wake_);
}

void MosquittoGate::Break() {
    break_ = true;
    ::eventfd_write(wake_, 1);
}

void MosquittoGate::Drop(const Pair& pair) {
    Reset(pair.client);
    Reset(pair.broker);
}

void MosquittoGate::Accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int broker = Connect(target_);
    if (broker < 0) return Reset(client);
    pairs_.push_back({client, broker});
    ++connections_;
}

bool MosquittoGate::Relay(int from, int to) {
    std::array<char, 16'384> buffer;
    const ssize_t n = ::recv(from, buffer.data(), buffer.size(), 0);
    if (n <= 0) return false;
    for (ssize_t sent = 0; sent < n;) {
        const ssize_t m =
            ::send(to, buffer.data() + sent, static_cast<size_t>(n - sent), MSG_NOSIGNAL);
        if (m <= 0) return false;
        sent += m;
    }
    return true;
}

void MosquittoGate::Run() {
    while (!stop_) {
        std::vector<pollfd> polled{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
        for (const Pair& pair : pairs_) {
            polled.push_back({pair.client, POLLIN, 0});
            polled.push_back({pair.broker, POLLIN, 0});
        }
        ::poll(polled.data(), polled.size(), -1);
        eventfd_t count = 0;
        if (polled[0].revents != 0) ::eventfd_read(wake_, &count);
        if (break_.exchange(false)) {
            for (const Pair& pair : pairs_) Drop(pair);
            pairs_.clear();
            continue;
        }
        std::vector<Pair> alive;
        for (size_t i = 0; i < pairs_.size(); ++i) {
            const Pair pair = pairs_[i];
            const bool up = polled[2 + 2 * i].revents != 0;
            const bool down = polled[3 + 2 * i].revents != 0;
            const bool good = (!up || Relay(pair.client, pair.broker)) &&
                              (!down || Relay(pair.broker, pair.client));
            if (good) {
                alive.push_back(pair);
            } else {
                ::close(pair.client);
                ::close(pair.broker);
            }
        }
        pairs_ = alive;
        if (polled[1].revents != 0) Accept();
    }
}

}  // namespace tilth::test
