// A file that is being uploaded: gathered, looked at when it is complete, and imported in the
// background.
#pragma once

#include "pipeline/lab_commands.h"

namespace tilth::pipeline {

/// The parts outlive the upload and the task that follows it.
std::unique_ptr<ImportUpload> MakeUpload(LabParts& parts, ImportRequest request);

}  // namespace tilth::pipeline
