#include "soil/calibration.h"

#include "base/text.h"
#include "soil/matric.h"
#include "soil/permittivity.h"
#include "soil/zl6.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tilth::soil {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kMostCoefficients = 16;

double FiveTmWaterContent(double raw) {
    return ToppWaterContent(raw / 50.0);
}
double Cs616At20(double period) {
    return Cs616WaterContent(period);
}

constexpr std::array kFormulas{
    ProbeFormula{"topp", "apparent permittivity", "m3/m3", ToppWaterContent},
    ProbeFormula{"teros12-mineral", "calibrated counts", "m3/m3", Teros12MineralWaterContent},
    ProbeFormula{"teros12-soilless", "calibrated counts", "m3/m3", Teros12SoillessWaterContent},
    ProbeFormula{"teros12-permittivity", "calibrated counts", "1", Teros12Permittivity},
    ProbeFormula{"5tm", "raw counts (50 x permittivity)", "m3/m3", FiveTmWaterContent},
    ProbeFormula{"gs3", "apparent permittivity", "m3/m3", Gs3WaterContent},
    ProbeFormula{"10hs", "output in mV", "m3/m3", TenHsWaterContent},
    ProbeFormula{"hydraprobe-loam", "real permittivity", "m3/m3", HydraProbeLoamWaterContent},
    ProbeFormula{"cs616", "period in us at 20 Cel", "m3/m3", Cs616At20},
    ProbeFormula{"zl6-teros12", "logger counts (10 x calibrated)", "m3/m3", Zl6WaterContent},
    ProbeFormula{"zl6-temperature", "logger counts", "Cel", Zl6Temperature},
    ProbeFormula{"zl6-bulk-ec", "logger counts", "mS/cm", Zl6BulkEc},
    ProbeFormula{"zl6-teros21", "logger counts (10^4 pF)", "kPa", Zl6MatricPotential},
    ProbeFormula{
        "decentlab-teros21", "tenths of kPa of suction", "kPa", DecentlabTeros21MatricPotential},
};

bool IsFinite(double x) {
    return std::isfinite(x);
}

}  // namespace

std::span<const ProbeFormula> ProbeFormulas() {
    return kFormulas;
}

Result<Calibration> Calibration::Make(CalibrationText text) {
    const int given = (text.probe.empty() ? 0 : 1) + (text.polynomial.empty() ? 0 : 1) +
                      (text.table.empty() ? 0 : 1);
    if (given != 1) {
        return Fail(
            Fault::kBadInput,
            "a calibration is exactly one of a probe's name, a polynomial or a table; {} given",
            given
        );
    }
    if (text.clamp && text.table.empty())
        return Fail(Fault::kBadInput, "only a table can be clamped");
    auto kind = !text.probe.empty()        ? MakeProbe(text.probe)
                : !text.polynomial.empty() ? MakePolynomial(std::move(text.polynomial))
                                           : MakeTable(std::move(text.table), text.clamp);
    if (!kind) return std::unexpected(std::move(kind.error()));
    return Calibration(*std::move(kind));
}

Result<Calibration::Kind> Calibration::MakeProbe(std::string_view name) {
    const auto* const found = std::ranges::find(kFormulas, name, &ProbeFormula::name);
    if (found != kFormulas.end()) return Kind(found);
    std::vector<std::string_view> names;
    for (const ProbeFormula& known : kFormulas) names.push_back(known.name);
    const std::string_view closest = Closest(name, names);
    if (!closest.empty()) {
        return Fail(
            Fault::kBadInput,
            "no calibration is called \"{}\"; did you mean \"{}\"?",
            Printable(name),
            closest
        );
    }
    return Fail(
        Fault::kBadInput,
        "no calibration is called \"{}\"; known are {}",
        Printable(name),
        fmt::join(names, ", ")
    );
}

Result<Calibration::Kind> Calibration::MakePolynomial(std::vector<double> coefficients) {
    if (coefficients.size() > kMostCoefficients || !std::ranges::all_of(coefficients, IsFinite)) {
        return Fail(
            Fault::kBadInput, "a polynomial has 1 to {} finite coefficients", kMostCoefficients
        );
    }
    return Kind(Poly{std::move(coefficients)});
}

Result<Calibration::Kind> Calibration::MakeTable(
    std::vector<std::array<double, 2>> points, bool clamp
) {
    if (points.size() < 2)
        return Fail(Fault::kBadInput, "a calibration table needs at least two points");
    for (size_t i = 0; i < points.size(); ++i) {
        if (!IsFinite(points[i][0]) || !IsFinite(points[i][1])) {
            return Fail(Fault::kBadInput, "point {} of the calibration table is not finite", i + 1);
        }
        if (i > 0 && !(points[i][0] > points[i - 1][0])) {
            return Fail(
                Fault::kBadInput,
                "raw values of a calibration table must rise; point {} has {} after {}",
                i + 1,
                points[i][0],
                points[i - 1][0]
            );
        }
    }
    return Kind(Table{std::move(points), clamp});
}

double Calibration::Table::At(double raw) const {
    if (std::isnan(raw)) return kNan;
    if (raw < points.front()[0]) return clamp ? points.front()[1] : kNan;
    if (raw > points.back()[0]) return clamp ? points.back()[1] : kNan;
    const auto above =
        std::ranges::lower_bound(points, raw, {}, [](const auto& point) { return point[0]; });
    if ((*above)[0] == raw) return (*above)[1];
    const auto& [x0, y0] = *(above - 1);
    const auto& [x1, y1] = *above;
    return y0 + (y1 - y0) * ((raw - x0) / (x1 - x0));
}

double Calibration::Apply(double raw) const {
    double value = kNan;
    if (const auto* const probe = std::get_if<const ProbeFormula*>(&kind_)) {
        value = (*probe)->apply(raw);
    } else if (const auto* const poly = std::get_if<Poly>(&kind_)) {
        value = Polynomial(poly->coefficients, raw);
    } else {
        value = std::get<Table>(kind_).At(raw);
    }
    return IsFinite(value) ? value : kNan;
}

}  // namespace tilth::soil
