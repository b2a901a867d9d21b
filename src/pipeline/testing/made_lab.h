// A small made lab with everything that makes processing hard: two things, several depths,
// companions, conflicts, copies, late and missing values, error codes, wrong clocks, units sent now
// and then, manual flags, and a file that overlaps the live data. And the ways in which its records
// can come.
#pragma once

#include "base/random.h"
#include "model/raw_record.h"
#include "pipeline/processor.h"
#include "store/processed_store.h"
#include "store/stream_store.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace tilth::pipeline::testing {

/// The value; a test that has none cannot go on and ends with the reason.
template <class T>
T Sure(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The site file of the made lab.
extern const char* const kMadeSite;

/// Records as they could stand in a stream, in order of arrival; writer and sequence are given when
/// they are delivered.
std::vector<RawRecord> MakeRecords(uint64_t seed);

/// How records come: in which order, by which writers, in which batches.
struct Way {
    enum Order { kInOrder, kALittleLate, kShuffled, kBackwards };
    Order order = kInOrder;
    size_t writers = 1;
    bool copies = false;  ///< Some records are delivered twice: with the same id, or sent again as
                          ///< a new message.
    size_t most_batch = 1'000'000;  ///< Records appended before the next step, at most.
    StepLimits limits{20'000, 200'000};
    double reopen = 0;  ///< How often the processor is opened anew between two steps.
};
Way RandomWay(Random& random);

/// The records, arranged in this way: writer and sequence are set, the order is that of appending.
std::vector<RawRecord> Arrange(std::vector<RawRecord> records, const Way& way, Random& random);

/// Everything of a generation that must not depend on how records came, as text: a line for each
/// row, roll-up, datastream and dead letter. Positions in the stream are left out.
std::vector<std::string> Results(ProcessedStore& store, GenerationId generation);

/// The configuration of the made lab.
ProcessingConfig MadeConfig();

/// Steps until nothing is left. The error is the step's.
Status ProcessAll(Processor& processor, const StepLimits& limits);

/// Delivers the records to the stream as the way says and steps in between. Returns the first
/// error.
Status Deliver(
    StreamStore& stream,
    ProcessedStore& processed,
    GenerationId generation,
    const std::vector<RawRecord>& records,
    const Way& way,
    Random& random
);

}  // namespace tilth::pipeline::testing
