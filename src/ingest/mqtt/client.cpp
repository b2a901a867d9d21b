#include "ingest/mqtt/client.h"

#include "ingest/mqtt/client_impl.h"

namespace tilth::mqtt {

Status CheckTopic(std::string_view topic) {
    if (topic.empty() || topic.size() > 65'535 ||
        topic.find_first_of("+#") != std::string_view::npos) {
        return Fail(Fault::kBadInput, "a topic is 1 to 65535 bytes without '+' and '#'");
    }
    return {};
}

Result<std::unique_ptr<Client>> Client::Create(
    ClientOptions options, Handler& handler, IoThread& thread
) {
    TILTH_CHECK(CheckOptions(options.session));
    std::unique_ptr<boost::asio::ssl::context> tls;
    if (options.endpoint.tls) {
        TILTH_TRY(tls, MakeTlsContext(*options.endpoint.tls));
    }
    auto impl =
        std::make_shared<Impl>(std::move(options), handler, thread.context(), std::move(tls));
    return std::unique_ptr<Client>(new Client(std::move(impl)));
}

Client::Client(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Client::~Client() {
    impl_->Run([impl = impl_] { impl->Finish(); });
}

void Client::Start() {
    impl_->Post([impl = impl_] { impl->Start(); });
}

void Client::Acknowledge(uint64_t upto) {
    impl_->Acknowledge(upto);
}

bool Client::Publish(const mqtt::Publish& publish, uint64_t user_token) {
    if (!CheckTopic(publish.topic)) throw std::invalid_argument("not a topic to publish to");
    return impl_->Queue(publish, user_token);
}

bool Client::WaitForRoom(std::chrono::milliseconds limit) {
    return impl_->queue().WaitForRoom(limit);
}

size_t Client::pending() const {
    return impl_->queue().pending();
}

void Client::Unsubscribe() {
    impl_->Post([impl = impl_] { impl->Unsubscribe(); });
}

void Client::StopReading() {
    impl_->Run([impl = impl_] { impl->StopReading(); });
}

void Client::Disconnect(bool end_session) {
    std::promise<void> done;
    const std::future<void> finished = done.get_future();
    impl_->Post([impl = impl_, end_session, &done] { impl->BeginDisconnect(end_session, done); });
    finished.wait();
}

std::vector<uint16_t> Client::StoredIds() const {
    std::vector<uint16_t> ids;
    impl_->Run([impl = impl_, &ids] { ids = impl->session().inbound().StoredIds(); });
    return ids;
}

ClientStats Client::Stats() const {
    return impl_->Stats();
}

}  // namespace tilth::mqtt
