#include "qc/merge.h"

#include "base/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

namespace tilth::qc {
namespace {

uint64_t Bits(double value) {
    return std::isnan(value) ? ~uint64_t{0} : std::bit_cast<uint64_t>(value);
}

/// Equal for readings that are one; NaN for a missing one.
double Rounded(double value, double resolution) {
    const double steps = resolution > 0 ? std::round(value / resolution) : value;
    return steps + 0.0;  // -0 and 0 are one
}

struct Preference {
    TestSet arrival_tests;

    bool Outside(const Observation& row) const {
        return (row.objected.bits() & arrival_tests.bits()) != 0;
    }
    /// The order of merge.h.
    bool operator()(const Observation& a, const Observation& b) const {
        const auto key = [this](const Observation& row) {
            return std::tuple(
                Outside(row),
                -static_cast<int>(row.rank),
                ~row.number,
                std::isnan(row.value),
                Bits(row.raw_value),
                Bits(row.value),
                row.raw
            );
        };
        return key(a) < key(b);
    }
};

void DropRepeated(
    std::vector<Observation>& rows, size_t first, double resolution, Preference better
) {
    const auto begin = rows.begin() + static_cast<ptrdiff_t>(first);
    const auto bucket = [resolution](const Observation& row) {
        return Bits(Rounded(row.value, resolution));
    };
    std::sort(begin, rows.end(), [&](const Observation& a, const Observation& b) {
        const uint64_t bucket_a = bucket(a);
        const uint64_t bucket_b = bucket(b);
        return bucket_a != bucket_b ? bucket_a < bucket_b : better(a, b);
    });
    const auto same = [&](const Observation& a, const Observation& b) {
        return bucket(a) == bucket(b);
    };
    rows.erase(std::unique(begin, rows.end(), same), rows.end());
}

}  // namespace

uint64_t ReadingId(const Observation& reading) {
    uint64_t id = Mix64(static_cast<uint64_t>(ToMicros(reading.time)));
    id = Mix64(id ^ Bits(reading.raw_value));
    return Mix64(
        id ^ (static_cast<uint64_t>(reading.number) << 3) ^ static_cast<uint64_t>(reading.rank)
    );
}

bool SameReading(double a, double b, double resolution) {
    return Bits(Rounded(a, resolution)) == Bits(Rounded(b, resolution));
}

bool MergeGroup(std::vector<Observation>& rows, size_t first, const MergeRules& rules) {
    const Preference better{rules.arrival_tests};
    if (rows.size() - first > 1) {
        DropRepeated(rows, first, rules.resolution, better);
        std::sort(rows.begin() + static_cast<ptrdiff_t>(first), rows.end(), better);
    }
    const Observation& best = rows[first];
    rows[first].counts = true;
    bool conflict = false;
    for (size_t i = first + 1; i < rows.size(); ++i) {
        Observation& other = rows[i];
        other.counts = false;
        conflict |= other.rank == best.rank && !better.Outside(other) && !std::isnan(other.value);
    }
    std::sort(
        rows.begin() + static_cast<ptrdiff_t>(first) + 1,
        rows.end(),
        [](const Observation& a, const Observation& b) {
            return std::tuple(a.reading_id, Bits(a.value)) <
                   std::tuple(b.reading_id, Bits(b.value));
        }
    );
    return conflict && !better.Outside(best) && !std::isnan(best.value);
}

}  // namespace tilth::qc
