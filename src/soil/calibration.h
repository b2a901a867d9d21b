// From a raw reading to a calibrated value: a probe's published formula, one's own polynomial, or a
// table.
#pragma once

#include "base/result.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tilth::soil {

/// A published formula that a site can name.
struct ProbeFormula {
    std::string_view name;   ///< For example "teros12-mineral".
    std::string_view input;  ///< What it takes, with unit.
    std::string_view
        output;  ///< UCUM unit of what it gives: "m3/m3", "1", "Cel", "mS/cm" or "kPa".
    double (*apply)(double);
};

/// All of them, in the order they are documented.
std::span<const ProbeFormula> ProbeFormulas();

/// A calibration as a site writes it; exactly one of the three is given.
struct CalibrationText {
    /// A name of ProbeFormulas().
    std::string probe = {};
    /// Coefficients in rising powers: {offset, slope, ...}.
    std::vector<double> polynomial = {};
    /// {raw, value}; at least two, raw rising strictly.
    std::vector<std::array<double, 2>> table = {};
    /// Table only: outside it, its end value instead of no value.
    bool clamp = false;
};

/// A value; copies are independent. Thread-safe to apply.
class Calibration {
  public:
    /// kBadInput where none or several of the three are given, a name is unknown (with a
    /// suggestion), a number is not finite, there are more than 16 coefficients, or a table does
    /// not rise.
    static Result<Calibration> Make(CalibrationText text);

    /// The calibrated value, in the formula's unit. NaN for NaN, for a probe's error code, for a
    /// raw value outside a table that is not clamped, and where a result is not finite: never an
    /// invented value.
    double Apply(double raw) const;

  private:
    struct Poly {
        std::vector<double> coefficients;
    };
    struct Table {
        std::vector<std::array<double, 2>> points;
        bool clamp;

        double At(double raw) const;
    };
    using Kind = std::variant<const ProbeFormula*, Poly, Table>;

    static Result<Kind> MakeProbe(std::string_view name);
    static Result<Kind> MakePolynomial(std::vector<double> coefficients);
    static Result<Kind> MakeTable(std::vector<std::array<double, 2>> points, bool clamp);

    explicit Calibration(Kind kind) : kind_(std::move(kind)) {}

    Kind kind_;
};

}  // namespace tilth::soil
