// What a benchmark found, as a table for people: what, measured, target, met.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tilth::app {

struct BenchRow {
    std::string what;
    std::string measured;
    std::string target{};  ///< Empty: a figure that only explains the others.
    std::optional<bool> met{};
};

/// Prints the machine, its load and the rows on standard output.
void PrintReport(const std::vector<BenchRow>& rows);

/// Says on standard error what is being done.
void Progress(const std::string& line);

/// Of at least one value; of an even number the mean of the middle two.
double Median(std::vector<double> values);

/// The value below which `share` (0 to 1) of at least one value lies: nearest rank.
double Percentile(std::vector<double>& values, double share);

}  // namespace tilth::app
