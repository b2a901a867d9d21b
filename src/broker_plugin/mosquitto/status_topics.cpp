#include "broker_plugin/mosquitto/status_topics.h"

#include <fmt/format.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>

#include <algorithm>

namespace tilth::broker_plugin {
namespace {

constexpr uint64_t kMostMinutes = 999'999;

void Retain(std::string_view name, const std::string& value) {
    const std::string topic = fmt::format("$SYS/tilth/{}", name);
    mosquitto_broker_publish_copy(
        nullptr, topic.c_str(), static_cast<int>(value.size()), value.data(), 0, true, nullptr
    );
}

void Retain(std::string_view name, uint64_t value) {
    Retain(name, fmt::format("{}", value));
}

uint64_t MinutesLeft(const WriterStatus& status, uint64_t written, Duration time) {
    if (written == 0) return kMostMinutes;
    const auto room =
        static_cast<double>(status.limit_bytes - std::min(status.limit_bytes, status.used_bytes));
    const double seconds = room / static_cast<double>(written) * ToSeconds(time);
    return static_cast<uint64_t>(std::min(seconds / 60, static_cast<double>(kMostMinutes)));
}

}  // namespace

void StatusTopics::Publish(const Facts& facts, Time now) {
    const WriterStatus& writer = facts.writer;
    const uint64_t written = writer.written_bytes - written_;
    Retain("run", std::string(facts.run));
    Retain("journal/sync", std::string(facts.sync));
    Retain("journal/messages", writer.records);
    Retain("journal/depth", writer.depth);
    Retain("journal/bytes", writer.used_bytes);
    Retain("journal/limit_bytes", writer.limit_bytes);
    Retain("journal/minutes_left", MinutesLeft(writer, written, now - last_));
    Retain(
        "journal/sync_us",
        writer.syncs == 0 ? 0 : static_cast<uint64_t>(writer.sync_total.count()) / writer.syncs
    );
    Retain("journal/sync_longest_us", static_cast<uint64_t>(writer.sync_longest.count()));
    Retain("journal/refused", writer.refused);
    Retain("journal/recovered", facts.recovered);
    Retain("journal/absent", facts.absent);
    // An empty message would remove the topic.
    Retain("journal/last_error", writer.last_error.empty() ? "none" : writer.last_error);
    last_ = now;
    written_ = writer.written_bytes;
}

}  // namespace tilth::broker_plugin
