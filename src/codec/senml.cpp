#include "codec/senml.h"

#include "base/text.h"
#include "codec/message_value.h"
#include "codec/topic_filter.h"

#include <array>
#include <cmath>

namespace tilth::codec {

struct SenmlMessage::Record {
    std::string_view name;
    std::string_view unit;
    double time = 0;
    double value = 0;
    bool has_value = false;
    bool missing = false;  ///< "v" is null.
    bool other_value = false;
    uint32_t seen = 0;  ///< Bit i: kLabels[i] was there.
};

namespace {

enum Label { kBn, kBt, kBu, kBv, kBs, kBver, kN, kU, kV, kVs, kVb, kVd, kS, kT, kUt, kLabelCount };
constexpr std::array<std::string_view, kLabelCount> kLabels{
    "bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut"};
constexpr double kRelativeLimit = 0x1p28;
constexpr double kHighestVersion = 10;
constexpr size_t kMaxRecords = 4 * kMaxReadingsPerMessage;

Label LabelOf(std::string_view key) {
    for (size_t i = 0; i < kLabels.size(); ++i) {
        if (key == kLabels[i]) return static_cast<Label>(i);
    }
    return kLabelCount;
}

bool IsSeparator(char c) {
    return c == ':' || c == '/';
}

/// Where the first `count` parts of a name end, or its length when it has no more.
size_t EndOfParts(std::string_view name, int count) {
    for (size_t i = 0; i < name.size(); ++i) {
        if (IsSeparator(name[i]) && --count == 0) return i;
    }
    return name.size();
}

std::string_view Part(std::string_view name, int index) {
    const size_t begin = index == 0 ? 0 : EndOfParts(name, index) + 1;
    if (begin > name.size()) return {};
    name.remove_prefix(begin);
    return name.substr(0, EndOfParts(name, 1));
}

/// How many bytes at the front of a name belong to the device whatever follows.
size_t LengthOfUrn(std::string_view name) {
    if (!name.starts_with("urn:")) return 0;
    const std::string_view kind = Part(name, 2);
    const bool rfc9039 = Part(name, 1) == "dev" && (kind == "mac" || kind == "ow" ||
                                                    kind == "org" || kind == "os" || kind == "ops");
    return EndOfParts(name, rfc9039 ? 4 : 3);
}

}  // namespace

DecodeStatus SenmlMessage::Decode(
    const simdjson::dom::element& root,
    const MessageContext& context,
    std::vector<DecodedReading>& out
) {
    simdjson::dom::array pack;
    if (root.get(pack) != simdjson::SUCCESS) {
        return Refuse("bad_senml", "a SenML message is an array of records");
    }
    *this = {};
    size_t count = 0;
    for (const simdjson::dom::element element : pack) {
        if (++count > kMaxRecords) {
            return Refuse("too_many_values", "the message has more than {} records", kMaxRecords);
        }
        Record record;
        TILTH_CHECK(ReadRecord(element, record));
        TILTH_CHECK(AddReading(record, context, out));
    }
    if (out.empty()) return Refuse("no_value", "no record of the message has a number");
    return {};
}

/// Puts one field where it belongs; false when it has a value that it cannot have.
bool SenmlMessage::Assign(int label, const simdjson::dom::element& value, Record& record) {
    const auto is = [](simdjson::error_code error) { return error == simdjson::SUCCESS; };
    double version = 0;
    bool truth = false;
    switch (label) {
        case kBn:
            return is(value.get(base_name_));
        case kBu:
            return is(value.get(base_unit_));
        case kBt:
            return ToDouble(value, base_time_);
        case kBv:
            return has_base_value_ = ToDouble(value, base_value_);
        case kBver:
            return ToDouble(value, version) && version <= kHighestVersion;
        case kN:
            return is(value.get(record.name));
        case kU:
            return is(value.get(record.unit));
        case kT:
            return ToDouble(value, record.time);
        case kV:
            record.missing = value.is_null();
            return record.has_value = record.missing || ToDouble(value, record.value);
        case kVb:
            record.has_value = is(value.get(truth));
            record.value = truth ? 1 : 0;
            return record.has_value;
        case kVs:
        case kVd:
        case kS:
            record.other_value = true;
            return true;
        default:
            return true;
    }
}

DecodeStatus SenmlMessage::ReadRecord(const simdjson::dom::element& element, Record& record) {
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) {
        return Refuse("bad_senml", "a SenML record is an object");
    }
    for (const auto& [key, value] : object) {
        const Label label = LabelOf(key);
        if (label == kLabelCount) {
            if (!key.ends_with('_')) continue;
            return Refuse(
                "bad_senml", "the field \"{}\" must be understood, and is not known", Printable(key)
            );
        }
        if ((record.seen >> label & 1) != 0) {
            return Refuse("duplicate_key", "the field \"{}\" stands twice in a record", key);
        }
        record.seen |= 1u << label;
        if (!Assign(label, value, record)) {
            return Refuse("bad_senml", "the field \"{}\" has a value it cannot have in SenML", key);
        }
    }
    return {};
}

