#include "ingest/mqtt/client_impl.h"

namespace tilth::mqtt {
namespace {

using std::chrono::milliseconds;

// How often keep-alive and the limit of an attempt are looked at.
constexpr milliseconds kTick{200};
// How long a goodbye may take.
constexpr milliseconds kLeaveLimit{2'000};
// Bytes that are handed to the socket at once.
constexpr size_t kWriteSize = 256 * 1024;
// Fewer messages in one read are few (ClientOptions::gather).
constexpr size_t kFewMessages = 16;

Instant Now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

Client::Impl::Impl(
    ClientOptions options,
    Handler& handler,
    boost::asio::io_context& io,
    std::unique_ptr<boost::asio::ssl::context> tls
)
    : options_(std::move(options)),
      handler_(handler),
      io_(io),
      tls_(std::move(tls)),
      queue_(options_.session.version, options_.max_queued_messages, options_.max_queued_bytes),
      session_(options_.session),
      backoff_(options_.first_retry, options_.longest_retry, options_.seed),
      tick_(io),
      retry_(io),
      gather_(io) {}

// --- connecting and losing ---------------------------------------------------------------------

void Client::Impl::Start() {
    if (finished_ || transport_) return;
    Connect();
    ArmTick();
}

void Client::Impl::Connect() {
    attempt_started_ = Now();
    transport_ = MakeTransport(io_, options_.endpoint, tls_.get(), *this, shared_from_this());
    transport_->Open();
}

void Client::Impl::OnOpen(Status status) {
    if (!status) return Lost(status.error());
    open_ = true;
    session_.Open(Now());
    Proceed();
}

void Client::Impl::CloseTransport() {
    if (transport_) transport_->Close();
    transport_.reset();
    open_ = read_on_ = write_on_ = false;
    counters_.connected = false;
}

void Client::Impl::Lost(const Error& error) {
    CloseTransport();
    if (leaving_) return Finish();
    const milliseconds uptime =
        session_.connected() ? std::chrono::duration_cast<milliseconds>(Now() - connected_since_)
                             : milliseconds(0);
    ApplyAcknowledged();
    const bool final = session_.final();
    if (final) handler_.OnFatal(error);
    const bool discard = !final && handler_.OnLost(error) == Unsettled::kDiscarded;
    session_.Close(discard);
    UpdateStats();
    if (final || stopped_) return Finish();
    retry_.expires_after(backoff_.Next(uptime));
    retry_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
        if (!cancelled) self->Retry();
    });
}

void Client::Impl::Retry() {
    if (finished_ || transport_) return;
    Connect();
}

void Client::Impl::ArmTick() {
    tick_.expires_after(kTick);
    tick_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
        if (!cancelled) self->Tick();
    });
}

void Client::Impl::Tick() {
    if (finished_) return;
    const Instant now = Now();
    if (leaving_ && now - attempt_started_ >= kLeaveLimit) return Finish();
    ArmTick();
    if (!transport_ || leaving_) return;
    if (!session_.connected()) {
        if (now - attempt_started_ < options_.connect_timeout) return;
        return Lost(
            {Fault::kUnavailable,
             fmt::format(
                 "the broker at {}:{} did not answer within {} ms",
                 options_.endpoint.host,
                 options_.endpoint.port,
                 options_.connect_timeout.count()
             )}
        );
    }
    const Status status = session_.Tick(now, read_on_);
    if (!status) return Lost(status.error());
    Flush();
}

// --- leaving -----------------------------------------------------------------------------------

void Client::Impl::Unsubscribe() {
    session_.EndSubscriptions();
    Flush();
}

void Client::Impl::BeginDisconnect(bool end_session, std::promise<void>& done) {
    if (finished_) return done.set_value();
    disconnected_ = &done;
    stopped_ = true;
    if (!open_ || !session_.connected()) return Finish();
    ApplyAcknowledged();
    session_.PutDisconnect(end_session);
    leaving_ = true;
    attempt_started_ = Now();
    Flush();
    // A close with unread bytes in the socket makes TCP reset the connection, and the last
    // acknowledgements may be lost with it: so what still comes is read, thrown away, and sent
    // again by the broker another time.
    MaybeRead();
}

void Client::Impl::Finish() {
    if (!finished_) {
        finished_ = true;
        CloseTransport();
        session_.Close(false);
        tick_.cancel();
        retry_.cancel();
        gather_.cancel();
    }
    if (disconnected_ != nullptr) std::exchange(disconnected_, nullptr)->set_value();
}

// --- receiving ---------------------------------------------------------------------------------

bool Client::Impl::Full() {
    const Inbound& inbound = session_.inbound();
    const size_t share = full_ ? 2 : 1;
    const bool was_full = std::exchange(
        full_,
        inbound.held_messages() >= std::max<size_t>(options_.max_held_messages / share, 1) ||
            inbound.held_bytes() >= std::max<size_t>(options_.max_held_bytes / share, 1)
    );
    if (full_ && !was_full) ++counters_.pauses;
    return full_;
}

