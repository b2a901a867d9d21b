// `tilth move`: a lab's stream into another store, as another lab. The stream alone rebuilds
// everything, so results are not copied: they are computed where the stream has gone.
#include "app/commands.h"
#include "app/stream_copy.h"

#include <CLI/CLI.hpp>

namespace tilth::app {
namespace {

struct MoveArguments {
    std::string from;
    std::string to;
    std::string from_password_file;
    std::string to_password_file;
};

Status RunMove(Session& session, const MoveArguments& arguments) {
    TILTH_CHECK(session.Resolve());
    TILTH_TRY(
        OpenedStream from,
        OpenForCopy(session.settings, arguments.from, arguments.from_password_file)
    );
    TILTH_TRY(
        OpenedStream to, OpenForCopy(session.settings, arguments.to, arguments.to_password_file)
    );
    return CopyAll(from, to, true);
}

}  // namespace

void AddMove(CLI::App& app, Session& session) {
    auto arguments = std::make_shared<MoveArguments>();
    CLI::App* command =
        app.add_subcommand("move", "Copy a lab's stream into another store, and compare both");
    command->add_option("--from", arguments->from, "sqlite:FILE or mongodb://...")->required();
    command->add_option("--to", arguments->to, "the same; an empty store, or an unfinished copy")
        ->required();
    command
        ->add_option(
            "--from-password-file", arguments->from_password_file, "password of --from's user"
        )
        ->type_name("FILE");
    command
        ->add_option("--to-password-file", arguments->to_password_file, "password of --to's user")
        ->type_name("FILE");
    command->footer(
        "tilth move --from sqlite:$HOME/.local/share/tilth/stream.sqlite --to "
        "mongodb://tilth@mongo/sensor\n"
        "Nothing may write to the source any more. Results are computed again by the processors "
        "there."
    );
    session.AddPlace(*command);
    command->callback([&session, arguments] {
        session.Finish([&] { return RunMove(session, *arguments); });
    });
}

}  // namespace tilth::app
