#include "telemetry/log.h"

#include "base/clock.h"
#include "base/guarded.h"
#include "telemetry/log_line.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tilth::telemetry {
namespace {

std::atomic<LogFormat> log_format{LogFormat::kText};

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit FunctionSink(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

  private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        take_({message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

    std::function<void(std::string_view)> take_;
};

std::shared_ptr<spdlog::logger> MakeLogger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("tilth", std::move(sink));
    logger->set_level(spdlog::level::trace);  // the threshold has been applied already
    logger->set_pattern("%v");                // and the line is complete
    logger->flush_on(spdlog::level::trace);   // a line must survive a kill right after it
    return logger;
}

std::shared_ptr<spdlog::logger> StandardError() {
    return MakeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

// Never destroyed: threads may log while the program ends.
Guarded<std::shared_ptr<spdlog::logger>>& Logger() {
    static auto& logger = *new Guarded<std::shared_ptr<spdlog::logger>>(StandardError());
    return logger;
}

}  // namespace

std::string_view Name(Level level) {
    switch (level) {
        case Level::kDebug:
            return "debug";
        case Level::kInfo:
            return "info";
        case Level::kWarning:
            return "warning";
        case Level::kError:
            return "error";
    }
    return "unknown";
}

Result<Level> ParseLevel(std::string_view name) {
    for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
        if (name == Name(level)) return level;
    }
    return Fail(
        Fault::kBadInput, "\"{}\" is not a log level; one of debug, info, warning, error", name
    );
}

Result<LogFormat> ParseLogFormat(std::string_view name) {
    if (name == "text") return LogFormat::kText;
    if (name == "json") return LogFormat::kJson;
    return Fail(Fault::kBadInput, "\"{}\" is not a log format; text or json", name);
}

void SetLogFormat(LogFormat format) {
    log_format.store(format, std::memory_order_relaxed);
}

void SetLogSink(std::function<void(std::string_view line)> sink) {
    auto logger =
        sink ? MakeLogger(std::make_shared<FunctionSink>(std::move(sink))) : StandardError();
    Logger().With([&](auto& held) { held = std::move(logger); });
}

void detail::Write(Level level, std::string_view message, std::span<const Field> fields) {
    const Time now = SystemClock().Now();
    const bool json = log_format.load(std::memory_order_relaxed) == LogFormat::kJson;
    const std::string line =
        json ? JsonLine(now, level, message, fields) : TextLine(now, level, message, fields);
    const auto logger = Logger().With([](const auto& held) { return held; });
    logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace tilth::telemetry
