// `tilth dead`: messages and rows that could not be understood.
#include "app/commands.h"
#include "app/http_client.h"
#include "app/json.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace tilth::app {
namespace {

struct DeadArguments {
    uint64_t limit = 50;
    std::string place;
    std::string code;
    std::string device;
    std::string topic;
};

Status List(const std::string& address, const DeadArguments& arguments) {
    HttpClient client(address);
    TILTH_TRY(
        const HttpAnswer answer,
        client.Get(fmt::format("/api/v1/dead-letters?limit={}", arguments.limit))
    );
    TILTH_TRY(const Json list, Json::Parse(answer.body));
    const std::string total = list.Text("total");
    fmt::print("{} dead letter{}\n", total, total == "1" ? "" : "s");
    for (const Json& letter : list.Items("dead_letters")) {
        fmt::print(
            "{}/{}  {}  {}  {}  {}\n",
            letter.Text("writer"),
            letter.Text("sequence"),
            letter.Text("received_at"),
            letter.Text("code"),
            letter.Text("topic"),
            letter.Text("reason")
        );
    }
    return {};
}

Status Show(const std::string& address, const DeadArguments& arguments) {
    const std::string& place = arguments.place;
    const bool is_place = std::ranges::count(place, '/') == 1 &&
                          place.find_first_not_of("0123456789/") == std::string::npos &&
                          !place.starts_with('/') && !place.ends_with('/');
    if (!is_place) {
        return Fail(
            Fault::kBadInput, "\"{}\" is no record; expected WRITER/SEQUENCE, such as 3/18", place
        );
    }
    HttpClient client(address);
    TILTH_TRY(const HttpAnswer answer, client.Get("/api/v1/raw/" + place));
    TILTH_TRY(const Json record, Json::Parse(answer.body));
    for (const char* key :
         {"id", "kind", "qos", "retained", "received_at", "topic", "device", "note"}) {
        fmt::print("{:<12} {}\n", key, record.Text(key));
    }
    const std::string text = record.Text("text");
    fmt::print(
        "{:<12} {}\n",
        text.empty() ? "base64" : "payload",
        text.empty() ? record.Text("payload_base64") : text
    );
    return {};
}

Status Retry(const std::string& address, const DeadArguments& arguments) {
    HttpClient client(address);
    TILTH_TRY(
        const HttpAnswer answer,
        client.PostJson(
            "/api/v1/dead-letters/retry",
            fmt::format(
                R"({{"code": {}, "device": {}, "topic": {}}})",
                JsonQuote(arguments.code),
                JsonQuote(arguments.device),
                JsonQuote(arguments.topic)
            )
        )
    );
    TILTH_TRY(const Json outcome, Json::Parse(answer.body));
    fmt::print(
        "{} read again, {} understood now\n", outcome.Text("retried"), outcome.Text("understood")
    );
    return {};
}

}  // namespace

void AddDead(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<DeadArguments>();
    CLI::App* dead =
        app.add_subcommand("dead", "Dead letters: what could not be understood, and why");
    dead->require_subcommand(1);
    dead->footer(
        "tilth dead list\n"
        "tilth dead show 3/18      # as list prints it: writer and sequence\n"
        "tilth dead retry          # after a correction of the site file or an update of Tilth"
    );
    const auto with_lab = [&session, arguments](auto run) {
        return [&session, arguments, run] {
            session.Finish([&] {
                return session.WithLab([&](const std::string& address) {
                    return run(address, *arguments);
                });
            });
        };
    };

    CLI::App* list = dead->add_subcommand("list", "The newest ones with their reasons");
    list->add_option("--limit", arguments->limit, "at most so many")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    session.AddPlace(*list);
    list->callback(with_lab(List));

    CLI::App* show = dead->add_subcommand("show", "The record as it was received");
    show->add_option("WRITER/SEQUENCE", arguments->place, "as list prints it")->required();
    session.AddPlace(*show);
    show->callback(with_lab(Show));

    CLI::App* retry =
        dead->add_subcommand("retry", "Read them again with the active configuration");
    retry->add_option("--code", arguments->code, "only these");
    retry->add_option("--device", arguments->device, "only these");
    retry->add_option("--topic", arguments->topic, "only these");
    session.AddPlace(*retry);
    retry->callback(with_lab(Retry));
}

}  // namespace tilth::app
