// What a running lab can be asked to do or to say about itself. HTTP and the command line both call
// this, so that a change is checked, recorded and carried out in one way, whoever asks.
//
// Every change is appended to the stream store as a record of its own, with who, when and why,
// before it has an effect. Threads: every method may be called from any thread at any time; calls
// may block on a store, not on a client. Faults: kBadInput, kNotFound, kConflict, kRefused as in
// base/result.h; kUnavailable while a store or role is away.
#pragma once

#include "base/result.h"
#include "model/ids.h"
#include "model/manual_flag.h"
#include "model/observation.h"
#include "model/raw_record.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tilth::pipeline {

/// Who asks, and why: kept with every change.
struct Author {
    std::string who;  ///< Subject, "local" for the person at the machine.
    std::string why;
};

// ---------------------------------------------------------------- configuration and generations

struct ConfigText {
    ConfigVersion version{};
    bool active = false;
    std::string text;  ///< YAML
    Author author;
    Time when{};
};

struct ConfigProblem {
    int line = 0;  ///< From 1; 0: not at one place.
    int column = 0;
    std::string message;
};

struct ConfigApplied {
    ConfigVersion version{};
    GenerationId generation{};  ///< Being built; active once its progress is 1.
};

struct GenerationProgress {
    GenerationId id{};
    ConfigVersion config{};
    std::string state;  ///< "building", "active", "retired"
    Time created_at{};
    std::string reason;
    double progress = 0;  ///< In [0, 1].
};

// ---------------------------------------------------------------- state

/// Between two sets of results, of readings that count.
struct Difference {
    uint64_t datastreams = 0;  ///< That have any of the following.
    uint64_t changed = 0;      ///< Another value, flag or test that objected.
    uint64_t added = 0;
    uint64_t removed = 0;

    uint64_t Readings() const { return changed + added + removed; }
};

/// Something long that runs in the background.
struct Task {
    std::string id;     ///< "import-1"
    std::string kind;   ///< "import", "preview", "replay", "generation"
    std::string name;   ///< Of the file or thing
    std::string state;  ///< "running", "done", "failed", "cancelled"
    uint64_t done = 0;
    uint64_t total = 0;  ///< 0: not known yet
    std::string unit;    ///< Of done and total: "readings", "records", "bytes"
    double rate_per_second = 0;
    std::optional<double> seconds_left;
    std::string message;                   ///< The last warning, or why it failed
    std::optional<Difference> difference;  ///< Of a preview or a replay, when it is done
};

struct ConfigReport {
    std::vector<ConfigProblem> problems;  ///< Empty: valid.
    std::optional<Task>
        preview;  ///< Of a valid text, where asked for: its difference is what would change.
};

struct RoleStatus {
    std::string name;   ///< "route", "process", "serve", "emulate"
    std::string state;  ///< "starting", "running", "waiting", "stopped", "failed"
    std::string detail;
};

struct BrokerStatus {
    std::string address;  ///< Without user and password
    std::string state;    ///< "connected", "connecting", "stopped"
    std::string detail;
};

struct LabStatus {
    std::string version;
    std::string lab;   ///< Lab id
    std::string site;  ///< Name of the site, may be empty
    Time started_at{};
    std::vector<RoleStatus> roles;
    std::optional<BrokerStatus> broker;  ///< Of the process that routes; else unknown.
    double messages_per_second = 0;
    double observations_per_second = 0;
    uint64_t records = 0;
    uint64_t observations = 0;
    uint64_t datastreams = 0;
    uint64_t dead_letters = 0;
    uint64_t stream_bytes = 0;
    uint64_t processed_bytes = 0;
    uint64_t lag_records = 0;  ///< Stored raw and not yet processed, as Lag::most counts them
    double lag_seconds = 0;    ///< Age of the oldest of them
    std::vector<Task> tasks;   ///< Running, and the last few that ended
};

/// What readiness asks of each part.
struct ReadyCheck {
    std::string name;
    bool ready = false;
    std::string detail;
};

// ---------------------------------------------------------------- explanations

struct ExplainedValue {
    std::string name;  ///< Of a threshold; empty for a reading
    Time time{};       ///< Of a reading
    double value = 0;
};

