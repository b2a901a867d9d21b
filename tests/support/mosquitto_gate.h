// A relay between clients and a broker that can break their connections at any moment, for tests.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace tilth::test {

/// Listens on a free port of 127.0.0.1 and relays each connection to `target`. Thread-safe.
class MosquittoGate {
  public:
    explicit MosquittoGate(uint16_t target);
    ~MosquittoGate();
    MosquittoGate(const MosquittoGate&) = delete;
    MosquittoGate& operator=(const MosquittoGate&) = delete;

    uint16_t port() const { return port_; }
    /// Resets all connections on both sides; bytes on the way are lost. New ones are taken at once.
    void Break();
    /// Connections taken so far.
    int connections() const { return connections_; }

  private:
    struct Pair {
        int client = -1;
        int broker = -1;
    };

    void Run();
    void Accept();
    bool Relay(int from, int to);
    void Drop(const Pair& pair);

    const uint16_t target_;
    uint16_t port_ = 0;
    int listener_ = -1;
    int wake_ = -1;
    std::atomic<int> connections_{0};
    std::atomic<bool> stop_{false};
    std::atomic<bool> break_{false};
    std::vector<Pair> pairs_;  // the thread's own
    std::thread thread_;
};

}  // namespace tilth::test
