#include "app/bench_events.h"

#include "app/http_client.h"
#include "base/clock.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <simdjson.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace tilth::app {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = boost::asio::ip::tcp;

}  // namespace

class BenchEvents::Impl {
  public:
    ~Impl() {
        beast::error_code error;
        socket_.shutdown(Tcp::socket::shutdown_both, error);
        if (thread_.joinable()) thread_.join();
    }

    Status Open(const std::string& address, const std::string& target) {
        beast::error_code error;
        const size_t colon = address.rfind(':');
        const auto found =
            Tcp::resolver(io_).resolve(address.substr(0, colon), address.substr(colon + 1), error);
        if (!error) boost::asio::connect(socket_, found, error);
        http::request<http::empty_body> request(http::verb::get, target, 11);
        request.set(http::field::host, address);
        if (!error) http::write(socket_, request, error);
        parser_.body_limit(boost::none);
        if (!error) http::read_header(socket_, buffer_, parser_, error);
        if (error)
            return Fail(
                Fault::kUnavailable, "the event stream of {}: {}", address, error.message()
            );
        thread_ = std::thread([this] { Run(); });
        return {};
    }

    uint64_t seen() const { return seen_; }
    uint64_t resets() const { return resets_; }
    std::vector<double> TakeMillis() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(millis_, {});
    }

  private:
    void Run() {
        std::array<char, 65536> piece{};
        while (!parser_.is_done()) {
            parser_.get().body().data = piece.data();
            parser_.get().body().size = piece.size();
            beast::error_code error;
            http::read_some(socket_, buffer_, parser_, error);
            if (error && error != http::error::need_buffer) return;
            text_.append(piece.data(), piece.size() - parser_.get().body().size);
            ReadLines();
        }
    }

    void ReadLines() {
        size_t begin = 0;
        for (size_t end; (end = text_.find('\n', begin)) != std::string::npos; begin = end + 1) {
            ReadLine(std::string_view(text_).substr(begin, end - begin));
        }
        text_.erase(0, begin);
    }

    void ReadLine(std::string_view line) {
        if (line.starts_with("event: reset")) ++resets_;
        if (!line.starts_with("data: ")) return;
        simdjson::dom::element event;
        simdjson::dom::array rows;
        std::string_view datastream;
        if (json_.parse(line.data() + 6, line.size() - 6).get(event) != simdjson::SUCCESS) return;
        if (event["rows"].get(rows) != simdjson::SUCCESS) return;
        if (event["datastream"].get(datastream) != simdjson::SUCCESS) return;
        const Time now = SystemClock().Now();
        // A commit sends rows again whose flags became final: only those after the newest known are
        // new.
        Time& newest = newest_.try_emplace(std::string(datastream), opened_).first->second;
        const std::scoped_lock lock(mutex_);
        for (const simdjson::dom::element row : rows) {
            const Result<Time> time = ParseRfc3339(std::string_view(row.at(0)));
            if (!time || *time <= newest) continue;
            newest = *time;
            millis_.push_back(1e3 * ToSeconds(now - *time));
            ++seen_;
        }
    }

    const Time opened_ = SystemClock().Now();
    boost::asio::io_context io_;
    Tcp::socket socket_{io_};
    beast::flat_buffer buffer_;
    http::response_parser<http::buffer_body> parser_;
    std::string text_;
    simdjson::dom::parser json_;
    std::map<std::string, Time> newest_;
    std::mutex mutex_;
    std::vector<double> millis_;
    std::atomic<uint64_t> seen_ = 0;
    std::atomic<uint64_t> resets_ = 0;
    std::thread thread_;
};

BenchEvents::BenchEvents(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BenchEvents::~BenchEvents() = default;

Result<std::unique_ptr<BenchEvents>> BenchEvents::Open(
    const std::string& address, const std::vector<std::string>& datastreams
) {
    std::string target = "/api/v1/events";
    for (const std::string& name : datastreams) {
        target += target.ends_with("events") ? "?datastreams=" : ",";
        target += UrlEncode(name);
    }
    auto impl = std::make_unique<Impl>();
    TILTH_CHECK(impl->Open(address, target));
    return std::unique_ptr<BenchEvents>(new BenchEvents(std::move(impl)));
}

uint64_t BenchEvents::seen() const {
    return impl_->seen();
}
uint64_t BenchEvents::resets() const {
    return impl_->resets();
}
std::vector<double> BenchEvents::TakeMillis() {
    return impl_->TakeMillis();
}

}  // namespace tilth::app