struct ExplainedTest {
    std::string test;
    QualityFlag flag = QualityFlag::kGood;
    std::string text;                        ///< A sentence for a person
    std::vector<ExplainedValue> thresholds;  ///< By name
    std::vector<ExplainedValue> saw;         ///< Readings it looked at
};

struct Explanation {
    std::string datastream;  ///< Name
    Observation reading;
    std::vector<ExplainedTest> reasons;
    std::vector<std::string> not_evaluated;
    std::optional<ManualFlag> manual;
    std::string message_id;   ///< Of the record it came in; empty where that is no longer kept.
    std::string traceparent;  ///< As its publisher sent it; empty: none. tracestate likewise.
    std::string tracestate;
};

// ---------------------------------------------------------------- notes, dead letters, imports

struct FieldNote {
    Time time{};        ///< When it happened
    std::string thing;  ///< Empty: the whole site
    std::string text;
    std::string who;
    Time when{};  ///< When it was written
};

struct NoteFilter {
    std::string thing;  ///< Empty: all
    TimeRange range;
    size_t limit = 1000;
};

/// Empty strings fit everything.
struct DeadLetterFilter {
    std::string code;
    std::string device;
    std::string topic;
};

struct RetryOutcome {
    uint64_t retried = 0;
    uint64_t understood = 0;
};

struct ReplayRequest {
    std::string thing;         ///< Empty: all
    std::optional<Time> from;  ///< Of phenomenon time
};

struct ImportRequest {
    std::string file_name;
    std::string format;     ///< Empty: by content
    std::string time_zone;  ///< Empty: only files that say it themselves are taken
    std::string thing;      ///< Empty: by content
    std::string mapping;    ///< YAML; empty: none
    bool strict = false;
};

/// A file on its way in. Destroyed without Finish: what was sent is forgotten.
class ImportUpload {
  public:
    virtual ~ImportUpload() = default;
    /// The next bytes of the file. kRefused over the size limit.
    virtual Status Write(std::string_view bytes) = 0;
    /// The file is complete; the import goes on in the background as the task returned.
    virtual Result<Task> Finish() = 0;
};

// ---------------------------------------------------------------- the interface

class Commands {
  public:
    virtual ~Commands() = default;

    virtual Result<LabStatus> Describe() = 0;
    /// Cheap: is everything there that is needed to take messages and answer requests?
    virtual std::vector<ReadyCheck> Ready() = 0;
    /// Prometheus text exposition format.
    virtual std::string Metrics() = 0;
    virtual Result<Task> TaskById(std::string_view id) = 0;

    /// The active version when none is named.
    virtual Result<ConfigText> Config(std::optional<ConfigVersion> version) = 0;
    /// With `preview` the whole stream is processed by it in the background, into results that
    /// nobody sees.
    virtual Result<ConfigReport> CheckConfig(std::string_view text, bool preview) = 0;
    virtual Result<ConfigApplied> ApplyConfig(std::string_view text, const Author& author) = 0;
    virtual Result<std::vector<GenerationProgress>> Generations() = 0;
    /// All: builds a generation anew from the stream. A thing, or from a time on: reads the stream
    /// again and compares (Task::difference); only where something differs a generation is built,
    /// since a reading's flag may depend on readings of other things.
    virtual Result<Task> Replay(const ReplayRequest& request, const Author& author) = 0;

    /// flag.who, .why and .when are set by this call from the author and the clock; the flag as
    /// kept is returned. `withdraw` takes back earlier manual flags.
    virtual Result<ManualFlag> AddManualFlag(const ManualFlag& flag, const Author& author) = 0;
    virtual Result<FieldNote> AddNote(const FieldNote& note, const Author& author) = 0;
    virtual Result<std::vector<FieldNote>> Notes(const NoteFilter& filter) = 0;

    virtual Result<RetryOutcome> RetryDeadLetters(
        const DeadLetterFilter& filter, const Author& author
    ) = 0;
    virtual Result<std::unique_ptr<ImportUpload>> BeginImport(
        const ImportRequest& request, const Author& author
    ) = 0;

    /// kNotFound when the datastream has no counting reading at exactly this time.
    virtual Result<Explanation> Explain(std::string_view datastream, Time time) = 0;
    virtual Result<RawRecord> RawRecordAt(WriterId writer, Sequence sequence) = 0;
};

}  // namespace tilth::pipeline
