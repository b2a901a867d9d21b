// A relay between a store and its server that tests use to cut, hold back and delay what goes
// through.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace tilth::test {

/// Listens on a free port of 127.0.0.1 and relays each connection to `target`. Thread-safe.
class FerretDbGate {
  public:
    explicit FerretDbGate(uint16_t target);
    ~FerretDbGate();
    FerretDbGate(const FerretDbGate&) = delete;
    FerretDbGate& operator=(const FerretDbGate&) = delete;

    uint16_t port() const { return port_; }
    /// What clients send is kept here, and nothing of it reaches the server until Release. A client
    /// that hangs up meanwhile is not told to the server either: its bytes still arrive later.
    void HoldRequests();
    /// New connections go through again; those of which something is held stay held.
    void PassNewConnections();
    /// What the server answers is thrown away until Release: the client never learns the outcome.
    void DropAnswers();
    void Release();
    /// Resets all connections; bytes that are held are lost.
    void Break();
    /// New connections are refused, and the present ones reset, until Open.
    void Close();
    void Open();
    /// Bytes that are being held.
    size_t held() const { return held_; }

  private:
    struct Pair {
        int client = -1;  ///< -1: it has hung up.
        int server = -1;
        std::vector<char> held;
    };

    void Run();
    void Accept();
    bool FromClient(Pair& pair);
    bool FromServer(Pair& pair);
    bool LetGo(Pair& pair);
    void ResetAll();
    void Wake();

    const uint16_t target_;
    uint16_t port_ = 0;
    int listener_ = -1;
    int wake_ = -1;
    std::atomic<size_t> held_{0};
    std::atomic<bool> stop_{false};
    std::atomic<bool> hold_{false};
    std::atomic<bool> keep_{false};
    std::atomic<bool> drop_{false};
    std::atomic<bool> break_{false};
    std::atomic<bool> closed_{false};
    std::vector<Pair> pairs_;  // the thread's own
    std::thread thread_;
};

}  // namespace tilth::test
