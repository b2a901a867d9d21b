// An owner of a Client that keeps what it gets, for tests against a real broker.
#pragma once

#include "ingest/mqtt/client.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tilth::mqtt {

/// A message as it came, copied.
struct Copy {
    std::string topic;
    std::string payload;
    std::string user;  // the user property "id"
    std::string digest;
    uint64_t token = 0;
    Qos qos{};
    bool retain = false;
    bool dup = false;
};

/// Thread-safe. Settles each batch at once, unless told to hold.
class Owner final : public Handler {
  public:
    struct State {
        std::vector<Copy> messages;
        std::map<uint64_t, Reason> published;  // by user token
        std::vector<std::string> losses;
        std::optional<Error> fatal;
        uint64_t last_token = 0;
        int connections = 0;
        int releases = 0;
        bool session_present = false;
        bool subscribed = false;
        bool unsubscribed = false;
        bool hold = false;
        Unsettled on_loss = Unsettled::kKept;
    };

    /// Waits until the state is as wanted; false after a generous time.
    bool Wait(const std::function<bool(const State&)>& wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return wanted(state_); });
    }
    template <class F>
    auto With(F&& f) {
        const std::scoped_lock lock(mutex_);
        return f(state_);
    }
    size_t Count() {
        return With([](State& s) { return s.messages.size(); });
    }
    /// How often each payload came.
    std::map<std::string, int> Payloads() {
        return With([](State& s) {
            std::map<std::string, int> counts;
            for (const Copy& copy : s.messages) ++counts[copy.payload];
            return counts;
        });
    }
    void Attach(Client& client) { client_ = &client; }
    /// Settles all that came, and from now on at once.
    void Settle() {
        const std::scoped_lock lock(mutex_);
        state_.hold = false;
        client_->Acknowledge(state_.last_token);
    }

    void OnConnected(bool session_present) override {
        Change([=](State& s) { ++s.connections, s.session_present = session_present; });
    }
    void OnSubscribed() override {
        Change([](State& s) { s.subscribed = true; });
    }
    void OnUnsubscribed() override {
        Change([](State& s) { s.unsubscribed = true; });
    }
    void OnBatch(const Batch& batch) override {
        Change([&](State& s) {
            for (const Message& m : batch.messages) {
                s.messages.push_back(
                    {std::string(m.topic),
                     std::string(m.payload),
                     std::string(m.properties.User("id").value_or("")),
                     m.oversized != nullptr ? m.oversized->digest : "",
                     m.token,
                     m.qos,
                     m.retain,
                     m.dup}
                );
            }
            s.releases += static_cast<int>(batch.released.size());
            s.last_token = batch.last_token;
            if (!s.hold) client_->Acknowledge(batch.last_token);
        });
    }
    void OnPublished(std::span<const Published> ended) override {
        Change([&](State& s) {
            for (const Published& p : ended) {
                const bool first = s.published.emplace(p.user_token, p.reason).second;
                EXPECT_TRUE(first) << "message " << p.user_token << " ended twice";
            }
        });
    }
    Unsettled OnLost(const Error& error) override {
        Change([&](State& s) { s.losses.push_back(error.message); });
        return With([](State& s) { return s.on_loss; });
    }
    void OnFatal(const Error& error) override {
        Change([&](State& s) { s.fatal = error; });
    }

  private:
    template <class F>
    void Change(F&& f) {
        {
            const std::scoped_lock lock(mutex_);
            f(state_);
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    State state_;
    Client* client_ = nullptr;
};

/// A client with its owner and thread, started.
struct OwnedClient {
    explicit OwnedClient(ClientOptions options) {
        auto created = Client::Create(std::move(options), owner, thread);
        if (!created) throw std::runtime_error(created.error().message);
        client = std::move(*created);
        owner.Attach(*client);
    }
    void Start() { client->Start(); }
    /// Queues numbered messages "0", "1", ... with their number as user token.
    void Publish(int from, int to, Qos qos, const std::string& topic = "t/x", size_t padding = 0) {
        for (int i = from; i < to; ++i) {
            std::string payload = std::to_string(i);
            if (padding > 0) payload += std::string(padding, ' ');
            mqtt::Publish publish{topic, payload, {}, 0, qos, false, false};
            while (!client->Publish(publish, static_cast<uint64_t>(i))) {
                ASSERT_TRUE(client->WaitForRoom(std::chrono::seconds(60)));
            }
        }
    }
    bool WaitPublished(size_t n) {
        return owner.Wait([n](const Owner::State& s) { return s.published.size() == n; });
    }
    bool WaitMessages(size_t n) {
        return owner.Wait([n](const Owner::State& s) { return s.messages.size() >= n; });
    }

    IoThread thread;
    Owner owner;
    std::unique_ptr<Client> client;
};

inline ClientOptions OptionsFor(uint16_t port, Version version, std::string client_id) {
    ClientOptions options;
    options.endpoint.port = port;
    options.session.version = version;
    options.session.client_id = std::move(client_id);
    options.first_retry = std::chrono::milliseconds(5);
    options.longest_retry = std::chrono::milliseconds(50);
    return options;
}

inline ClientOptions PublisherFor(uint16_t port, Version version, std::string client_id = "pub") {
    ClientOptions options = OptionsFor(port, version, std::move(client_id));
    options.session.clean_start = version == Version::k5;
    return options;
}

}  // namespace tilth::mqtt
