// The processing role on a store that is away now and then, while generations are built, switched
// and dropped.
#include "pipeline/processing.h"

#include "pipeline/change_record.h"
#include "pipeline/config_history.h"
#include "pipeline/testing/faulty_processed_store.h"
#include "pipeline/testing/made_lab.h"
#include "pipeline/testing/memory_processed_store.h"
#include "pipeline/testing/memory_stream_store.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace tilth::pipeline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProcessingTest : public ::testing::Test {
  protected:
    template <class Condition>
    void WaitFor(const char* what, Condition condition) {
        const auto end = std::chrono::steady_clock::now() + seconds{120};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error(fmt::format("waited in vain for {}", what));
            std::this_thread::sleep_for(milliseconds{2});
        }
    }
    void Append(std::vector<RawRecord>& records, size_t count) {
        for (size_t i = 0; i < count; ++i) {
            const RawRecordView view = records[next_++].View();
            Sure(stream_.Append({&view, 1}));
        }
    }
    void AppendConfig(int32_t version, const std::string& text) {
        const ConfigChange change{ConfigVersion{version}, "a person", "a reason", text};
        Sure(AppendChange(stream_, clock_, RecordKind::kConfig, "config", Encode(change)));
    }
    /// Whether the active generation is of this version, has seen every record, and stands alone.
    bool IsDone(ConfigVersion version) {
        const std::vector<Generation> generations = Sure(processed_.Generations());
        if (generations.size() != 1 || generations[0].config != version) return false;
        if (generations[0].state != GenerationState::kActive) return false;
        const auto cursors = Sure(processed_.Cursors(generations[0].id));
        for (const WriterInfo& writer : Sure(stream_.Writers())) {
            if (writer.highest == 0) continue;
            const auto found = cursors.find(writer.id);
            if (found == cursors.end() || *std::ranges::min_element(found->second) < writer.highest)
                return false;
        }
        return true;
    }

    MemoryStreamStore stream_;
    MemoryProcessedStore processed_;
    SystemClock clock_;
    size_t next_ = 0;
};

TEST_F(ProcessingTest, ComesToTheSameResultsOverFailuresAndSwitches) {
    Random order(11);
    std::vector<RawRecord> records = Arrange(MakeRecords(4), {}, order);
    std::vector<std::string> expected;
    {
        MemoryStreamStore stream;
        MemoryProcessedStore processed;
        const GenerationId generation =
            Sure(processed.CreateGeneration(ConfigVersion{1}, "test", Time{}));
        Random random(1);
        Sure(Deliver(stream, processed, generation, records, {}, random));
        expected = Results(processed, generation);
    }
    Sure(stream_.OpenWriter("test"));
    std::mutex mutex;
    Random dice(23);
    uint64_t failures = 0;
    FaultyProcessedStore store(processed_, [&] {
        const std::scoped_lock lock(mutex);
        if (dice.Below(40) != 0) return Fate::kGood;
        ++failures;
        return dice.Below(2) == 0 ? Fate::kBefore : Fate::kAfter;
    });
    std::unique_ptr<Processing> processing;
    const auto start = [&] {
        processing.reset();
        WaitFor("the start", [&] {
            auto started = Processing::Start(
                stream_,
                store,
                clock_,
                {.owner = "test", .lease = seconds{30}, .linger = milliseconds{1}},
                [](auto, auto) {}
            );
            if (started) processing = std::move(*started);
            return started.has_value();
        });
    };
    start();
    Append(records, 30);
    processing->Notify();
    WaitFor("the first records", [&] { return IsDone(ConfigVersion{0}); });
    for (int32_t version = 1; version <= 6; ++version) {
        AppendConfig(version, version % 2 == 0 ? kMadeSite : "site: {profile: qartod}\n");
        WaitFor("a request", [&] {
            return processing->Build(ConfigVersion{version}, "test").has_value();
        });
        Append(records, 10);
        processing->Notify();
        if (version % 3 == 0) start();
        if (version % 2 == 1) WaitFor("a switch", [&] { return IsDone(ConfigVersion{version}); });
    }
    Append(records, records.size() - next_);
    processing->Notify();
    WaitFor("the end", [&] { return IsDone(ConfigVersion{6}); });
    processing.reset();
    EXPECT_GT(failures, 3U);
    EXPECT_EQ(Results(processed_, Sure(processed_.Generations())[0].id), expected);
}

