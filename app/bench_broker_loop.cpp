#include "app/bench_broker_loop.h"

#include "app/bench_messages.h"
#include "app/bench_place.h"
#include "base/clock.h"
#include "broker_plugin/journal_writer.h"
#include "broker_plugin/segment_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

namespace tilth::app {
namespace {

using broker_plugin::JournalFolder;
using broker_plugin::JournalWriter;
using broker_plugin::Record;
using broker_plugin::SegmentFile;

constexpr size_t kReusedBytes = size_t{8} << 20;

std::unexpected<Error> CannotWrite(const std::filesystem::path& file, int error) {
    return Fail(
        Fault::kUnavailable, "{} cannot be written: {}", file.string(), std::strerror(error)
    );
}

int Append(int fd, const std::string& bytes) {
    const bool is_done =
        write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
        fdatasync(fd) == 0;
    return is_done ? 0 : errno;
}

Record BenchRecord(const std::string& topic, const std::string& payload) {
    Record record;
    record.qos = 1;
    record.arrival = 1;
    record.topic = topic;
    record.payload = payload;
    return record;
}

}  // namespace

Result<double> SyncLoopRate(
    const std::filesystem::path& file, LoopFile kind, size_t bytes, uint64_t count
) {
    const std::string written(bytes, 'x');
    const auto reused = SegmentFile::Create(file, kReusedBytes);
    if (!reused) return CannotWrite(file, reused.error());
    std::filesystem::path growing = file;
    growing += ".growing";
    const int fd = open(growing.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) return CannotWrite(growing, errno);
    int error = 0;
    size_t at = 0;
    const auto begun = std::chrono::steady_clock::now();
    for (uint64_t i = 0; i < count && error == 0; ++i) {
        if (kind == LoopFile::kGrowing) {
            error = Append(fd, written);
            continue;
        }
        if (at + bytes > kReusedBytes) at = 0;
        error = reused->WriteAt(at, written);
        if (error == 0) error = reused->Sync();
        at += bytes;
    }
    const double seconds = SecondsSince(begun);
    close(fd);
    std::filesystem::remove(growing);
    std::filesystem::remove(file);
    if (error != 0) return CannotWrite(file, error);
    return static_cast<double>(count) / seconds;
}

size_t JournalledBytes() {
    const BenchMessages messages(1000, BenchStart(1, 1000), kBenchStep);
    std::string topic;
    std::string payload;
    messages.Make(0, messages.TimeOf(0), topic, payload);
    return broker_plugin::EncodedSize(BenchRecord(topic, payload));
}

Status LeaveJournal(const std::filesystem::path& folder, uint64_t messages) {
    TILTH_TRY(JournalFolder locked, JournalFolder::Lock(folder));
    broker_plugin::WriterOptions options;
    options.sync = broker_plugin::Sync::kInterval;
    options.limit_bytes = uint64_t{16} << 30;
    options.database = folder / "none";
    const SystemClock clock;
    const auto run = broker_plugin::NewRun(1, locked.LastRun());
    TILTH_TRY(const auto writer, JournalWriter::Open(std::move(locked), options, run, {}, clock));
    const BenchMessages made(1000, BenchStart(messages, 1000), kBenchStep);
    std::string topic;
    std::string payload;
    for (uint64_t n = 0; n < messages; ++n) {
        made.Make(n, made.TimeOf(n), topic, payload);
        const auto appended = writer->Append(BenchRecord(topic, payload));
        if (appended.refusal != broker_plugin::Refusal::kNone)
            return Fail(Fault::kUnavailable, "the journal took {} of {} messages", n, messages);
    }
    return {};
}

}  // namespace tilth::app
