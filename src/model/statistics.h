// Statistics of a handful of numbers, the same bits for the same numbers in the same order.
// Roll-ups, the open bucket and aggregates all use these, so that a day asked for today and a day
// stored yesterday agree.
#pragma once

#include <span>

namespace tilth {

struct Moments {
    double mean;  ///< NaN of none
    double sd;    ///< Sample standard deviation (n - 1); NaN below two values
};

/// By two passes in the order given.
Moments MomentsOf(std::span<const double> values);

/// Quantile of type 7 (linear between order statistics; Hyndman and Fan 1996), the default of R and
/// NumPy. Reorders the values; the result does not depend on their order. `p` is in [0, 1]; NaN of
/// none.
double QuantileOf(std::span<double> values, double p);

}  // namespace tilth
