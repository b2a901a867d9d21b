#include "pipeline/sent_units.h"

#include "base/text.h"

namespace tilth::pipeline {

Result<UnitConversion> SentUnits::Convert(std::string_view from, std::string_view to) {
    if (from == to) return UnitConversion{};
    if (from.size() > kMaxLength) {
        return Fail(
            Fault::kBadInput,
            "\"{}...\" is not a unit: it has {} bytes",
            Printable(from, 16),
            from.size()
        );
    }
    key_.assign(from);
    key_.push_back('\0');
    key_.append(to);
    const auto found = answers_.find(std::string_view(key_));
    if (found != answers_.end()) return found->second;
    if (answers_.size() == kMaxPairs) {
        return Fail(
            Fault::kRefused,
            "unit \"{}\": {} different units were sent before, which is the limit",
            Printable(from),
            kMaxPairs
        );
    }
    return answers_.emplace(key_, ConvertUnits(from, to)).first->second;
}

}  // namespace tilth::pipeline
