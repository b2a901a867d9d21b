// `tilth replay`: computes results again from what was received.
#include "app/commands.h"
#include "app/http_client.h"
#include "app/json.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <thread>

namespace tilth::app {
namespace {

struct ReplayArguments {
    std::string thing;
    std::string from;
    std::string why = "asked for on the command line";
};

Status WaitFor(HttpClient& client, const std::string& task_id) {
    for (;;) {
        TILTH_TRY(const HttpAnswer answer, client.Get("/api/v1/tasks/" + UrlEncode(task_id)));
        TILTH_TRY(const Json task, Json::Parse(answer.body));
        if (task.Text("state") == "done") return {};
        if (task.Text("state") == "failed")
            return Fail(Fault::kUnavailable, "{}", task.Text("message"));
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
}

Status RunReplay(const std::string& address, const ReplayArguments& arguments) {
    HttpClient client(address);
    std::string body = fmt::format(R"({{"why": {})", JsonQuote(arguments.why));
    if (!arguments.thing.empty())
        body += fmt::format(R"(, "thing": {})", JsonQuote(arguments.thing));
    if (!arguments.from.empty()) body += fmt::format(R"(, "from": {})", JsonQuote(arguments.from));
    TILTH_TRY(const HttpAnswer answer, client.PostJson("/api/v1/replay", body + "}"));
    TILTH_TRY(const Json started, Json::Parse(answer.body));
    if (arguments.thing.empty() && arguments.from.empty()) {
        TILTH_CHECK(WaitFor(client, started.Text("task")));
        fmt::print("everything was processed again from the stream; the new results are active\n");
    } else {
        fmt::print("the readings are judged again in the background\n");
    }
    return {};
}

}  // namespace

void AddReplay(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<ReplayArguments>();
    CLI::App* command =
        app.add_subcommand("replay", "Compute results again from what was received");
    command->add_option(
        "--thing", arguments->thing, "only this node: its stored readings are judged again"
    );
    command->add_option("--from", arguments->from, "only from this time on");
    command->add_option("--why", arguments->why, "kept with the new generation")
        ->capture_default_str();
    session.AddPlace(*command);
    command->footer(
        "Without a thing the whole stream is processed into a new generation, which then becomes "
        "active at once."
    );
    command->callback([arguments, &session] {
        session.Finish([&] {
            return session.WithLab([&](const std::string& address) {
                return RunReplay(address, *arguments);
            });
        });
    });
}

}  // namespace tilth::app
