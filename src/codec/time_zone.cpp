#include "codec/time_zone.h"

#include "base/append.h"
#include "base/text.h"
#include "codec/posix_zone.h"

#include <algorithm>
#include <charconv>

namespace tilth::codec {
namespace {

/// Rules are written out up to here; a logger's file is not from later.
constexpr int kLastYear = 2100;

/// Reads big-endian numbers of a TZif file; past the end it gives zeros and is not good any more.
class Bytes {
  public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    bool good() const { return good_; }
    std::string_view Take(size_t count) {
        if (bytes_.size() < count) {
            good_ = false;
            bytes_ = {};
            return {};
        }
        const std::string_view taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    int64_t Number(size_t size) {
        uint64_t value = 0;
        const std::string_view taken = Take(size);
        for (const char c : taken) value = value << 8 | static_cast<unsigned char>(c);
        if (size == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
        return static_cast<int64_t>(value);
    }
    std::string_view rest() const { return bytes_; }

  private:
    std::string_view bytes_;
    bool good_ = true;
};

struct Counts {
    size_t isut, isstd, leap, time, type, chars;
    size_t BlockSize(size_t time_size) const {
        return time * (time_size + 1) + type * 6 + chars + leap * (time_size + 4) + isstd + isut;
    }
};

Counts TakeHeader(Bytes& bytes, char& version) {
    const std::string_view magic = bytes.Take(4);
    const std::string_view rest = bytes.Take(16);
    version = magic == "TZif" && !rest.empty() ? rest[0] : '\0';
    const auto next = [&] { return static_cast<size_t>(bytes.Number(4) & 0xffff'ffff); };
    Counts counts{};
    counts.isut = next();
    counts.isstd = next();
    counts.leap = next();
    counts.time = next();
    counts.type = next();
    counts.chars = next();
    return counts;
}

std::string OffsetName(int32_t seconds) {
    if (seconds == 0) return "Z";
    const int32_t size = seconds < 0 ? -seconds : seconds;
    std::string name =
        fmt::format("{}{:02}:{:02}", seconds < 0 ? '-' : '+', size / 3600, size / 60 % 60);
    if (size % 60 != 0) Append(name, ":{:02}", size % 60);
    return name;
}

/// "+02:00", "-0400", "+02", "-04:56:02" -> seconds.
bool ParseOffset(std::string_view text, int32_t& seconds) {
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
    std::array<int32_t, 3> parts{};
    const bool negative = text[0] == '-';
    text.remove_prefix(1);
    size_t count = 0;
    for (; count < 3 && !text.empty(); ++count) {
        if (count > 0 && text[0] == ':') text.remove_prefix(1);
        const char* const two = text.data() + 2;
        if (text.size() < 2 || std::from_chars(text.data(), two, parts[count]).ptr != two)
            return false;
        if (parts[count] < 0) return false;
        text.remove_prefix(2);
    }
    if (!text.empty() || count == 0 || parts[0] > 23 || parts[1] > 59 || parts[2] > 59)
        return false;
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    if (negative) seconds = -seconds;
    return true;
}

bool TakeChar(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

template <class Integer>
bool TakeInt(std::string_view& text, Integer& value) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    return true;
}

}  // namespace

TimeZone TimeZone::Fixed(Duration offset) {
    TimeZone zone;
    zone.first_offset_ =
        static_cast<int32_t>(std::chrono::floor<std::chrono::seconds>(offset).count());
    zone.name_ = OffsetName(zone.first_offset_);
    return zone;
}

Result<TimeZone> TimeZone::FromTzif(std::string_view name, std::string_view tzif) {
    const auto bad = [&] {
        return Fail(Fault::kBadInput, "the zone file of \"{}\" is no TZif file", Printable(name));
    };
    Bytes bytes(tzif);
    char version = 0;
    Counts counts = TakeHeader(bytes, version);
    if (version < '2')
        return bad();  // Version 1 has only 32-bit times; no system of today writes it.
    bytes.Take(counts.BlockSize(4));
    counts = TakeHeader(bytes, version);
    if (!bytes.good() || version < '2' || counts.type == 0 ||
        counts.BlockSize(8) > bytes.rest().size())
        return bad();

    Bytes times(bytes.Take(counts.time * 8));
    const std::string_view types = bytes.Take(counts.time);
    Bytes type_records(bytes.Take(counts.type * 6));
    bytes.Take(counts.chars + counts.leap * 12 + counts.isstd + counts.isut);
    std::vector<int32_t> offsets;
    for (size_t i = 0; i < counts.type; ++i) {
        offsets.push_back(static_cast<int32_t>(type_records.Number(4)));
        type_records.Take(2);
    }
    TimeZone zone;
    zone.name_ = name;
    zone.first_offset_ = offsets[0];
    for (size_t i = 0; i < counts.time; ++i) {
        const auto type = static_cast<unsigned char>(types[i]);
        if (type >= offsets.size()) return bad();
        zone.transitions_.push_back({times.Number(8), offsets[type]});
    }
    std::string_view footer = bytes.rest();
    if (!TakeChar(footer, '\n')) return bad();
    zone.AddRule(footer.substr(0, footer.find('\n')));
    return zone.Checked() ? Result<TimeZone>(std::move(zone)) : bad();
}

/// Continues the transitions by the rule at the end of a TZif file.
void TimeZone::AddRule(std::string_view posix) {
    PosixRule rule;
    if (!ParsePosixRule(posix, rule) || !rule.has_summer) return;
    const int64_t after = transitions_.empty() ? INT64_MIN : transitions_.back().utc;
    for (int year = 1970; year <= kLastYear; ++year) {
        std::array<Transition, 2> changes{{
            {LocalSecondsOf(rule.begin, year) - rule.standard, rule.summer},
            {LocalSecondsOf(rule.end, year) - rule.summer, rule.standard},
        }};
        if (changes[1].utc < changes[0].utc) std::swap(changes[0], changes[1]);
        for (const Transition& change : changes) {
            if (change.utc > after) transitions_.push_back(change);
        }
    }
}

/// Transitions rise, and no offset is longer than a day or so.
bool TimeZone::Checked() const {
    const auto fits = [](int32_t offset) { return offset > -100'000 && offset < 100'000; };
    for (size_t i = 0; i < transitions_.size(); ++i) {
        if (!fits(transitions_[i].offset)) return false;
        if (i > 0 && transitions_[i].utc <= transitions_[i - 1].utc) return false;
    }
    return fits(first_offset_);
}

Time TimeZone::ToUtc(Time local) const {
    const int64_t wall = std::chrono::floor<std::chrono::seconds>(local).time_since_epoch().count();
    // Of the offsets that may hold around this wall time the first whose period has not ended
    // answers all three cases: in a fold it is the one before the change, in a gap the one before
    // the jump.
    auto next = std::ranges::upper_bound(transitions_, wall - 100'000, {}, &Transition::utc);
    int32_t offset = next == transitions_.begin() ? first_offset_ : std::prev(next)->offset;
    for (; next != transitions_.end() && wall - offset >= next->utc; ++next) {
        // The jump at `next` goes forward and passes over this wall time.
        if (wall - next->offset < next->utc) break;
        offset = next->offset;
    }
    return local - std::chrono::seconds{offset};
}

std::string TimeZone::Text() const {
    std::string text = name_;
    if (transitions_.empty() && name_ == OffsetName(first_offset_)) return text;
    Append(text, ";{}", first_offset_);
    for (const Transition& transition : transitions_)
        Append(text, ";{},{}", transition.utc, transition.offset);
    return text;
}

Result<TimeZone> TimeZone::FromText(std::string_view text) {
    const auto bad = [&] {
        return Fail(Fault::kCorrupt, "\"{}\" is no time zone", Printable(text));
    };
    size_t end = std::min(text.find(';'), text.size());
    TimeZone zone;
    zone.name_ = text.substr(0, end);
    if (end == text.size()) {
        if (text == "Z") return zone;
        if (!ParseOffset(text, zone.first_offset_)) return bad();
        return zone;
    }
    text.remove_prefix(end + 1);
    if (!TakeInt(text, zone.first_offset_)) return bad();
    while (TakeChar(text, ';')) {
        Transition next{};
        const auto [stop, error] =
            std::from_chars(text.data(), text.data() + text.size(), next.utc);
        if (error != std::errc{}) return bad();
        text.remove_prefix(static_cast<size_t>(stop - text.data()));
        if (!TakeChar(text, ',') || !TakeInt(text, next.offset)) return bad();
        zone.transitions_.push_back(next);
    }
    if (!text.empty() || !zone.Checked()) return bad();
    return zone;
}

Result<TimeZone> ParseTimeZone(std::string_view text, const ZoneLoader& load) {
    int32_t seconds = 0;
    if (text == "Z" || text == "z" || text == "UTC" || text == "GMT") return TimeZone{};
    const bool prefixed = text.starts_with("UTC") || text.starts_with("GMT");
    if (ParseOffset(prefixed ? text.substr(3) : text, seconds)) {
        return TimeZone::Fixed(std::chrono::seconds{seconds});
    }
    const Result<std::string> tzif = load(text);
    if (!tzif) {
        return Fail(
            Fault::kBadInput,
            "\"{}\" is no time zone; write Z, an offset such as -04:00, or a name such as "
            "America/New_York ({})",
            Printable(text),
            tzif.error().message
        );
    }
    return TimeZone::FromTzif(text, *tzif);
}

}  // namespace tilth::codec
