// The inside of Client: everything but what is named here runs on the client's thread. Internal:
// brings in Asio.
#pragma once

#include "ingest/mqtt/backoff.h"
#include "ingest/mqtt/client.h"
#include "ingest/mqtt/publish_queue.h"
#include "ingest/mqtt/transport.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <future>

namespace tilth::mqtt {

class Client::Impl final : public Transport::Events, public std::enable_shared_from_this<Impl> {
  public:
    Impl(
        ClientOptions options,
        Handler& handler,
        boost::asio::io_context& io,
        std::unique_ptr<boost::asio::ssl::context> tls
    );

    // From any thread.
    template <class F>
    void Post(F&& f) {
        boost::asio::post(io_, std::forward<F>(f));
    }
    /// Runs f on the client's thread and waits for its end.
    template <class F>
    void Run(F&& f) {
        if (io_.get_executor().running_in_this_thread()) return f();
        std::promise<void> done;
        Post([&f, &done] {
            f();
            done.set_value();
        });
        done.get_future().wait();
    }
    void Acknowledge(uint64_t upto);
    bool Queue(const mqtt::Publish& publish, uint64_t user_token);
    PublishQueue& queue() { return queue_; }
    ClientStats Stats() const;

    // On the client's thread.
    void Start();
    void StopReading() { stopped_ = true; }
    void Unsubscribe();
    void BeginDisconnect(bool end_session, std::promise<void>& done);
    void Finish();
    const Session& session() const { return session_; }

    void OnOpen(Status status) override;
    void OnRead(Result<size_t> bytes) override;
    void OnWritten(Status status) override;

  private:
    void Connect();
    void Lost(const Error& error);
    void CloseTransport();
    void Retry();
    void Tick();
    void ArmTick();
    Error WithHint(Error error) const;
    bool Receive(size_t n);
    void Deliver();
    void ApplyAcknowledged();
    void Proceed();
    void Flush();
    void PumpPublishes();
    void MaybeRead();
    void ReadLater();
    bool Full();
    void ReportPublished(std::vector<Published>& ended);
    void UpdateStats();

    struct Counters {
        std::atomic<uint64_t> messages{0};
        std::atomic<uint64_t> bytes{0};
        std::atomic<uint64_t> reads{0};
        std::atomic<uint64_t> connections{0};
        std::atomic<uint64_t> pauses{0};
        std::atomic<uint64_t> held_messages{0};
        std::atomic<uint64_t> held_bytes{0};
        std::atomic<bool> connected{false};
    };

    const ClientOptions options_;
    Handler& handler_;
    boost::asio::io_context& io_;
    const std::unique_ptr<boost::asio::ssl::context> tls_;
    PublishQueue queue_;
    Counters counters_;
    std::atomic<uint64_t> acknowledged_{0};
    std::atomic<bool> acknowledge_posted_{false};

    // The client's thread only.
    Session session_;
    mqtt::Events events_;
    std::vector<Published> refused_;
    Backoff backoff_;
    boost::asio::steady_timer tick_;
    boost::asio::steady_timer retry_;
    boost::asio::steady_timer gather_;
    std::shared_ptr<Transport> transport_;
    std::string writing_;
    Instant attempt_started_{};
    Instant connected_since_{};
    uint64_t applied_ = 0;
    bool open_ = false;       // the transport stands
    bool read_on_ = false;    // a read is under way
    bool gathering_ = false;  // the next read waits for the gather timer
    bool few_ = false;        // the last read brought messages, but few
    bool write_on_ = false;   // a write is under way
    bool full_ = false;       // the owner holds too much
    bool stopped_ = false;    // no more batches
    bool leaving_ = false;    // DISCONNECT is put out
    bool finished_ = false;   // nothing happens any more
    std::promise<void>* disconnected_ = nullptr;
};

}  // namespace tilth::mqtt
