#include "broker_plugin/recovery.h"

#include "broker_plugin/segment_file.h"

#include <algorithm>

namespace tilth::broker_plugin {

namespace {

/// As ReadJournal, of one segment; returns where its records end. 0: it is damaged, or `visit`
/// stopped.
Result<uint64_t> ReadSegment(
    const SegmentPath& segment, const Visit& visit, std::vector<std::string>& damage
) {
    TILTH_TRY(const MappedFile file, MappedFile::Open(segment.path));
    auto reader = SegmentReader::Open(file.bytes());
    if (!reader) {
        damage.push_back(fmt::format("{}: {}", segment.path.string(), reader.error().message));
        return uint64_t{0};
    }
    while (const auto entry = reader->Next()) {
        if (!visit(reader->header(), entry->record)) return uint64_t{0};
    }
    if (reader->damaged() == 0) return reader->end();
    damage.push_back(fmt::format(
        "{}: {} bytes between good records are damaged, the first at {}",
        segment.path.string(),
        reader->damaged(),
        reader->first_damage()
    ));
    return uint64_t{0};
}

/// Sets what is to be known before anything is published.
Status Survey(const std::vector<SegmentPath>& segments, Recovered& recovered) {
    const Visit note = [&recovered](const SegmentHeader& header, const Record& record) {
        if (record.kind != Kind::kSaved) return true;
        const Mark mark{record.counter, static_cast<uint64_t>(record.arrival)};
        recovered.saved = Later(recovered.saved, {header.run.number, mark});
        return true;
    };
    for (const SegmentPath& segment : segments) {
        TILTH_TRY(const uint64_t end, ReadSegment(segment, note, recovered.damage));
        recovered.ends.push_back(end);
    }
    return {};
}

}  // namespace

Status ReadJournal(
    const std::vector<SegmentPath>& segments, const Visit& visit, std::vector<std::string>& damage
) {
    bool is_stopped = false;
    const Visit until_stopped = [&](const SegmentHeader& header, const Record& record) {
        is_stopped = !visit(header, record);
        return !is_stopped;
    };
    for (const SegmentPath& segment : segments) {
        TILTH_CHECK(ReadSegment(segment, until_stopped, damage));
        if (is_stopped) break;
    }
    return {};
}

Result<Recovered> Recover(const std::vector<SegmentPath>& segments, const Publish& publish) {
    Recovered recovered;
    TILTH_CHECK(Survey(segments, recovered));
    std::vector<std::string> damage_again;
    Status published;
    TILTH_CHECK(ReadJournal(
        segments,
        [&](const SegmentHeader& header, const Record& record) {
            if (record.kind != Kind::kMessage) return true;
            if (!recovered.saved.IsBefore(header.run.number, record)) {
                ++recovered.covered;
                return true;
            }
            ++recovered.messages;
            published = publish(header.run, record);
            return published.has_value();
        },
        damage_again
    ));
    TILTH_CHECK(published);
    return recovered;
}

}  // namespace tilth::broker_plugin
