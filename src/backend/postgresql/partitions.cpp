#include "backend/postgresql/partitions.h"

namespace tilth::postgresql {
namespace {

constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2099;
constexpr int kMonths = 12;

}  // namespace

std::optional<int32_t> MonthOf(Time time) {
    constexpr Time kFirst = std::chrono::sys_days{std::chrono::year{kFirstYear} / 1 / 1};
    constexpr Time kEnd = std::chrono::sys_days{std::chrono::year{kLastYear + 1} / 1 / 1};
    if (time < kFirst || time >= kEnd) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
    return (static_cast<int>(date.year()) - 1970) * kMonths +
           static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

Time StartOfMonth(int32_t month) {
    const std::chrono::year year{1970 + month / kMonths};
    const std::chrono::month number{static_cast<unsigned>(month % kMonths + 1)};
    return std::chrono::sys_days{year / number / 1};
}

std::string PartitionOf(int32_t month) {
    return fmt::format("observation_{:04}_{:02}", 1970 + month / kMonths, month % kMonths + 1);
}

Status Partitions::Ensure(GenerationId generation, const std::set<int32_t>& months) {
    std::vector<int32_t> missing;
    known_.With([&](const auto& known) {
        for (const int32_t month : months) {
            if (!known.contains({generation, month})) missing.push_back(month);
        }
    });
    for (const int32_t month : missing) {
        TILTH_CHECK(pool_.With([&](Connection& connection) {
            return connection.Run(
                "SELECT tilth.make_partition($1, $2)",
                Params().Add(Raw(generation)).Add(StartOfMonth(month))
            );
        }));
        known_.With([&](auto& known) { known.emplace(generation, month); });
    }
    return {};
}

void Partitions::Forget(GenerationId generation) {
    known_.With([&](auto& known) {
        std::erase_if(known, [&](const auto& entry) { return entry.first == generation; });
    });
}

}  // namespace tilth::postgresql
