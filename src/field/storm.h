// One storm: rain that rises and falls like a bell. Pure, thread-safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tilth::field {

/// Times in seconds since 1970. A default storm brings nothing.
struct Storm {
    double start = 0.0;
    double duration = 1.0;  ///< s, > 0.
    double depth = 0.0;     ///< mm in all.

    /// Intensity in mm/h: (depth / duration)(1 - cos 2 pi x), x the part of the duration that has
    /// gone.
    double Rate(double seconds) const {
        const double x = (seconds - start) / duration;
        if (x <= 0.0 || x >= 1.0) return 0.0;
        return 3600.0 * depth / duration * (1.0 - std::cos(2.0 * std::numbers::pi * x));
    }

    /// What has fallen up to a time, mm: the integral of Rate.
    double Fallen(double seconds) const {
        const double x = std::clamp((seconds - start) / duration, 0.0, 1.0);
        return depth * (x - std::sin(2.0 * std::numbers::pi * x) / (2.0 * std::numbers::pi));
    }
};

}  // namespace tilth::field
