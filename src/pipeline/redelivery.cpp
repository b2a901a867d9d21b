#include "pipeline/redelivery.h"

#include "base/hash.h"

#include <algorithm>
#include <charconv>

namespace tilth::pipeline {
namespace {

/// "packet 17" -> 17; 0 when the note says something else.
uint16_t PacketId(std::string_view note) {
    constexpr std::string_view kPrefix = "packet ";
    uint16_t id = 0;
    if (note.starts_with(kPrefix))
        std::from_chars(note.data() + kPrefix.size(), note.data() + note.size(), id);
    return id;
}

}  // namespace

Status Redeliveries::Load(StreamStore& store, std::string_view name) {
    TILTH_TRY(std::vector<WriterInfo> writers, store.Writers());
    std::erase_if(writers, [&](const WriterInfo& writer) {
        return writer.name != name || writer.highest == 0;
    });
    // Newest writers first until the window is covered, then replayed oldest first, so that the
    // newest content stays.
    std::sort(writers.begin(), writers.end(), [](const auto& a, const auto& b) {
        return a.id > b.id;
    });
    size_t covered = 0;
    size_t used = 0;
    for (; used < writers.size() && covered < window_; ++used) covered += writers[used].highest;
    writers.resize(used);
    std::reverse(writers.begin(), writers.end());
    for (const WriterInfo& writer : writers) {
        ReadRequest request;
        request.writer = writer.id;
        request.after = writer.highest > window_ ? writer.highest - window_ : 0;
        request.up_to = writer.highest;
        request.limit = window_;
        TILTH_CHECK(store.Read(request, [this](const RawRecordView& record) {
            if (const uint16_t id = PacketId(record.note); id != 0) {
                Remember(id, HashCombine(Hash64(record.topic), Hash64(record.payload)));
            }
            return true;
        }));
    }
    return {};
}

}  // namespace tilth::pipeline
