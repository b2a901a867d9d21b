// `tilth sql`: a SELECT over the lab's views.
#include "app/commands.h"
#include "app/http_client.h"
#include "app/table.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace tilth::app {
namespace {

struct SqlArguments {
    std::string select;
    std::string format = "table";
    uint64_t max_rows = 100'000;
};

Status RunSql(const std::string& address, const SqlArguments& arguments) {
    HttpClient client(address);
    const std::string format = arguments.format == "table" ? "csv" : arguments.format;
    const std::string body = fmt::format(
        R"({{"query": {}, "max_rows": {}}})", JsonQuote(arguments.select), arguments.max_rows
    );
    TILTH_TRY(const HttpAnswer answer, client.PostJson("/api/v1/sql?format=" + format, body));
    if (arguments.format != "table") {
        fmt::print("{}", answer.body);
        return {};
    }
    TablePrinter table(stdout);
    table.Add(answer.body);
    table.Finish();
    return {};
}

}  // namespace

void AddSql(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<SqlArguments>();
    CLI::App* command = app.add_subcommand("sql", "Ask by SQL, read-only");
    command
        ->add_option(
            "SELECT",
            arguments->select,
            "over observation, observation_good, hourly, daily, datastream, "
            "thing, dead_letter"
        )
        ->required();
    command->add_option("--format", arguments->format)
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv", "json"}));
    command->add_option("--max-rows", arguments->max_rows)->capture_default_str();
    session.AddPlace(*command);
    command->footer("tilth sql \"SELECT thing, count(*) FROM observation GROUP BY thing\"");
    command->callback([arguments, &session] {
        session.Finish([&] {
            return session.WithLab([&](const std::string& address) {
                return RunSql(address, *arguments);
            });
        });
    });
}

}  // namespace tilth::app
