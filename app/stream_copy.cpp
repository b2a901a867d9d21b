#include "app/stream_copy.h"

#include "app/stores.h"
#include "pipeline/copy_stream.h"
#include "pipeline/horizon.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace tilth::app {
namespace {

void ShowProgress(uint64_t done, uint64_t total) {
    using std::chrono::steady_clock;
    static steady_clock::time_point shown{};
    if (isatty(STDERR_FILENO) == 0 || steady_clock::now() - shown < std::chrono::milliseconds{500})
        return;
    shown = steady_clock::now();
    fmt::print(stderr, "\r{} of {} records", done, total);
}

/// Of a copy only what the stream still has can be computed.
Status SayWhatIsMissing(StreamStore& stream) {
    TILTH_TRY(const std::optional<pipeline::Horizon> horizon, pipeline::LatestHorizon(stream));
    if (!horizon) return {};
    fmt::print(
        stderr,
        "tilth: records from before {} were deleted from this stream by {}: the results made of "
        "them are only in its processed store\n",
        FormatRfc3339(horizon->before),
        horizon->who
    );
    return {};
}

}  // namespace

Result<OpenedStream> OpenForCopy(
    const Settings& settings,
    const std::string& url,
    const std::string& password_file,
    const std::string& lab_id
) {
    static const SystemClock kClock;
    Settings own = settings;
    own.stream = url;
    if (!password_file.empty()) own.stream_password_file = password_file;
    OpenedStream opened;
    if (!IsServer(url)) {
        if (!url.starts_with("sqlite:")) {
            return Fail(
                Fault::kBadInput,
                "\"{}\" is neither sqlite:FILE nor mongodb://user@host:27017/sensor",
                url.substr(0, url.find(':'))
            );
        }
        const std::filesystem::path file(url.substr(7));
        TILTH_TRY(
            LabFolder folder, LabFolder::Lock(file.has_parent_path() ? file.parent_path() : ".")
        );
        opened.folder.emplace(std::move(folder));
    }
    TILTH_TRY(opened.store, OpenStream(own, {}, kClock, lab_id));
    return opened;
}

Status CopyAll(OpenedStream& from, OpenedStream& to, bool is_final) {
    TILTH_TRY(
        const pipeline::CopyReport report,
        pipeline::CopyStream(*from.store, *to.store, is_final, ShowProgress)
    );
    if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r");
    TILTH_CHECK(SayWhatIsMissing(*from.store));
    fmt::print(
        "{} records, {} bytes of payload, {} copied now; both have the digest {}\n",
        report.records,
        report.payload_bytes,
        report.copied,
        report.digest
    );
    return {};
}

}  // namespace tilth::app
