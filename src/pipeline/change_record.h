// What people do to a lab, as payloads of records in the stream: YAML, so that a person can read
// them anywhere.
#pragma once

#include "base/result.h"
#include "model/ids.h"
#include "model/manual_flag.h"

#include <string>
#include <string_view>

namespace tilth::pipeline {

/// A version of the configuration. `when` is the record's time of arrival.
struct ConfigChange {
    ConfigVersion version{};
    std::string who;
    std::string why;
    std::string text;  ///< The site file.
};

std::string Encode(const ConfigChange& change);
/// kBadInput: not what Encode writes.
Result<ConfigChange> DecodeConfigChange(std::string_view payload);

std::string Encode(const ManualFlag& flag);
Result<ManualFlag> DecodeManualFlag(std::string_view payload);

}  // namespace tilth::pipeline
