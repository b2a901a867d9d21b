// Field notes: what people saw or did, kept in the stream beside what sensors sent.
#pragma once

#include "pipeline/commands.h"
#include "store/stream_store.h"

namespace tilth::pipeline {

std::string Encode(const FieldNote& note);
Result<FieldNote> DecodeNote(std::string_view payload);
/// Newest first.
Result<std::vector<FieldNote>> FindNotes(StreamStore& stream, const NoteFilter& filter);

}  // namespace tilth::pipeline
