// `tilth query` and `tilth export`: observations as a table, CSV, JSON or Parquet.
#include "app/commands.h"
#include "app/http_client.h"
#include "app/table.h"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace tilth::app {
namespace {

struct QueryArguments {
    std::string datastream;
    std::string thing;
    std::string property;
    std::string depth;
    std::string from;
    std::string to;
    std::string every;
    std::string aggregate;
    std::string flags;
    std::string format = "table";
    std::string output;
    bool raw = false;
};

std::string TargetOf(const QueryArguments& q, std::string_view format) {
    std::string target = fmt::format("/api/v1/observations?format={}", format);
    const auto add = [&target](const char* key, const std::string& value) {
        if (!value.empty()) target += fmt::format("&{}={}", key, UrlEncode(value));
    };
    add("datastream", q.datastream);
    add("thing", q.thing);
    add("property", q.property);
    add("depth", q.depth);
    add("from", q.from);
    add("to", q.to);
    add("every", q.every);
    add("aggregate", q.aggregate);
    add("flags", q.flags);
    if (q.raw && format == "json") target += "&raw=true";
    return target;
}

Status Write(const std::string& address, const QueryArguments& q) {
    HttpClient client(address);
    const bool is_table = q.format == "table";
    std::FILE* out =
        q.output.empty() || q.output == "-" ? stdout : std::fopen(q.output.c_str(), "wb");
    if (out == nullptr) return Fail(Fault::kBadInput, "{} cannot be written", q.output);
    TablePrinter table(out);
    bool is_good = true;
    const Status status =
        client.Stream(TargetOf(q, is_table ? "csv" : q.format), [&](std::string_view piece) {
            if (is_table) {
                table.Add(piece);
            } else {
                is_good = std::fwrite(piece.data(), 1, piece.size(), out) == piece.size();
            }
            return is_good;
        });
    table.Finish();
    const bool is_closed = out == stdout ? std::fflush(out) == 0 : std::fclose(out) == 0;
    if (!is_good || !is_closed)
        return Fail(Fault::kUnavailable, "the output cannot be written; is the disk full?");
    return status;
}

void AddSelection(CLI::App& command, QueryArguments& q) {
    command.add_option(
        "--datastream", q.datastream, "by name, for example plot7/soil_temperature@0.05m"
    );
    command.add_option("--thing", q.thing, "node or logger");
    command.add_option("--property", q.property, "observed property, by name or short name");
    command.add_option("--depth", q.depth, "metres, positive down");
    command.add_option("--from", q.from, "RFC 3339, a date, or relative to now: -7d");
    command.add_option("--to", q.to, "the same; the end is not included");
    command.add_option("--every", q.every, "statistics by hour, day, week, month or a duration");
    command.add_option(
        "--aggregate", q.aggregate, "with --every: mean,min,max,sd,count,p10,p50,p90,sum"
    );
    command.add_option("--flags", q.flags, "only these: good,not_evaluated,suspect,fail,missing");
    command.add_flag("--raw", q.raw, "raw values too (JSON; the other formats always have them)");
}

void SetCallback(
    CLI::App& command, const std::shared_ptr<QueryArguments>& arguments, Session& session
) {
    command.callback([arguments, &session] {
        session.Finish([&] {
            return session.WithLab([&](const std::string& address) {
                return Write(address, *arguments);
            });
        });
    });
}

}  // namespace

void AddQuery(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<QueryArguments>();
    CLI::App* command = app.add_subcommand("query", "Print observations");
    AddSelection(*command, *arguments);
    command->add_option("--format", arguments->format)
        ->capture_default_str()
        ->check(CLI::IsMember({"table", "csv", "json", "parquet"}));
    session.AddPlace(*command);
    command->footer(
        "tilth query --thing plot7 --property vwc --from -7d --every day --aggregate mean,min,max"
    );
    SetCallback(*command, arguments, session);
}

void AddExport(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<QueryArguments>();
    arguments->format = "csv";
    CLI::App* command =
        app.add_subcommand("export", "Write observations to a file: everything, or a selection");
    command->add_option("FILE", arguments->output, "where to; - for standard output")->required();
    AddSelection(*command, *arguments);
    command->add_option("--format", arguments->format)
        ->capture_default_str()
        ->check(CLI::IsMember({"csv", "json", "parquet"}));
    session.AddPlace(*command);
    command->footer("tilth export everything.parquet --format parquet");
    SetCallback(*command, arguments, session);
}

}  // namespace tilth::app