TEST_F(ProcessingTest, AVersionThatCannotBeReadDoesNotStopWhatIsActive) {
    Sure(stream_.OpenWriter("test"));
    auto processing = Sure(Processing::Start(stream_, processed_, clock_, {}, [](auto, auto) {}));
    WaitFor("the first generation", [&] { return IsDone(ConfigVersion{0}); });
    AppendConfig(1, "no such key: 1\n");
    Sure(processing->Build(ConfigVersion{1}, "test"));
    Random random(1);
    std::vector<RawRecord> records = Arrange(MakeRecords(1), {}, random);
    Append(records, 20);
    processing->Notify();
    WaitFor("the records", [&] { return IsDone(ConfigVersion{0}); });
    EXPECT_EQ(processing->Describe().state, "running");
}

TEST_F(ProcessingTest, TellsTheRowsOfEachCommit) {
    Sure(stream_.OpenWriter("test"));
    std::mutex mutex;
    std::map<std::string, size_t> told;  // By datastream and time: the rows that count.
    ChangeToken last{};
    auto processing = Sure(Processing::Start(
        stream_,
        processed_,
        clock_,
        {},
        [&](ChangeToken token, std::span<const SeriesChange> changes) {
            const std::scoped_lock lock(mutex);
            EXPECT_GT(token, last);
            last = token;
            for (const SeriesChange& change : changes) {
                for (const Observation& row : change.rows)
                    told[fmt::format("{} {}", Raw(change.datastream), ToMicros(row.time))] = 1;
            }
        }
    ));
    Random random(1);
    std::vector<RawRecord> records = Arrange(MakeRecords(1), {}, random);
    Append(records, 50);
    processing->Notify();
    WaitFor("the records", [&] { return next_ >= 50 && IsDone(ConfigVersion{0}); });
    processing.reset();
    size_t stored = 0;
    const GenerationId generation = Sure(processed_.Generations())[0].id;
    for (const Datastream& datastream : Sure(processed_.Datastreams(generation))) {
        ObservationRequest request;
        request.datastream = datastream.id;
        Sure(processed_.ReadObservations(
            request,
            [&](std::span<const Observation> rows) {
                for (const Observation& row : rows) {
                    ++stored;
                    EXPECT_TRUE(
                        told.contains(fmt::format("{} {}", Raw(datastream.id), ToMicros(row.time)))
                    );
                }
                return true;
            },
            generation
        ));
    }
    EXPECT_GT(stored, 0U);
}

TEST_F(ProcessingTest, ALargeImportLetsLiveMessagesPass) {
    const WriterId import = Sure(stream_.OpenWriter("import"));
    const WriterId live = Sure(stream_.OpenWriter("route"));
    const auto append = [&](WriterId writer, Sequence sequence, const std::string& device) {
        RawRecord record;
        record.id = fmt::format("{}-{}", Raw(writer), sequence);
        record.writer = writer;
        record.sequence = sequence;
        record.payload = fmt::format(R"({{"name": "{}", "value": 1}})", device);
        record.received_at = FromMicros(static_cast<int64_t>(sequence));
        const RawRecordView view = record.View();
        Sure(stream_.Append({&view, 1}));
    };
    for (Sequence i = 1; i <= 1000; ++i) append(import, i, "old");
    append(live, 1, "new");
    const GenerationId generation =
        Sure(processed_.CreateGeneration(ConfigVersion{1}, "test", Time{}));
    const Lease lease = Sure(processed_.AcquireLease("test", {}));
    const auto processor = Sure(Processor::Open(stream_, processed_, generation, {}, lease));
    Sure(processor->Step({100, 100}));
    const StepReport second = Sure(processor->Step({100, 100}));
    EXPECT_FALSE(second.caught_up);
    EXPECT_EQ(Sure(processed_.Latest(std::vector{IdOf("new/value")}, generation)).size(), 1U);
    Sure(ProcessAll(*processor, {100, 100}));
    EXPECT_EQ(Sure(processor->Lag()), 0U);
}

}  // namespace
}  // namespace tilth::pipeline::testing