void Client::Impl::MaybeRead() {
    if (!open_ || read_on_ || gathering_) return;
    const bool wanted = leaving_ || (!stopped_ && !Full());
    if (!wanted) return;
    if (std::exchange(few_, false) && options_.gather.count() > 0) return ReadLater();
    read_on_ = true;
    transport_->Read(session_.Prepare());
}

void Client::Impl::ReadLater() {
    gathering_ = true;
    gather_.expires_after(options_.gather);
    gather_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->gathering_ = false;
        self->MaybeRead();
    });
}

void Client::Impl::OnRead(Result<size_t> bytes) {
    read_on_ = false;
    if (!bytes) return Lost(WithHint(std::move(bytes.error())));
    if (leaving_) return MaybeRead();
    counters_.bytes += *bytes;
    ++counters_.reads;
    if (!stopped_ && !Receive(*bytes)) return;
    Proceed();
}

// Mosquitto 2.0.11 closes the connection of a session that is taken over without the DISCONNECT of
// MQTT 5.
Error Client::Impl::WithHint(Error error) const {
    if (session_.connected()) {
        error.message += fmt::format(
            "; if this repeats, look for another process with client id '{}'",
            options_.session.client_id
        );
    }
    return error;
}

bool Client::Impl::Receive(size_t n) {
    Status status = session_.Receive(n, Now(), events_);
    Deliver();
    while (status && events_.more) {
        status = session_.Receive(0, Now(), events_);
        Deliver();
    }
    if (!status) Lost(status.error());
    return status.has_value();
}

void Client::Impl::Deliver() {
    if (events_.connected) {
        connected_since_ = Now();
        counters_.connected = true;
        ++counters_.connections;
        handler_.OnConnected(events_.session_present);
    }
    if (events_.subscribed) handler_.OnSubscribed();
    if (!events_.messages.empty() || !events_.released.empty()) {
        counters_.messages += events_.messages.size();
        few_ = events_.messages.size() < kFewMessages;
        handler_.OnBatch({events_.messages, events_.released, session_.inbound().last_token()});
    }
    ReportPublished(events_.published);
    if (events_.unsubscribed) handler_.OnUnsubscribed();
}

void Client::Impl::Acknowledge(uint64_t upto) {
    uint64_t before = acknowledged_.load();
    while (before < upto && !acknowledged_.compare_exchange_weak(before, upto)) {
    }
    if (acknowledge_posted_.exchange(true)) return;
    Post([self = shared_from_this()] {
        self->acknowledge_posted_ = false;
        self->Proceed();
    });
}

void Client::Impl::ApplyAcknowledged() {
    const uint64_t upto = acknowledged_.load();
    if (upto == applied_) return;
    applied_ = upto;
    session_.Acknowledge(upto);
}

// --- sending -----------------------------------------------------------------------------------

void Client::Impl::Proceed() {
    if (finished_ || leaving_) return;
    ApplyAcknowledged();
    Flush();
    MaybeRead();
    UpdateStats();
}

void Client::Impl::Flush() {
    if (!open_ || write_on_) return;
    if (!leaving_) PumpPublishes();
    if (session_.output().empty()) {
        if (leaving_) transport_->EndWriting();
        return;
    }
    writing_.clear();
    std::swap(writing_, session_.output());
    session_.Sent(Now());
    write_on_ = true;
    transport_->Write(writing_);
}

void Client::Impl::OnWritten(Status status) {
    write_on_ = false;
    if (!status) return Lost(status.error());
    Flush();
}

bool Client::Impl::Queue(const mqtt::Publish& publish, uint64_t user_token) {
    const PublishQueue::Added added = queue_.Add(publish, user_token);
    if (added == PublishQueue::Added::kWakeUp) {
        Post([self = shared_from_this()] { self->Flush(); });
    }
    return added != PublishQueue::Added::kNo;
}

void Client::Impl::PumpPublishes() {
    if (!session_.connected()) return;
    Outbound& outbound = session_.outbound();
    do {
        session_.Pump(kWriteSize, refused_);
    } while (outbound.idle() && session_.output().size() < kWriteSize && queue_.MoveTo(outbound));
    queue_.NoteOutbound(outbound.pending());
    ReportPublished(refused_);
    refused_.clear();
}

void Client::Impl::ReportPublished(std::vector<Published>& ended) {
    if (ended.empty()) return;
    queue_.NoteOutbound(session_.outbound().pending());
    handler_.OnPublished(ended);
}

void Client::Impl::UpdateStats() {
    counters_.held_messages = session_.inbound().held_messages();
    counters_.held_bytes = session_.inbound().held_bytes();
}

ClientStats Client::Impl::Stats() const {
    ClientStats stats;
    stats.messages = counters_.messages;
    stats.bytes = counters_.bytes;
    stats.reads = counters_.reads;
    stats.connections = counters_.connections;
    stats.pauses = counters_.pauses;
    stats.held_messages = counters_.held_messages;
    stats.held_bytes = counters_.held_bytes;
    stats.connected = counters_.connected;
    return stats;
}

}  // namespace tilth::mqtt
