// `tilth replay`: computes results again from what was received.
#include "app/commands.h"
#include "app/follow_task.h"
#include "app/http_client.h"
#include "app/json.h"

#include <CLI/CLI.hpp>

namespace tilth::app {
namespace {

struct ReplayArguments {
    std::string thing;
    std::string from;
    std::string why = "asked for on the command line";
};

Status RunReplay(const std::string& address, const ReplayArguments& arguments) {
    HttpClient client(address);
    std::string body = fmt::format(R"({{"why": {})", JsonQuote(arguments.why));
    if (!arguments.thing.empty())
        body += fmt::format(R"(, "thing": {})", JsonQuote(arguments.thing));
    if (!arguments.from.empty()) body += fmt::format(R"(, "from": {})", JsonQuote(arguments.from));
    TILTH_TRY(const HttpAnswer answer, client.PostJson("/api/v1/replay", body + "}"));
    TILTH_TRY(const Json started, Json::Parse(answer.body));
    const auto line = [](const Json& task) {
        return fmt::format("reading everything that was received again: {}", HowFar(task));
    };
    TILTH_TRY(const Json task, FollowTask(client, started.Text("task"), line));
    if (arguments.thing.empty() && arguments.from.empty()) {
        fmt::print("everything was processed again from the stream; the new results are active\n");
    } else {
        fmt::print("{} differed: {}\n", DescribeDifference(task), task.Text("message"));
    }
    return {};
}

}  // namespace

void AddReplay(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<ReplayArguments>();
    CLI::App* command =
        app.add_subcommand("replay", "Compute results again from what was received");
    command->add_option(
        "--thing", arguments->thing, "compare this node only: is it stored as it was received?"
    );
    command->add_option(
        "--from",
        arguments->from,
        "compare readings from this time on only (RFC 3339, a date, or -7d)"
    );
    command->add_option("--why", arguments->why, "kept with the new generation")
        ->capture_default_str();
    session.AddPlace(*command);
    command->footer(
        "Without --thing and --from the whole stream is processed into a new generation, which "
        "becomes active at once\n"
        "when it is complete. With one of them the stream is read and judged again too, and "
        "compared with what is\n"
        "stored; only where a reading differs a new generation is built, of everything, since "
        "flags of other nodes may\n"
        "depend on it."
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
