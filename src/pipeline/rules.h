// Which rules this program makes results by, so that results of an older program are recognised and
// made again.
#pragma once

#include "store/processed_store.h"

#include <string>

namespace tilth::pipeline {

/// "rules 1-5f3a09c2": a number that is raised in rules.cpp whenever the same records and
/// configuration would give other results, and a hash of the built-in profiles.
const std::string& RulesName();

/// The reason of a generation, with the rules it is made by at its end.
std::string WithRules(std::string_view reason);

/// True when this program would make the same of the same records.
bool MadeByTheseRules(const Generation& generation);

}  // namespace tilth::pipeline
