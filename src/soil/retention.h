// The water retention curve of van Genuchten, both ways, and the conductivity that goes with it.
// Pure, thread-safe.
#pragma once

namespace tilth::soil {

/// 1 kPa as a height of water in cm (density 1000 kg/m3, g = 9.80665 m/s2).
constexpr double kCentimetrePerKilopascal = 10.0 / 0.980665;

/// theta = theta_r + (theta_s - theta_r) [1 + (alpha |psi|)^n]^-m, m = 1 - 1/n
/// (van Genuchten 1980, Soil Science Society of America Journal 44:892).
struct VanGenuchten {
    double theta_r;  ///< Residual water content, m3/m3.
    double theta_s;  ///< Saturated water content, m3/m3; > theta_r.
    double alpha;    ///< 1/kPa; > 0.
    double n;        ///< > 1.

    /// Water content (m3/m3) at a matric potential in kPa; theta_s for psi >= 0.
    double WaterContent(double matric_potential) const;
    /// Matric potential in kPa (<= 0) at a water content: 0 at theta_s and above, -infinity at
    /// theta_r and below.
    double MatricPotential(double water_content) const;
    /// Effective saturation (theta - theta_r) / (theta_s - theta_r); not clamped.
    double EffectiveSaturation(double water_content) const;
    /// Mualem's conductivity relative to saturation, 0 to 1, at an effective saturation (clamped to
    /// 0..1): sqrt(S) [1 - (1 - S^(1/m))^m]^2.
    double RelativeConductivity(double effective_saturation) const;
};

}  // namespace tilth::soil