DecodeStatus SenmlMessage::AddReading(
    const Record& record, const MessageContext& context, std::vector<DecodedReading>& out
) {
    const bool base_only = !record.has_value && !record.other_value && has_base_value_;
    if (!record.has_value && !base_only) return {};
    if (out.size() == kMaxReadingsPerMessage) {
        return Refuse(
            "too_many_values", "the message has more than {} values", kMaxReadingsPerMessage
        );
    }
    DecodedReading reading;
    SplitName(record, context, reading);
    if (reading.device.empty()) {
        return Refuse("no_device", "a record has neither a name nor a base name");
    }
    const Status device = CheckKey(reading.device, "the device key");
    if (!device) return Refuse("bad_key", "{}", device.error().message);
    const Status channel = CheckKey(reading.channel, "the name of a value");
    if (!channel) return Refuse("bad_key", "{}", channel.error().message);

    const bool numeric = (record.seen >> kVb & 1) == 0;
    if (!record.missing) {
        reading.value = WithoutNegativeZero(record.value + (numeric ? base_value_ : 0));
        if (!std::isfinite(reading.value)) {
            return Refuse(
                "bad_number", "base value and value of \"{}\" add up to infinity", reading.channel
            );
        }
    }
    reading.unit = record.unit.empty() ? base_unit_ : record.unit;
    const double seconds = base_time_ + record.time;
    reading.time = context.received_at;
    if (seconds != 0) {
        const double arrival = static_cast<double>(ToMicros(context.received_at)) * 1e-6;
        TILTH_TRY(
            reading.time, TimeFromSeconds(seconds < kRelativeLimit ? arrival + seconds : seconds)
        );
        reading.has_time = true;
    }
    out.push_back(reading);
    return {};
}

void SenmlMessage::SplitName(
    const Record& record, const MessageContext& context, DecodedReading& reading
) {
    const std::string_view whole = record.name.empty() ? base_name_ : record.name;
    if (!base_name_.empty() && !record.name.empty()) {
        reading.device = base_name_;
        reading.channel = record.name;
    } else {
        const size_t urn = LengthOfUrn(whole);
        const size_t last = whole.find_last_of(":/");
        const bool split = last != std::string_view::npos && last >= urn;
        reading.device = whole.substr(0, split ? last : whole.size());
        reading.channel = split ? whole.substr(last + 1) : std::string_view{};
    }
    if (context.mapping.device_level >= 0) {
        if (reading.channel.empty()) reading.channel = reading.device;
        reading.device = TopicLevel(context.topic, context.mapping.device_level);
    }
    while (!reading.device.empty() && IsSeparator(reading.device.back()))
        reading.device.remove_suffix(1);
    if (reading.channel.empty()) reading.channel = "value";
}

}  // namespace tilth::codec
