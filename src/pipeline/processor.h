// Makes the results of one generation: reads the stream from where its cursor stands, and commits
// what follows from the records together with the cursor that moved past them.
#pragma once

#include "base/result.h"
#include "model/site.h"
#include "qc/profiles.h"
#include "store/processed_store.h"
#include "store/stream_store.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tilth::pipeline {

/// A configuration, ready to process by.
struct ProcessingConfig {
    ConfigVersion version{};
    SiteConfig site;
    qc::ProfileSet profiles = qc::ProfileSet::BuiltIn();
};

/// What a step did.
struct StepReport {
    uint64_t records = 0;
    uint64_t readings = 0;
    uint64_t rows = 0;     ///< Written: new, revised and derived.
    uint64_t revised = 0;  ///< Of the rows, where final ones may have stood before.
    uint64_t dead_letters = 0;
    std::map<std::string, uint64_t, std::less<>> dead_letter_codes;
    uint64_t rollups = 0;
    bool caught_up = false;  ///< Nothing that could be read at the start of the step is left. False
                             ///< where its records were read ahead.
    ChangeToken token{};     ///< Of the commit; 0 when nothing was committed.
};

/// Told of the rows of a commit, by whoever made them: so that live clients need not read them
/// back. Views are valid during the call. Called between the commit and the next step; must not
/// block.
using OnCommit = std::function<void(ChangeToken token, std::span<const SeriesChange> changes)>;

struct StepLimits {
    size_t records = 20'000;
    size_t readings = 200'000;
    /// Rows of all series that are kept in memory for late readings (26 MB).
    size_t known_rows = 300'000;
};

class Processor {
  public:
    /// kBadInput: the configuration cannot be processed by (a calibration, unit, derivation or
    /// profile is wrong). The stores must outlive the processor.
    static Result<std::unique_ptr<Processor>> Open(
        StreamStore& stream,
        ProcessedStore& processed,
        GenerationId generation,
        ProcessingConfig config,
        Lease lease
    );
    ~Processor();

    /// One transaction. While the store writes it, what the next step will take of the stream is
    /// read ahead, where there is more. After an error nothing of the step is stored; this
    /// processor must not be used again (its memory is ahead of the store): open another.
    Result<StepReport> Step(const StepLimits& limits, const OnCommit& on_commit = {});

    /// Records that can be read and have not taken effect.
    Result<uint64_t> Lag();

    GenerationId generation() const;
    const ProcessingConfig& config() const;
    /// Bytes held for datastreams between steps.
    size_t MemoryBytes() const;

  private:
    class Impl;
    explicit Processor(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The configuration of a text: site and profiles. kBadInput as in codec/site_yaml.h, qc/profiles.h
/// and for anything a processor would refuse.
Result<ProcessingConfig> ParseConfig(ConfigVersion version, std::string_view text);

/// The tests of a datastream by a configuration: what a processor of it uses. Where the profile's
/// numbers do not fit the unit of a datastream that registered itself, tests that need a unit
/// cannot look.
Result<qc::Checker> CheckerOf(const ProcessingConfig& config, const Datastream& datastream);

}  // namespace tilth::pipeline
