#include "model/units.h"

#include "base/text.h"

#include <udunits2.h>

#include <array>
#include <mutex>
#include <string>

namespace tilth {
namespace {

/// UCUM spells some units in ways UDUNITS-2 does not read; the rest are the same in both.
std::string ToUdunits(std::string_view ucum) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kNames{{
        {"Cel", "degC"},
        {"[degF]", "degF"},
        {"m3/m3", "m3 m-3"},
        {"m3/m3*100", "percent"},
        {"%RH", "percent"},
        {"%", "percent"},
        {"[pH]", "1"},
        {"dBm", "1"},
        {"dB[mW]", "1"},
        {"cm[H2O]", "cmH2O"},
        {"", "1"},
    }};
    for (const auto& [name, udunits] : kNames) {
        if (ucum == name) return std::string(udunits);
    }
    return std::string(ucum);
}

struct UnitFree {
    void operator()(ut_unit* unit) const { ut_free(unit); }
};
using UnitPtr = std::unique_ptr<ut_unit, UnitFree>;

/// The unit database of UDUNITS-2; its functions are not thread-safe, hence the lock around every
/// use.
class UnitSystem {
  public:
    static UnitSystem& Instance() {
        static UnitSystem system;
        return system;
    }

    std::mutex& Lock() { return mutex_; }

    Result<UnitPtr> Parse(std::string_view name) const {
        if (system_ == nullptr) {
            return Fail(
                Fault::kUnavailable,
                "the unit database of UDUNITS-2 cannot be read; install libudunits2-data"
            );
        }
        const std::string text = ToUdunits(name);
        // ut_parse reads ill-formed bytes as some Latin-1 unit.
        UnitPtr unit(IsUtf8(text) ? ut_parse(system_, text.c_str(), UT_UTF8) : nullptr);
        if (!unit) {
            return Fail(
                Fault::kBadInput,
                "\"{}\" is not a unit; expected a UCUM name such as m3/m3, Cel, kPa or mS/cm",
                Printable(name)
            );
        }
        return unit;
    }

  private:
    UnitSystem() {
        ut_set_error_message_handler(ut_ignore);
        system_ = ut_read_xml(nullptr);
    }

    std::mutex mutex_;
    ut_system* system_ = nullptr;
};

}  // namespace

Result<UnitConversion> ConvertUnits(std::string_view from, std::string_view to) {
    if (from == to) return UnitConversion{};
    UnitSystem& system = UnitSystem::Instance();
    const std::scoped_lock lock(system.Lock());
    TILTH_TRY(const UnitPtr source, system.Parse(from));
    TILTH_TRY(const UnitPtr target, system.Parse(to));
    cv_converter* converter = ut_get_converter(source.get(), target.get());
    if (converter == nullptr) {
        return Fail(
            Fault::kBadInput,
            "\"{}\" cannot be converted to \"{}\": they measure different things",
            from,
            to
        );
    }
    const double at_zero = cv_convert_double(converter, 0.0);
    const double at_one = cv_convert_double(converter, 1.0);
    cv_free(converter);
    return UnitConversion{at_one - at_zero, at_zero};
}

Status CheckUnit(std::string_view unit) {
    UnitSystem& system = UnitSystem::Instance();
    const std::scoped_lock lock(system.Lock());
    TILTH_TRY(const UnitPtr parsed, system.Parse(unit));
    return {};
}

}  // namespace tilth
