// Hears of commits by NOTIFY, on a connection of its own, so that who waits for changes need not
// look again and again.
#pragma once

#include "backend/postgresql/core.h"

#include <functional>
#include <memory>
#include <thread>

namespace tilth::postgresql {

/// A thread that listens on "tilth_change", and connects again, ever less often, when the link is
/// lost. The news of that time is lost with it: `news` is called once when it listens again, and
/// who waits looks by itself meanwhile.
class Listener final : public Listening {
  public:
    Listener(std::shared_ptr<Core> core, std::function<void()> news);
    ~Listener() override;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

  private:
    void Run();
    /// Listens until the link breaks or the end is near. The error says why it broke.
    Status Listen(Connection& connection);
    /// Waits for the server or the end. False: neither came in time.
    bool WaitForServer(Connection& connection, Duration limit);
    /// Takes what came; whether a notice was among it.
    static Result<bool> TakeNotices(Connection& connection);
    bool stopped() const;

    const std::shared_ptr<Core> core_;
    const std::function<void()> news_;
    int end_;  ///< An eventfd, readable when the thread is to end.
    std::thread thread_;
};

}  // namespace tilth::postgresql
