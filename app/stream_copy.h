// A lab's stream, whole, from one store into another: what moving, backing up and restoring share.
#pragma once

#include "app/lab_folder.h"
#include "app/settings.h"
#include "store/archive/archived_stream.h"

#include <memory>
#include <optional>
#include <string>

namespace tilth::app {

/// A stream, and the lock on its folder where it is a file.
struct OpenedStream {
    std::optional<LabFolder> folder;
    std::unique_ptr<archive::ArchivedStream> store;
};

/// `url`: sqlite:FILE or mongodb://...; the file's folder is made when absent. `password_file`:
/// empty: the settings'. `lab_id`: that it must be of; a new store becomes that lab. kConflict: it
/// is another, or somebody holds the file.
Result<OpenedStream> OpenForCopy(
    const Settings& settings,
    const std::string& url,
    const std::string& password_file = {},
    const std::string& lab_id = {}
);

/// Copies what `to` lacks, compares both, and says what there is. `is_final`: nobody writes to
/// `from` any more.
Status CopyAll(OpenedStream& from, OpenedStream& to, bool is_final);

}  // namespace tilth::app
