// The small HTTP server of a process that serves no API: /healthz, /readyz and /metrics, for
// whoever watches it. One request a connection, one at a time; metrics, which may wait for a store,
// beside the others.
#pragma once

#include "base/result.h"
#include "telemetry/health.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace tilth::app {

struct ProbeAnswers {
    const telemetry::Health& health;  ///< /readyz: 200 when every check is ready, else 503.
    /// /metrics; called by one thread at a time. Who asks for more meanwhile is refused.
    std::function<std::string()> metrics;
};

class ProbeServer {
  public:
    /// Listens on ADDR:PORT (IPv4; port 0: any). kBadInput: no such address; kUnavailable: taken.
    static Result<std::unique_ptr<ProbeServer>> Start(
        const std::string& address, ProbeAnswers answers
    );
    ~ProbeServer();
    ProbeServer(const ProbeServer&) = delete;
    ProbeServer& operator=(const ProbeServer&) = delete;

    const std::string& address() const { return address_; }

  private:
    ProbeServer(int listener, std::string address, ProbeAnswers answers);
    void Run();
    void Serve(int connection);
    void ServeMetrics(int connection);
    std::string Answer(std::string_view path) const;

    const int listener_;
    const std::string address_;
    const ProbeAnswers answers_;
    std::atomic<bool> stop_{false};
    std::atomic<bool> is_measuring_{false};
    std::thread measuring_;
    std::thread thread_;
};

}  // namespace tilth::app
