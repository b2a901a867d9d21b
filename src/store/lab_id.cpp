#include "store/lab_id.h"

#include "base/text.h"

namespace tilth {

Status CheckLabId(std::string_view id) {
    if (id.find_first_not_of("0123456789abcdef") == std::string_view::npos) return {};
    return Fail(
        Fault::kBadInput, "\"{}\" is not the id of a lab: hexadecimal digits", Printable(id)
    );
}

Status CheckSameLab(std::string_view found, std::string_view wanted, std::string_view where) {
    if (wanted.empty() || found == wanted) return {};
    return Fail(
        Fault::kConflict,
        "{} is of lab {}, not of lab {}: take an empty place, which no role has opened yet",
        where,
        found,
        wanted
    );
}

}  // namespace tilth
