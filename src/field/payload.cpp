#include "field/payload.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

namespace tilth::field {
namespace {

auto End(std::string& out) {
    return std::back_inserter(out);
}

void AppendValue(const Reading& reading, std::string& out) {
    fmt::format_to(End(out), "{:.{}f}", reading.value, Describe(reading.channel).digits);
}

/// RFC 3339 without a string of its own; as base/time.h, milliseconds at most.
void AppendTime(Time t, std::string& out) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(t - day)};
    fmt::format_to(
        End(out),
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count()
    );
    if (clock.subseconds().count() != 0)
        fmt::format_to(End(out), ".{:03}", clock.subseconds().count());
    out += 'Z';
}

}  // namespace

void AppendJson(
    std::string_view node,
    const Transmission& sent,
    std::span<const Reading> readings,
    std::string& out
) {
    fmt::format_to(End(out), R"({{"device":"{}","time":")", node);
    AppendTime(sent.stamp, out);
    fmt::format_to(End(out), R"(","seq":{})", sent.sequence);
    for (const Reading& reading : readings) {
        fmt::format_to(End(out), R"(,"{}":)", Describe(reading.channel).name);
        AppendValue(reading, out);
    }
    out += '}';
}

void AppendNameValue(
    std::string_view node, const Transmission& sent, const Reading& reading, std::string& out
) {
    fmt::format_to(End(out), R"({{"name":"{}.{}","value":)", node, Describe(reading.channel).name);
    AppendValue(reading, out);
    out += R"(,"timestamp":")";
    AppendTime(sent.stamp, out);
    out += "\"}";
}

void AppendSenml(
    std::string_view node,
    const Transmission& sent,
    std::span<const Reading> readings,
    std::string& out
) {
    const auto since = sent.stamp.time_since_epoch();
    fmt::format_to(End(out), R"([{{"bn":"{}:","bt":{})", node, since / std::chrono::seconds{1});
    const auto millis =
        std::chrono::floor<std::chrono::milliseconds>(since % std::chrono::seconds{1});
    if (millis.count() != 0) fmt::format_to(End(out), ".{:03}", millis.count());
    bool first = true;
    for (const Reading& reading : readings) {
        const Channel& channel = Describe(reading.channel);
        fmt::format_to(End(out), R"({}"n":"{}")", first ? "," : ",{", channel.name);
        if (!channel.senml_unit.empty())
            fmt::format_to(End(out), R"(,"u":"{}")", channel.senml_unit);
        out += R"(,"v":)";
        AppendValue(reading, out);
        out += '}';
        first = false;
    }
    if (first) out += '}';
    out += ']';
}

void AppendTopic(
    std::string_view prefix, std::string_view field, std::string_view node, std::string& out
) {
    fmt::format_to(End(out), "{}/{}/{}/up", prefix, field, node);
}

}  // namespace tilth::field
