#include "broker/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace tilth::broker {
namespace {

/// Calls bind or connect with 127.0.0.1:port on a fresh socket.
template <class Call>
bool Try(uint16_t port, Call call) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool good = call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return good;
}

}  // namespace

bool Accepts(uint16_t port) {
    return Try(port, connect);
}

Status WaitUntilFree(uint16_t port, const char* option, Duration limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!Try(port, bind)) {
        if (std::chrono::steady_clock::now() >= until) {
            return Fail(
                Fault::kUnavailable,
                "port {} on 127.0.0.1 is taken by another program; stop it, or choose another port "
                "with {}",
                port,
                option
            );
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return {};
}

}  // namespace tilth::broker
