#include "app/web_server.h"

#include "api/http/server.h"
#include "api/live/hub.h"
#include "app/lab.h"
#include "qc/test_numbers.h"
#include "web_assets.h"

#include <charconv>

namespace tilth::app {
namespace {

std::string TestNameOf(int number) {
    const qc::TestInfo* test = qc::FindTest(number);
    return test == nullptr ? fmt::format("test_{}", number) : std::string(test->name);
}

std::vector<api::Asset> Dashboard() {
    std::vector<api::Asset> assets;
    for (const web::Asset& asset : web::Assets()) {
        assets.push_back(
            {asset.path == "/index.html" ? "/" : std::string(asset.path),
             std::string(asset.content_type),
             std::string(asset.etag),
             asset.gzip_bytes}
        );
    }
    return assets;
}

Result<api::ServerOptions> OptionsFor(const Settings& settings) {
    api::ServerOptions options;
    const size_t colon = settings.http.rfind(':');
    const std::string_view port =
        std::string_view(settings.http).substr(colon == std::string::npos ? 0 : colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), options.port);
    if (colon == std::string::npos || error != std::errc{} || end != port.data() + port.size()) {
        return Fail(
            Fault::kBadInput,
            "--http {}: expected ADDR:PORT, for example 127.0.0.1:8080",
            settings.http
        );
    }
    options.address = settings.http.substr(0, colon);
    for (std::string_view rest = settings.http_name; !rest.empty();) {
        const size_t comma = rest.find(',');
        options.names.emplace_back(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    options.tiles = {settings.map_tile_url, settings.map_attribution};
    if (const Status tiles = api::CheckTiles(options.tiles); !tiles)
        return Fail(Fault::kBadInput, "--map-tile-url: {}", tiles.error().message);
    if (!settings.tokens.empty()) {
        TILTH_TRY(options.auth.tokens, api::Tokens::Load(settings.tokens));
    }
    return options;
}

}  // namespace

class WebServer::Impl {
  public:
    explicit Impl(Lab& lab) : hub_(*lab.processed, lab.clock, TestNameOf) {}

    Status Start(Lab& lab) {
        TILTH_TRY(const api::ServerOptions options, OptionsFor(lab.settings));
        TILTH_TRY(
            server_,
            api::Server::Start(
                options,
                {*lab.processed,
                 lab.clock,
                 *lab.commands,
                 TestNameOf,
                 [this](api::EventRequest request) -> Result<api::TakeEvents> {
                     return hub_.Subscribe(
                         std::move(request.datastreams), request.after, std::move(request.wake)
                     );
                 },
                 Dashboard()}
            )
        );
        address_ = fmt::format("{}:{}", options.address, server_->Port());
        return {};
    }

    const std::string& address() const { return address_; }
    void Committed(ChangeToken token, std::span<const SeriesChange> changes) {
        if (token == ChangeToken{})
            hub_.Notify();
        else
            hub_.Offer(token, changes);
    }

  private:
    live::Hub hub_;
    std::string address_;
    std::unique_ptr<api::Server> server_;
};

WebServer::WebServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebServer::~WebServer() = default;

Result<std::unique_ptr<WebServer>> WebServer::Start(Lab& lab) {
    auto impl = std::make_unique<Impl>(lab);
    TILTH_CHECK(impl->Start(lab));
    return std::unique_ptr<WebServer>(new WebServer(std::move(impl)));
}

std::string WebServer::address() const {
    return impl_->address();
}
void WebServer::Committed(ChangeToken token, std::span<const SeriesChange> changes) {
    impl_->Committed(token, changes);
}

std::string DashboardUrl(const Lab& lab) {
    std::string address = lab.web->address();
    if (address.starts_with("0.0.0.0:")) address.replace(0, 7, "127.0.0.1");
    return fmt::format("http://{}/", address);
}

namespace {

void DescribeSource(
    const MqttSource& part, const std::string& address, pipeline::LabStatus& status
) {
    const MqttSourceStatus source = part.Describe();
    const pipeline::RouterStatistics router = part.RouterStatistics();
    const bool is_running = source.state == "connected" && !router.store_away;
    status.roles.push_back(
        {"route",
         is_running ? "running" : "waiting",
         router.store_away ? router.trouble : source.detail}
    );
    status.broker = {address, source.state, source.detail};
}

void DescribeField(const FieldPublisher& part, pipeline::LabStatus& status) {
    const FieldPublisherStatus field = part.Describe();
    status.roles.push_back(
        {"emulate",
         field.connected ? "running" : "waiting",
         fmt::format(
             "{} messages acknowledged{}{}",
             field.acknowledged,
             field.trouble.empty() ? "" : "; ",
             field.trouble
         )}
    );
}

}  // namespace

void DescribeRoles(Lab& lab, pipeline::LabStatus& status) {
    const auto broker = BrokerOf(lab.settings);
    lab.running.With([&](const Running& running) {
        if (running.web != nullptr)
            status.roles.push_back({"serve", "running", running.web->address()});
        if (running.source != nullptr)
            DescribeSource(*running.source, broker ? broker->Text() : std::string(), status);
        if (running.field != nullptr) DescribeField(*running.field, status);
    });
}

}  // namespace tilth::app
