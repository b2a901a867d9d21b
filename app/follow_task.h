// Follows work that runs in the background of a lab, from the command line.
#pragma once

#include "app/http_client.h"
#include "app/json.h"

#include <functional>
#include <string>

namespace tilth::app {

/// Asks until the task has ended, and gives its last answer. On a terminal `line` of each answer is
/// shown and overwritten. Errors: the task's own message, as kBadInput where it failed and as
/// kUnavailable where the lab stopped before it was done; kUnavailable also where the lab has gone.
Result<Json> FollowTask(
    HttpClient& client, const std::string& id, const std::function<std::string(const Json&)>& line
);

/// "43 %, about 5 s left"
std::string HowFar(const Json& task);

/// "1200 readings of 4 datastreams (1000 changed, 200 new, 0 gone)", of a task with a difference.
std::string DescribeDifference(const Json& task);

}  // namespace tilth::app
