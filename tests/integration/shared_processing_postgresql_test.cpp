// Two processors on one PostgreSQL, each with half of the partitions: what one registers or stores
// has its effect on the other's series, as if one had done all.
#include "backend/postgresql/processed_store.h"
#include "integration/embedded_stores.h"
#include "pipeline/testing/memory_stream_store.h"
#include "support/postgresql.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace tilth {
namespace {

using pipeline::Processor;
using pipeline::testing::MemoryStreamStore;
using pipeline::testing::Results;
using pipeline::testing::Sure;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr Duration kHour = std::chrono::hours{1};
constexpr int kMostTries = 5;

/// A reading of the device n1 that says what it is.
struct Reading {
    size_t partition;  ///< Of its record: a file's readings come by another one than a device's.
    const char* channel;
    const char* unit;
    int minute;
    double value;
};

RawRecord RecordOf(const Reading& reading, Sequence sequence) {
    constexpr int64_t kNoon = 1'746'100'800;
    RawRecord record;
    record.writer = WriterId{1};
    record.sequence = sequence;
    record.id = fmt::format("1-{}", sequence);
    record.partition = PartitionId{static_cast<uint16_t>(reading.partition)};
    record.received_at = FromMicros((kNoon + 86'400) * 1'000'000 + static_cast<int64_t>(sequence));
    record.topic = "sensors";
    record.device = "n1";
    record.payload = fmt::format(
        R"([{{"bn": "n1", "bt": {}, "n": "{}", "u": "{}", "v": {}}}])",
        kNoon + 60 * reading.minute,
        reading.channel,
        reading.unit,
        reading.value
    );
    return record;
}

/// Steps; after a conflict anew from what is stored, as the processing role does.
class Worker {
  public:
    Worker(StreamStore& stream, ProcessedStore& store, GenerationId generation, Lease lease)
        : stream_(stream), store_(store), generation_(generation), lease_(std::move(lease)) {
        Open();
    }

    void Step() {
        for (int tries = 0; tries < kMostTries; ++tries) {
            const auto report = processor_->Step({});
            if (report && report->caught_up) return;
            if (report) continue;
            ASSERT_EQ(report.error().fault, Fault::kConflict) << report.error().message;
            Open();
        }
        FAIL() << "it conflicts again and again";
    }

  private:
    void Open() {
        pipeline::ProcessingConfig config;
        config.version = ConfigVersion{1};
        processor_ = Sure(Processor::Open(stream_, store_, generation_, config, lease_));
    }

    StreamStore& stream_;
    ProcessedStore& store_;
    const GenerationId generation_;
    const Lease lease_;
    std::unique_ptr<Processor> processor_;
};

class SharedProcessing : public ::testing::Test {
  protected:
    SharedProcessing() {
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        postgresql::ProcessedOptions options;
        options.url = test::Postgresql::Shared().Database(
            fmt::format("{}.{}", test->test_suite_name(), test->name())
        );
        shared_ = Sure(postgresql::OpenProcessedStore(options));
        generation_ = Begin(*shared_);
    }

    static GenerationId Begin(ProcessedStore& store) {
        const GenerationId id = Sure(store.CreateGeneration(ConfigVersion{1}, "", Time{}));
        Sure(store.ActivateGeneration(id));
        return id;
    }

    /// Each reading is processed, by whoever holds its partition, before the next one comes.
    std::vector<std::string> ByTwo(std::span<const Reading> readings) {
        MemoryStreamStore stream;
        Sure(stream.OpenWriter("test"));
        Sure(shared_->ShareLease("a", kHour));
        Sure(shared_->ShareLease("b", kHour));
        const Lease a = Sure(shared_->ShareLease("a", kHour));
        const Lease b = Sure(shared_->ShareLease("b", kHour));
        EXPECT_TRUE((a.partitions | b.partitions).all());
        first_of_a_ = FirstOf(a.partitions);
        first_of_b_ = FirstOf(b.partitions);
        Worker worker_a(stream, *shared_, generation_, a);
        Worker worker_b(stream, *shared_, generation_, b);
        Sequence sequence = 0;
        for (const Reading& reading : readings) {
            Append(stream, reading, ++sequence);
            worker_a.Step();
            worker_b.Step();
        }
        return Results(*shared_, generation_);
    }

    std::vector<std::string> ByOne(std::span<const Reading> readings) {
        EmbeddedStores alone;
        const GenerationId generation = Begin(alone.processed());
        MemoryStreamStore stream;
        Sure(stream.OpenWriter("test"));
        Sequence sequence = 0;
        for (const Reading& reading : readings) Append(stream, reading, ++sequence);
        Worker worker(
            stream,
            alone.processed(),
            generation,
            Sure(alone.processed().AcquireLease("alone", kHour))
        );
        worker.Step();
        return Results(alone.processed(), generation);
    }

    void Append(MemoryStreamStore& stream, Reading reading, Sequence sequence) const {
        reading.partition = reading.partition == 0 ? first_of_a_ : first_of_b_;
        const RawRecord record = RecordOf(reading, sequence);
        const RawRecordView view = record.View();
        Sure(stream.Append({&view, 1}));
    }

    static size_t FirstOf(const PartitionSet& partitions) {
        size_t first = 0;
        while (!partitions.test(first)) ++first;
        return first;
    }

    std::unique_ptr<ProcessedStore> shared_;
    GenerationId generation_{};
    size_t first_of_a_ = 0;
    size_t first_of_b_ = 1;
};

TEST_F(SharedProcessing, ASeriesThatAnotherRegisteredIsJudgedAnewWhenWhatItDependsOnChanges) {
    constexpr size_t kA = 0;
    constexpr size_t kB = 1;
    // Water content in frozen soil is not what the probe says; the frost is told late, by another
    // processor than the one that registered the water content.
    const std::array readings{
        Reading{kA, "soil_temp_5cm", "Cel", 0, 5},
        Reading{kB, "vwc_5cm", "m3/m3", 120, 0.2},
        Reading{kA, "soil_temp_5cm", "Cel", 110, -6},
    };
    const std::vector<std::string> alone = ByOne(readings);
    EXPECT_THAT(alone, Contains(HasSubstr("volumetric_water_content")));
    EXPECT_EQ(ByTwo(readings), alone);
}

TEST_F(SharedProcessing, ASeriesThatIsRegisteredAfterThoseThatDependOnItIsReadByThem) {
    const std::array readings{
        Reading{1, "vwc_5cm", "m3/m3", 120, 0.2},
        Reading{1, "vwc_5cm", "m3/m3", 140, 0.2},
        Reading{0, "soil_temp_5cm", "Cel", 110, -6},
        Reading{0, "soil_temp_5cm", "Cel", 130, -6},
    };
    EXPECT_EQ(ByTwo(readings), ByOne(readings));
}

}  // namespace
}  // namespace tilth
