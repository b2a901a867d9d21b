// The thread on which MQTT clients do their I/O and call their handlers.
#pragma once

#include <memory>
#include <thread>

namespace boost::asio {
class io_context;
}

namespace tilth::mqtt {

/// Runs from construction to destruction; outlives the clients that use it. One thread bears many
/// clients.
class IoThread {
  public:
    IoThread();
    ~IoThread();
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    boost::asio::io_context& context();

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::thread thread_;
};

}  // namespace tilth::mqtt
