// From raw records to readings by datastream: decode, identify, calibrate. What cannot be
// understood is a dead letter.
#pragma once

#include "base/result.h"
#include "codec/decoder.h"
#include "codec/file_block.h"
#include "model/manual_flag.h"
#include "pipeline/identify.h"
#include "qc/engine_types.h"
#include "store/processed_store.h"

#include <span>
#include <utility>
#include <vector>

namespace tilth::pipeline {

/// Readings gathered from a batch of records. One for each processor, used again from batch to
/// batch: in steady state a message costs no allocation.
class Intake {
  public:
    /// The configuration must outlive the intake.
    static Result<Intake> Make(const SiteConfig& config);

    /// Takes in one record. Never fails for what the record holds: what is wrong with it becomes a
    /// dead letter.
    void Take(const RawRecordView& record);

    /// Indices (Target::series) of the datastreams that got readings since Clear.
    const std::vector<size_t>& touched() const { return touched_; }
    std::span<const qc::Arrival> ArrivalsOf(size_t series) const { return arrivals_[series]; }
    const std::vector<DeadLetter>& dead_letters() const { return dead_letters_; }
    const std::vector<ManualFlag>& manual_flags() const { return manual_flags_; }
    /// Both may be taken ahead of Clear, by who needs them longer.
    std::vector<DeadLetter> TakeDeadLetters() { return std::exchange(dead_letters_, {}); }
    std::vector<ManualFlag> TakeManualFlags() { return std::exchange(manual_flags_, {}); }
    size_t readings() const { return readings_; }
    size_t records() const { return records_; }
    void Clear();

    Identifier& identifier() { return identifier_; }

  private:
    Intake(const SiteConfig& config, Identifier identifier);

    void TakeMessage(const RawRecordView& record);
    void TakeBlock(const RawRecordView& record);
    void TakeColumn(const RawRecordView& record, const codec::BlockColumn& column);
    void RefuseColumn(
        const RawRecordView& record,
        const codec::BlockColumn& column,
        uint32_t position,
        const Error& why
    );
    void TakeBadCells(
        const RawRecordView& record,
        const codec::FileBlock& block,
        const codec::BlockReadings& readings
    );
    void TakeOversized(const RawRecordView& record);
    void TakeManualFlag(const RawRecordView& record);
    const MessageMapping* MappingOf(std::string_view topic) const;
    void Add(size_t series, const qc::Arrival& arrival);
    void AddDeadLetter(
        const RawRecordView& record, uint32_t position, std::string_view code, std::string reason
    );

    const SiteConfig& config_;
    Identifier identifier_;
    codec::MessageDecoder decoder_;
    std::vector<codec::DecodedReading> decoded_;
    std::vector<std::pair<Target, const codec::DecodedReading*>> identified_;
    std::vector<std::vector<qc::Arrival>> arrivals_;  ///< By series.
    std::vector<size_t> touched_;
    std::vector<DeadLetter> dead_letters_;
    std::vector<ManualFlag> manual_flags_;
    size_t readings_ = 0;
    size_t records_ = 0;
};

}  // namespace tilth::pipeline
