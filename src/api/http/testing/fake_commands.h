// A running lab that only remembers what it was asked.
#pragma once

#include "pipeline/commands.h"

#include <mutex>

namespace tilth::api::testing {

class FakeCommands : public pipeline::Commands {
  public:
    Result<pipeline::LabStatus> Describe() override {
        pipeline::LabStatus status;
        status.version = "0.1.0";
        status.lab = "lab-1";
        return status;
    }
    std::vector<pipeline::ReadyCheck> Ready() override {
        return {{"stream_store", ready, ready ? "" : "away"}};
    }
    std::string Metrics() override { return "tilth_up 1\n"; }
    Result<pipeline::Task> TaskById(std::string_view id) override {
        if (id != "import-1") return Fail(Fault::kNotFound, "there is no task '{}'", id);
        return ImportTask();
    }

    Result<pipeline::ConfigText> Config(std::optional<ConfigVersion> version) override {
        pipeline::ConfigText config;
        config.version = version.value_or(ConfigVersion{1});
        config.text = "site: demo\n";
        return config;
    }
    Result<pipeline::ConfigReport> CheckConfig(std::string_view text, bool preview) override {
        pipeline::ConfigReport report;
        if (preview) {
            report.preview = ImportTask();
            report.preview->difference = pipeline::Difference{4, 1200, 3, 0};
        }
        if (text == "bad") report.problems.push_back({1, 2, "expected a mapping"});
        return report;
    }
    Result<pipeline::ConfigApplied> ApplyConfig(std::string_view, const pipeline::Author& author)
        override {
        Remember(author);
        return pipeline::ConfigApplied{ConfigVersion{2}, GenerationId{2}};
    }
    Result<std::vector<pipeline::GenerationProgress>> Generations() override {
        return std::vector{pipeline::GenerationProgress{
            GenerationId{1}, ConfigVersion{1}, "active", Time{}, "config 1", 1.0}};
    }
    Result<pipeline::Task> Replay(const pipeline::ReplayRequest&, const pipeline::Author& author)
        override {
        Remember(author);
        return ImportTask();
    }
    Result<ManualFlag> AddManualFlag(const ManualFlag& flag, const pipeline::Author& author)
        override {
        Remember(author);
        ManualFlag kept = flag;
        kept.who = author.who;
        kept.why = author.why;
        return kept;
    }
    Result<pipeline::FieldNote> AddNote(
        const pipeline::FieldNote& note, const pipeline::Author& author
    ) override {
        Remember(author);
        return note;
    }
    Result<std::vector<pipeline::FieldNote>> Notes(const pipeline::NoteFilter&) override {
        return std::vector<pipeline::FieldNote>{};
    }
    Result<pipeline::RetryOutcome> RetryDeadLetters(
        const pipeline::DeadLetterFilter&, const pipeline::Author& author
    ) override {
        Remember(author);
        return pipeline::RetryOutcome{2, 1};
    }
    Result<std::unique_ptr<pipeline::ImportUpload>> BeginImport(
        const pipeline::ImportRequest& request, const pipeline::Author& author
    ) override {
        Remember(author);
        last_import = request;
        return std::make_unique<Upload>(*this);
    }
    Result<pipeline::Explanation> Explain(std::string_view datastream, Time time) override {
        pipeline::Explanation explanation;
        explanation.datastream = datastream;
        explanation.reading.time = time;
        explanation.reading.flag = QualityFlag::kFail;
        explanation.reasons.push_back(
            {"gross_range",
             QualityFlag::kFail,
             "too high",
             {{"fail_max", {}, 60}},
             {{"", time, 99}}}
        );
        explanation.message_id = "run-9";
        explanation.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        return explanation;
    }
    Result<RawRecord> RawRecordAt(WriterId writer, Sequence sequence) override {
        RawRecord record;
        record.id = fmt::format("{}-{}", Raw(writer), sequence);
        record.writer = writer;
        record.sequence = sequence;
        record.payload = "\xff\x00z";
        record.note =
            "packet 7\ntraceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            "\ntracestate a=1";
        return record;
    }

    bool ready = true;
    std::string uploaded;
    pipeline::ImportRequest last_import;
    pipeline::Author LastAuthor() {
        const std::scoped_lock lock(mutex_);
        return last_author_;
    }

  private:
    class Upload final : public pipeline::ImportUpload {
      public:
        explicit Upload(FakeCommands& lab) : lab_(lab) {}
        Status Write(std::string_view bytes) override {
            bytes_ += bytes;
            if (bytes.find("poison") != std::string_view::npos)
                return Fail(Fault::kBadInput, "line 1: poison");
            return {};
        }
        Result<pipeline::Task> Finish() override {
            lab_.uploaded = bytes_;
            return ImportTask();
        }

      private:
        FakeCommands& lab_;
        std::string bytes_;
    };

    static pipeline::Task ImportTask() {
        pipeline::Task task;
        task.id = "import-1";
        task.state = "running";
        return task;
    }
    void Remember(const pipeline::Author& author) {
        const std::scoped_lock lock(mutex_);
        last_author_ = author;
    }

    std::mutex mutex_;
    pipeline::Author last_author_;
};

}  // namespace tilth::api::testing
