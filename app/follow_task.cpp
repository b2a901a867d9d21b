#include "app/follow_task.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace tilth::app {
namespace {

constexpr std::chrono::milliseconds kPause{50};

Fault FaultOf(const std::string& state) {
    return state == "failed" ? Fault::kBadInput : Fault::kUnavailable;
}

}  // namespace

Result<Json> FollowTask(
    HttpClient& client, const std::string& id, const std::function<std::string(const Json&)>& line
) {
    const bool is_terminal = isatty(STDERR_FILENO) != 0;
    for (;;) {
        TILTH_TRY(const HttpAnswer answer, client.Get("/api/v1/tasks/" + UrlEncode(id)));
        TILTH_TRY(Json task, Json::Parse(answer.body));
        const std::string state = task.Text("state");
        const bool goes_on = state == "running" || state == "waiting";
        if (is_terminal) fmt::print(stderr, "\r\x1b[K{}", goes_on ? line(task) : "");
        if (state == "done") return task;
        if (!goes_on) return Fail(FaultOf(state), "{}", task.Text("message"));
        std::this_thread::sleep_for(kPause);
    }
}

std::string HowFar(const Json& task) {
    const double total = task.Number("total");
    if (task.Text("state") == "waiting") return "waiting for other work";
    if (total <= 0) return "beginning";
    std::string text = fmt::format("{:.0f} %", 100 * task.Number("done") / total);
    const double left = task.Number("seconds_left");
    if (left >= 1) text += fmt::format(", about {:.0f} s left", left);
    return text;
}

std::string DescribeDifference(const Json& task) {
    const double changed = task.Number("difference.changed");
    const double added = task.Number("difference.added");
    const double removed = task.Number("difference.removed");
    const double datastreams = task.Number("difference.datastreams");
    if (changed + added + removed == 0) return "no reading";
    return fmt::format(
        "{:.0f} reading{} of {:.0f} datastream{} ({:.0f} changed, {:.0f} new, {:.0f} gone)",
        changed + added + removed,
        changed + added + removed == 1 ? "" : "s",
        datastreams,
        datastreams == 1 ? "" : "s",
        changed,
        added,
        removed
    );
}

}  // namespace tilth::app
