#include "base/result.h"

namespace tilth {

const char* Name(Fault fault) {
    switch (fault) {
        case Fault::kUnavailable:
            return "unavailable";
        case Fault::kBadInput:
            return "bad_input";
        case Fault::kNotFound:
            return "not_found";
        case Fault::kConflict:
            return "conflict";
        case Fault::kRefused:
            return "refused";
        case Fault::kCorrupt:
            return "corrupt";
    }
    return "unknown";
}

}  // namespace tilth
