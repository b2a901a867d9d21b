// The tests of one datastream, ready to run: what a profile says about it, with numbers in its
// unit.
#pragma once

#include "model/datastream.h"
#include "qc/test.h"

#include <memory>
#include <string>
#include <vector>

namespace tilth::qc {

/// A datastream whose values a test reads: the same thing's, at the same depth and with the same
/// label.
struct CompanionUse {
    std::string name;  ///< Datastream::name; it need not exist.
    DatastreamId id{};
    Duration tolerance{};  ///< How old a value may be.
};

/// What must be computed again in a series when its companion changed in a range: the rows that can
/// see a changed value.
TimeRange DependentRange(TimeRange changed, const CompanionUse& use);

struct CheckerParts {
    DatastreamId datastream{};
    double resolution = 0;  ///< Datastream::resolution
    std::string profile;    ///< "soil 1"
    bool conflict = false;  ///< Flag different readings at one time.
    bool skip_failed =
        false;  ///< From level 2 on a value that failed at level 1 is seen as missing.
    std::vector<std::unique_ptr<const ArrivalTest>> arrival;
    std::vector<std::unique_ptr<const WindowTest>> windows;
    std::vector<std::unique_ptr<const FoldTest>> folds;
    std::vector<CompanionUse> companions;
};

/// Immutable; thread-safe.
class Checker {
  public:
    /// Requires: no two tests with one number; folds and windows of level 1 or more.
    explicit Checker(CheckerParts parts);

    DatastreamId datastream() const { return parts_.datastream; }
    double resolution() const { return parts_.resolution; }
    const std::string& profile() const { return parts_.profile; }
    bool conflict() const { return parts_.conflict; }
    bool skip_failed() const { return parts_.skip_failed; }
    const std::vector<CompanionUse>& companions() const { return parts_.companions; }
    const std::vector<std::unique_ptr<const ArrivalTest>>& arrival() const {
        return parts_.arrival;
    }
    /// By level.
    const std::vector<std::unique_ptr<const WindowTest>>& windows() const { return parts_.windows; }
    const std::vector<std::unique_ptr<const FoldTest>>& folds() const { return parts_.folds; }

    /// How far a change can be felt and how much around a row is needed to judge it: the widest
    /// reach of each level, added up over the levels.
    const Reach& reach() const { return reach_; }
    int levels() const { return levels_; }  ///< The highest level.
    TestSet arrival_tests() const { return arrival_tests_; }
    TestSet tests() const { return tests_; }
    /// Those of a level below `level`; level in [0, levels()].
    TestSet TestsBelow(int level) const { return below_[static_cast<size_t>(level)]; }

  private:
    TestSet Below(int level) const;

    CheckerParts parts_;
    Reach reach_;
    int levels_ = 0;
    TestSet arrival_tests_;
    TestSet tests_;
    std::vector<TestSet> below_;
};

}  // namespace tilth::qc
