// A lab on the embedded stores, in this process, that a test asks and commands as a person would.
#pragma once

#include "integration/embedded_stores.h"
#include "pipeline/check.h"
#include "pipeline/lab_commands.h"
#include "pipeline/route.h"
#include "pipeline/testing/memory_processed_store.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tilth::pipeline {

inline constexpr Time kStart = std::chrono::sys_days{std::chrono::year{2025} / 6 / 1};
inline const Author kPerson{"a person", "a reason"};

class CommandedLab : public ::testing::Test {
  protected:
    void SetUp() override { Start(); }
    void TearDown() override { Stop(); }

    void Start() {
        tasks_ = std::make_unique<Tasks>();
        processing_ = testing::Sure(
            Processing::Start(stores_.stream(), stores_.processed(), clock_, {}, [](auto, auto) {})
        );
        commands_ = MakeLabCommands(
            {stores_.stream(),
             stores_.processed(),
             *processing_,
             *tasks_,
             clock_,
             metrics_,
             health_,
             "test",
             []() -> Result<ScratchStore> {
                 return ScratchStore{nullptr, std::make_unique<testing::MemoryProcessedStore>()};
             },
             {},
             {}}
        );
        router_ = testing::Sure(Router::Start(stores_.stream(), clock_, {}, [this](uint64_t) {
            processing_->Notify();
        }));
    }
    void Stop() {
        router_.reset();
        tasks_.reset();
        commands_.reset();
        processing_.reset();
    }

    template <class Condition>
    void WaitFor(const char* what, Condition condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{120};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error(fmt::format("waited in vain for {}", what));
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }
    void Send(const std::string& payload, std::string_view topic = "t", bool retained = false) {
        IncomingMessage message;
        message.topic = topic;
        message.payload = payload;
        message.retained = retained;
        router_->Offer({&message, 1});
    }
    /// Values 1, 2, 3, ... a minute apart.
    void SendRaw(int from, int to) {
        for (int i = from; i <= to; ++i) {
            Send(fmt::format(
                R"({{"name": "node", "time": "{}", "raw": {}}})",
                FormatRfc3339(kStart + std::chrono::minutes{i}),
                i
            ));
        }
    }
    void Settle() {
        ASSERT_TRUE(router_->Flush(std::chrono::seconds{60}));
        WaitFor("the end of the stream", [&] {
            const ProcessingStatus status = processing_->Describe();
            return !status.building && status.state == "running" && Lag() == 0;
        });
    }
    uint64_t Lag() {
        uint64_t left = 0;
        const Generation active = Active();
        const auto cursors = testing::Sure(stores_.processed().Cursors(active.id));
        for (const WriterInfo& writer : testing::Sure(stores_.stream().Writers())) {
            const auto found = cursors.find(writer.id);
            left += writer.highest -
                    (found == cursors.end() ? 0 : *std::ranges::min_element(found->second));
        }
        return left;
    }
    Generation Active() {
        const std::vector<Generation> generations =
            testing::Sure(stores_.processed().Generations());
        const auto found =
            std::ranges::find(generations, GenerationState::kActive, &Generation::state);
        return found == generations.end() ? Generation{} : *found;
    }
    void Apply(const std::string& text) {
        const ConfigApplied applied = testing::Sure(commands_->ApplyConfig(text, kPerson));
        WaitFor("the new generation", [&] { return Active().id == applied.generation; });
        Settle();
    }
    std::vector<Observation> Rows(std::string_view name) {
        ObservationRequest request;
        request.datastream = IdOf(name);
        std::vector<Observation> rows;
        testing::Sure(stores_.processed()
                          .ReadObservations(request, [&](std::span<const Observation> some) {
                              rows.insert(rows.end(), some.begin(), some.end());
                              return true;
                          }));
        return rows;
    }
    Difference Preview(const std::string& text) {
        const ConfigReport report = testing::Sure(commands_->CheckConfig(text, true));
        EXPECT_THAT(report.problems, ::testing::IsEmpty());
        WaitForTask(report.preview->id);
        return *testing::Sure(commands_->TaskById(report.preview->id)).difference;
    }
    /// Changes a stored value behind the lab's back.
    void TamperWith(std::string_view name, size_t index) {
        ProcessedStore& store = stores_.processed();
        Observation row = Rows(name)[index];
        row.value += 1000;
        const Lease lease = testing::Sure(store.AcquireLease("tilth", std::chrono::hours{1}));
        const auto transaction = testing::Sure(store.Begin(Active().id, lease));
        const std::vector<DatastreamId> ids{IdOf(name)};
        testing::Sure(transaction->Lock(ids));
        const SeriesChange change{
            IdOf(name), {row.time, row.time + Duration{1}}, false, std::span(&row, 1)};
        testing::Sure(transaction->Write(std::span(&change, 1)));
        testing::Sure(transaction->Commit());
        testing::Sure(store.ReleaseLease(lease));
    }
    void WaitForTask(const std::string& id) {
        WaitFor("a task", [&] { return testing::Sure(commands_->TaskById(id)).state == "done"; });
    }
    Task Import(ImportRequest request, std::string_view bytes) {
        const auto upload = testing::Sure(commands_->BeginImport(request, kPerson));
        testing::Sure(upload->Write(bytes));
        const Task task = testing::Sure(upload->Finish());
        WaitFor("the import", [&] {
            const std::string state = testing::Sure(commands_->TaskById(task.id)).state;
            return state != "running" && state != "waiting";
        });
        return testing::Sure(commands_->TaskById(task.id));
    }
    /// Results are what a replay from the start gives.
    void ExpectLabIsSound() {
        Stop();
        EXPECT_THAT(
            testing::Sure(CheckLab(stores_.stream(), stores_.processed(), [](const std::string&) {})
            ),
            ::testing::IsEmpty()
        );
        Start();
    }

    EmbeddedStores stores_;
    SystemClock clock_;
    telemetry::Metrics metrics_;
    telemetry::Health health_;
    std::unique_ptr<Tasks> tasks_;
    std::unique_ptr<Processing> processing_;
    std::unique_ptr<Commands> commands_;
    std::unique_ptr<Router> router_;
};

}  // namespace tilth::pipeline
