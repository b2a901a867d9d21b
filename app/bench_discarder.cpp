#include "app/bench_discarder.h"

#include "app/bench_place.h"

#include <chrono>

namespace tilth::app {

Status BenchDiscarder::Start(uint16_t port) {
    mqtt::ClientOptions options;
    options.endpoint.port = port;
    options.session.client_id = "bench-discarder";
    options.session.receive_maximum = 20'000;
    options.session.subscriptions.push_back({"$share/bench/#", mqtt::Qos::kExactlyOnce});
    TILTH_TRY(client_, mqtt::Client::Create(options, *this, thread_));
    client_->Start();
    return WaitUntil(
        "a subscription", [this] { return subscribed_.load(); }, [] { return 0; }
    );
}

void BenchDiscarder::OnBatch(const mqtt::Batch& batch) {
    client_->Acknowledge(batch.last_token);
    received_ += batch.messages.size();
}

Result<double> RunToDiscarder(const BenchDiscarder& discarder, const PublishPlan& plan) {
    const uint64_t wanted = discarder.received() + plan.count;
    TILTH_TRY(const auto publisher, BenchPublisher::Start(plan));
    const auto begun = std::chrono::steady_clock::now();
    TILTH_CHECK(publisher->Go());
    TILTH_CHECK(WaitUntil(
        "discarded messages",
        [&] { return discarder.received() >= wanted; },
        [&] { return discarder.received(); }
    ));
    const double took = SecondsSince(begun);
    TILTH_CHECK(publisher->Finish());
    return took;
}

}  // namespace tilth::app
