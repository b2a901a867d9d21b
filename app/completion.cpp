// `tilth completion`: what a shell offers at the tab key, made from the commands and options
// themselves.
#include "app/commands.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace tilth::app {
namespace {

/// For a word in single quotes of a shell script.
std::string Quoted(std::string text) {
    for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4)
        text.replace(at, 1, "'\\''");
    return "'" + text + "'";
}

/// "TEXT:{json,senml}" and "debug|info" are choices; empty: anything.
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
    std::string type = option.get_type_name();
    const size_t open = type.find('{');
    char between = '|';
    if (open != std::string::npos) {
        type = type.substr(open + 1, type.find('}') - open - 1);
        between = ',';
    } else if (type.find('|') == std::string::npos) {
        return {};
    }
    return CLI::detail::split(type, between);
}

/// Tables of the script: by path of the command, such as "tilth config apply", and for values
/// "tilth up --log-level".
struct Tables {
    std::string words;
    std::string choices;

    void Add(const CLI::App& command, const std::string& path) {
        std::string offered;
        for (const CLI::Option* option : command.get_options()) {
            for (const std::string& name : option->get_lnames()) {
                offered += " --" + name;
                const std::vector<std::string> values = ChoicesOf(*option);
                if (values.empty()) continue;
                choices += fmt::format(
                    "    [{}]={}\n",
                    Quoted(path + " --" + name),
                    Quoted(fmt::format("{}", fmt::join(values, " ")))
                );
            }
        }
        for (const CLI::App* below :
             command.get_subcommands([](const CLI::App*) { return true; })) {
            offered += " " + below->get_name();
            Add(*below, path + " " + below->get_name());
        }
        words += fmt::format("    [{}]={}\n", Quoted(path), Quoted(offered));
    }
};

constexpr std::string_view kBash = R"(# Completion of tilth for bash, made by: tilth completion bash
declare -gA _tilth_words=(
{})
declare -gA _tilth_choices=(
{})
_tilth() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}" path=tilth i
    for ((i = 1; i < COMP_CWORD; ++i)); do
        local longer="$path ${{COMP_WORDS[i]}}"
        [[ ! -v "_tilth_words[$longer]" ]] || path="$longer"
    done
    if [[ "$before" == --* && -v "_tilth_choices[$path $before]" ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${{_tilth_choices[$path $before]}}" -- "$word")
    elif [[ "$word" == --* || "$path" == tilth ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${{_tilth_words[$path]}}" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "${{_tilth_words[$path]}}" -- "$word"; compgen -f -- "$word")
    fi
}}
complete -o filenames -F _tilth tilth
)";

}  // namespace

void AddCompletion(CLI::App& app, Session&) {
    CLI::App* command = app.add_subcommand(
        "completion", "Print what a shell needs to complete commands and options"
    );
    command->add_option("SHELL", "the shell it is for")->required()->check(CLI::IsMember({"bash"}));
    command->footer("source <(tilth completion bash)");
    command->callback([&app] {
        Tables tables;
        tables.Add(app, "tilth");
        fmt::print(fmt::runtime(kBash), tables.words, tables.choices);
    });
}

}  // namespace tilth::app
