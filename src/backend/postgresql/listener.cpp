#include "backend/postgresql/listener.h"

#include "telemetry/log.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace tilth::postgresql {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using telemetry::Level;
using telemetry::Log;

constexpr milliseconds kFirstPause{250};
constexpr milliseconds kLongestPause{5'000};
/// A link may stand and carry nothing: after so long a silence the server is asked.
constexpr seconds kSilence{10};

int Millis(Duration duration) {
    return static_cast<int>(std::chrono::duration_cast<milliseconds>(duration).count());
}

}  // namespace

Listener::Listener(std::shared_ptr<Core> core, std::function<void()> news)
    : core_(std::move(core)), news_(std::move(news)), end_(eventfd(0, EFD_CLOEXEC)) {
    thread_ = std::thread([this] { Run(); });
}

Listener::~Listener() {
    eventfd_write(end_, 1);
    thread_.join();
    close(end_);
}

bool Listener::stopped() const {
    pollfd end{end_, POLLIN, 0};
    return poll(&end, 1, 0) != 0;
}

void Listener::Run() {
    bool is_told = false;
    milliseconds pause = kFirstPause;
    while (!stopped()) {
        Result<std::unique_ptr<Connection>> connection = core_->pool.Open();
        Status status;
        if (connection) {
            status = (*connection)->Execute("LISTEN tilth_change");
            if (status && is_told) Log(Level::kInfo, "the change feed is listened to again");
            if (status) {
                is_told = false;
                pause = kFirstPause;
                news_();
                status = Listen(**connection);
            }
        } else {
            status = std::unexpected(connection.error());
        }
        if (status) return;
        if (!std::exchange(is_told, true)) {
            Log(Level::kWarning,
                "the change feed cannot be listened to; looking now and then goes on",
                {{"reason", status.error().message}});
        }
        pollfd end{end_, POLLIN, 0};
        poll(&end, 1, static_cast<int>(pause.count()));
        pause = std::min(pause * 2, kLongestPause);
    }
}

Status Listener::Listen(Connection& connection) {
    while (!stopped()) {
        if (!WaitForServer(connection, kSilence)) {
            // What comes with the answer is a notice's place too.
            TILTH_CHECK(connection.Execute("SELECT 1"));
        }
        TILTH_TRY(const bool has_news, TakeNotices(connection));
        if (has_news) news_();
    }
    return {};
}

bool Listener::WaitForServer(Connection& connection, Duration limit) {
    std::array<pollfd, 2> both{
        pollfd{PQsocket(connection.handle()), POLLIN, 0}, pollfd{end_, POLLIN, 0}};
    return poll(both.data(), both.size(), Millis(limit)) != 0;
}

Result<bool> Listener::TakeNotices(Connection& connection) {
    if (PQconsumeInput(connection.handle()) == 0 || !connection.IsLinked()) {
        return Fail(Fault::kUnavailable, "{}: the connection was lost", connection.Place());
    }
    bool has_news = false;
    while (PGnotify* const notice = PQnotifies(connection.handle())) {
        has_news = true;
        PQfreemem(notice);
    }
    return has_news;
}

}  // namespace tilth::postgresql
