// Parameters and rows: what goes to the server and what comes back.
#include "backend/postgresql/engine.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace tilth::postgresql {
namespace {

template <class T>
std::string Wire(T value) {
    std::string bytes;
    PutNumber(bytes, value);
    return bytes;
}

}  // namespace

Params& Params::Put(TypeId type, std::string bytes) {
    types_.push_back(static_cast<Oid>(type));
    values_.emplace_back(std::move(bytes));
    return *this;
}

Params& Params::Add(bool value) {
    return Put(TypeId::kBool, std::string(1, value ? '\1' : '\0'));
}
Params& Params::Add(int16_t value) {
    return Put(TypeId::kInt16, Wire(value));
}
Params& Params::Add(int32_t value) {
    return Put(TypeId::kInt32, Wire(value));
}
Params& Params::Add(int64_t value) {
    return Put(TypeId::kInt64, Wire(value));
}
Params& Params::Add(double value) {
    return Put(TypeId::kDouble, Wire(value));
}
Params& Params::Add(std::string_view text) {
    return Put(TypeId::kText, std::string(text));
}
Params& Params::Add(Time time) {
    return Put(TypeId::kTimestamp, Wire(ToWire(time)));
}
Params& Params::AddXid(uint64_t xid) {
    return Put(TypeId::kXid, Wire(static_cast<int64_t>(xid)));
}

Params& Params::Add(std::optional<Time> time, TypeId type) {
    if (time) return Put(type, Wire(ToWire(*time)));
    types_.push_back(static_cast<Oid>(type));
    values_.emplace_back();
    return *this;
}

Params& Params::AddNumberOrNull(double value) {
    if (!std::isnan(value)) return Add(value);
    types_.push_back(static_cast<Oid>(TypeId::kDouble));
    values_.emplace_back();
    return *this;
}

Params& Params::AddBits(std::string_view bytes) {
    return Put(TypeId::kBits, Wire(static_cast<int32_t>(bytes.size() * 8)).append(bytes));
}

Params& Params::Add(std::span<const int32_t> numbers) {
    const auto put = [](std::string& out, int32_t n) { PutNumber(out, n); };
    return Put(TypeId::kInt32Array, ArrayOf(TypeId::kInt32, numbers, put));
}
Params& Params::Add(std::span<const int64_t> numbers) {
    const auto put = [](std::string& out, int64_t n) { PutNumber(out, n); };
    return Put(TypeId::kInt64Array, ArrayOf(TypeId::kInt64, numbers, put));
}
Params& Params::Add(std::span<const Time> times) {
    const auto put = [](std::string& out, Time t) { PutNumber(out, ToWire(t)); };
    return Put(TypeId::kTimestampArray, ArrayOf(TypeId::kTimestamp, times, put));
}

Params& Params::Add(std::span<const Place> places) {
    const auto put = [](std::string& out, const Place& place) {
        out.append(place.data(), place.size());
    };
    return Put(TypeId::kPlaceArray, ArrayOf(TypeId::kPlace, places, put));
}

Place Rows::PlaceAt(size_t row, size_t column) const {
    Place place;
    std::memcpy(place.data(), Cell(row, column), place.size());
    return place;
}

double Rows::NumberOrNan(size_t row, size_t column) const {
    return IsNull(row, column) ? std::numeric_limits<double>::quiet_NaN() : Double(row, column);
}

std::string_view Rows::Bytes(size_t row, size_t column) const {
    const int length = PQgetlength(result_.get(), static_cast<int>(row), static_cast<int>(column));
    return {Cell(row, column), static_cast<size_t>(length)};
}

}  // namespace tilth::postgresql
