#include "backend/postgresql/row_layout.h"

#include <array>
#include <cmath>

namespace tilth::postgresql {
namespace {

constexpr int16_t kObservationCells = 16;
constexpr int16_t kRollupCells = 13;
constexpr int16_t kCheckpointCells = 4;

constexpr std::array kRollupNumbers = {
    &Rollup::min,
    &Rollup::max,
    &Rollup::mean,
    &Rollup::sd,
    &Rollup::first,
    &Rollup::last,
    &Rollup::p10,
    &Rollup::p50,
    &Rollup::p90,
};

/// Writes into memory that is known to be long enough: a row is written some million times.
class Pen {
  public:
    explicit Pen(char* at) : at_(at) {}

    template <class T>
    void Raw(T value) {
        const T wire = BigEndian(value);
        std::memcpy(at_, &wire, sizeof wire);
        at_ += sizeof wire;
    }
    template <class T>
    void Cell(T value) {
        Raw(static_cast<int32_t>(sizeof value));
        Raw(value);
    }
    void Number(double value) {
        if (std::isnan(value)) {
            Raw(int32_t{-1});
        } else {
            Cell(std::bit_cast<int64_t>(value));
        }
    }
    char* at() const { return at_; }

  private:
    char* at_;
};

/// Most bytes of a row of numbers: each cell has its length before it.
constexpr size_t kRoom = 16 * (sizeof(int32_t) + sizeof(int64_t)) + sizeof(int16_t);

template <class Write>
void PutWith(std::string& out, Write write) {
    const size_t before = out.size();
    out.resize(before + kRoom);
    Pen pen(out.data() + before);
    write(pen);
    out.resize(static_cast<size_t>(pen.at() - out.data()));
}

template <class T>
T Bits(const Rows& rows, size_t row, size_t column) {
    return static_cast<T>(rows.Get<std::make_signed_t<T>>(row, column));
}

}  // namespace

void PutRow(std::string& out, int32_t series, const Observation& row) {
    PutWith(out, [&](Pen& pen) {
        pen.Raw(kObservationCells);
        pen.Cell(series);
        pen.Cell(ToWire(row.time));
        pen.Number(row.value);
        pen.Number(row.raw_value);
        pen.Cell(ToOrdered(row.reading_id));
        pen.Cell(row.number);
        pen.Cell(Raw(row.raw.writer));
        pen.Cell(static_cast<int64_t>(row.raw.sequence));
        pen.Cell(static_cast<int64_t>(row.objected.bits()));
        pen.Cell(static_cast<int64_t>(row.not_evaluated.bits()));
        pen.Cell(static_cast<int32_t>(row.raw.position));
        pen.Cell(static_cast<int32_t>(row.manual_flag));
        pen.Cell(static_cast<int16_t>(row.flag));
        pen.Cell(static_cast<int16_t>(row.rank));
        pen.Cell(static_cast<int8_t>(row.counts));
        pen.Cell(static_cast<int8_t>(row.provisional));
    });
}

void TakeRow(const Rows& rows, size_t row, size_t first, Observation& out) {
    size_t at = first;
    out.time = rows.TimeAt(row, at++);
    out.value = rows.NumberOrNan(row, at++);
    out.raw_value = rows.NumberOrNan(row, at++);
    out.reading_id = FromOrdered(rows.Get<int64_t>(row, at++));
    out.number = rows.Get<int64_t>(row, at++);
    out.raw.writer = WriterId{rows.Get<int64_t>(row, at++)};
    out.raw.sequence = Bits<uint64_t>(rows, row, at++);
    out.objected = TestSet(Bits<uint64_t>(rows, row, at++));
    out.not_evaluated = TestSet(Bits<uint64_t>(rows, row, at++));
    out.raw.position = Bits<uint32_t>(rows, row, at++);
    out.manual_flag = Bits<uint32_t>(rows, row, at++);
    out.flag = static_cast<QualityFlag>(rows.Get<int16_t>(row, at++));
    out.rank = static_cast<SourceRank>(rows.Get<int16_t>(row, at++));
    out.counts = rows.Bool(row, at++);
    out.provisional = rows.Bool(row, at++);
}

void PutRow(std::string& out, int32_t series, const Rollup& row) {
    PutWith(out, [&](Pen& pen) {
        pen.Raw(kRollupCells);
        pen.Cell(series);
        pen.Cell(ToWire(row.start));
        pen.Cell(int64_t{row.count});
        pen.Cell(int64_t{row.good_count});
        for (const auto member : kRollupNumbers) pen.Number(row.*member);
    });
}

void TakeRow(const Rows& rows, size_t row, size_t first, Rollup& out) {
    size_t at = first;
    out.start = rows.TimeAt(row, at++);
    out.count = static_cast<uint32_t>(rows.Get<int64_t>(row, at++));
    out.good_count = static_cast<uint32_t>(rows.Get<int64_t>(row, at++));
    for (const auto member : kRollupNumbers) out.*member = rows.NumberOrNan(row, at++);
}

void PutRow(std::string& out, int32_t series, const Checkpoint& row) {
    PutWith(out, [&](Pen& pen) {
        pen.Raw(kCheckpointCells);
        pen.Cell(series);
        pen.Cell(ToWire(row.time));
        pen.Cell(int32_t{row.test});
        pen.Raw(static_cast<int32_t>(row.state.size()));
    });
    out += row.state;
}

void TakeRow(const Rows& rows, size_t row, size_t first, Checkpoint& out) {
    out.time = rows.TimeAt(row, first);
    out.test = rows.Get<int32_t>(row, first + 1);
    out.state = rows.Bytes(row, first + 2);
}

}  // namespace tilth::postgresql
