#include "app/bench_report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace tilth::app {
namespace {

std::string Processor() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("model name")) continue;
        return line.substr(std::min(line.find(": "), line.size() - 2) + 2);
    }
    return "unknown processor";
}

double Load() {
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

}  // namespace

void PrintReport(const std::vector<BenchRow>& rows) {
    utsname system{};
    uname(&system);
    fmt::print(
        "machine    {} x {}, {} {}; load {:.1f} at the end\n\n",
        std::thread::hardware_concurrency(),
        Processor(),
        system.sysname,
        system.release,
        Load()
    );
    size_t what = 4;
    size_t measured = 8;
    size_t target = 6;
    for (const BenchRow& row : rows) {
        what = std::max(what, row.what.size());
        measured = std::max(measured, row.measured.size());
        target = std::max(target, row.target.size());
    }
    const auto print =
        [&](const std::string& a, const std::string& b, const std::string& c, const char* d) {
            fmt::print("{:<{}}  {:>{}}  {:>{}}  {}\n", a, what, b, measured, c, target, d);
        };
    print("what", "measured", "target", "met");
    for (const BenchRow& row : rows) {
        print(row.what, row.measured, row.target, !row.met ? "" : *row.met ? "yes" : "no");
    }
    std::fflush(stdout);
}

void Progress(const std::string& line) {
    fmt::print(stderr, "{}\n", line);
}

double Median(std::vector<double> values) {
    std::ranges::sort(values);
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Percentile(std::vector<double>& values, double share) {
    std::ranges::sort(values);
    const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::clamp<size_t>(rank, 1, values.size()) - 1];
}

}  // namespace tilth::app
