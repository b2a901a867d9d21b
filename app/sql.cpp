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
    command->add_option("--format", arguments->format, "how the answer is printed")
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv", "json"}));
    command
        ->add_option(
            "--max-rows",
            arguments->max_rows,
            "at most so many rows; a note says when there were more"
        )
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    session.AddPlace(*command);
    command->footer(
        "Views:\n"
        "  observation       readings that count: phenomenon_time, thing, property, depth, label, "
        "unit, value,\n"
        "                    raw_value, flag (1 good, 2 not evaluated, 3 suspect, 4 fail, 9 "
        "missing), flag_name, ...\n"
        "  observation_good  those with flag 1 or 2\n"
        "  hourly, daily     statistics of good readings: start, thing, property, depth, count, "
        "good_count, min, max,\n"
        "                    mean, sd, p10, p50, p90, ...; of closed buckets only: the hour and "
        "the day that a\n"
        "                    datastream is in now are not there yet (tilth query --every hour has "
        "them)\n"
        "  datastream, thing, dead_letter\n"
        "Times are UTC. At most 30 s. SELECT * FROM VIEW LIMIT 1 shows all columns of one.\n"
        "\n"
        "tilth sql \"SELECT thing, count(*) FROM observation GROUP BY thing\""
    );
    command->callback([arguments, &session] {
        session.Finish([&] {
            return session.WithLab([&](const std::string& address) {
                return RunSql(address, *arguments);
            });
        });
    });
}

}  // namespace tilth::app
