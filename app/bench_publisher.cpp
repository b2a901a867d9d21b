#include "app/bench_publisher.h"

#include "app/bench_messages.h"
#include "app/bench_place.h"
#include "base/clock.h"
#include "ingest/mqtt/client.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <thread>

namespace tilth::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Sender final : public mqtt::Handler {
  public:
    Status Start(uint16_t port) {
        mqtt::ClientOptions options;
        options.endpoint.port = port;
        options.session.client_id = fmt::format("bench-publisher-{}", getpid());
        options.session.clean_start = true;
        options.session.session_expiry = 0;
        options.first_retry = milliseconds{10};
        options.longest_retry = milliseconds{100};
        TILTH_TRY(client_, mqtt::Client::Create(options, *this, thread_));
        client_->Start();
        while (!connected_) std::this_thread::sleep_for(milliseconds{1});
        return {};
    }

    Status Send(const PublishPlan& plan) {
        const BenchMessages messages(plan.series, plan.start, plan.step);
        const SystemClock clock;
        const auto begun = steady_clock::now();
        std::string topic;
        std::string payload;
        for (uint64_t n = plan.first; n < plan.first + plan.count; ++n) {
            if (plan.rate > 0) WaitForTurn(begun, static_cast<double>(n - plan.first) / plan.rate);
            messages.Make(
                n, plan.step == Duration{} ? clock.Now() : messages.TimeOf(n), topic, payload
            );
            mqtt::Publish message;
            message.topic = topic;
            message.payload = payload;
            message.qos = mqtt::Qos::kAtLeastOnce;
            while (!client_->Publish(message, n)) client_->WaitForRoom(milliseconds{200});
        }
        while (client_->pending() > 0) std::this_thread::sleep_for(milliseconds{1});
        if (refused_ > 0)
            return Fail(Fault::kRefused, "the broker refused {} messages", refused_.load());
        client_->Disconnect();
        return {};
    }

  private:
    /// Sleeps when the turn, in seconds from the start, is still some way off: a sleep is not worth
    /// less than a millisecond.
    static void WaitForTurn(steady_clock::time_point begun, double turn) {
        const auto due =
            begun +
            std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(turn));
        if (due - steady_clock::now() > milliseconds{1}) std::this_thread::sleep_until(due);
    }

    void OnConnected(bool) override { connected_ = true; }
    void OnPublished(std::span<const mqtt::Published> ended) override {
        for (const mqtt::Published& one : ended) refused_ += mqtt::Failed(one.reason) ? 1 : 0;
    }

    std::atomic<bool> connected_ = false;
    std::atomic<uint64_t> refused_ = 0;
    mqtt::IoThread thread_;
    std::unique_ptr<mqtt::Client> client_;
};

void PrintLine(const char* line) {
    std::puts(line);
    std::fflush(stdout);
}

}  // namespace

Result<std::unique_ptr<BenchPublisher>> BenchPublisher::Start(const PublishPlan& plan) {
    TILTH_TRY(
        auto child,
        BenchChild::Start(
            {"bench",
             "publish",
             "--port",
             std::to_string(plan.port),
             "--first",
             std::to_string(plan.first),
             "--count",
             std::to_string(plan.count),
             "--series",
             std::to_string(plan.series),
             "--rate",
             fmt::format("{}", plan.rate),
             "--start",
             std::to_string(ToMicros(plan.start)),
             "--step",
             std::to_string(plan.step.count())}
        )
    );
    TILTH_CHECK(child->ReadLine());
    return std::unique_ptr<BenchPublisher>(new BenchPublisher(std::move(child)));
}

Result<double> BenchPublisher::Finish() {
    TILTH_CHECK(child_->ReadLine());
    return child_->Wait();
}

Status RunBenchPublisher(const PublishPlan& plan) {
    Sender sender;
    TILTH_CHECK(sender.Start(plan.port));
    PrintLine("ready");
    std::string line;
    std::getline(std::cin, line);
    TILTH_CHECK(sender.Send(plan));
    PrintLine("done");
    return {};
}

}  // namespace tilth::app
