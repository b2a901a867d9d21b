#include "broker_plugin/recovery.h"

#include "broker_plugin/segment_file.h"

#include <algorithm>

namespace tilth::broker_plugin {

Status ReadJournal(
    const std::vector<SegmentPath>& segments, const Visit& visit, std::vector<std::string>& damage
) {
    for (const SegmentPath& segment : segments) {
        TILTH_TRY(const MappedFile file, MappedFile::Open(segment.path));
        auto reader = SegmentReader::Open(file.bytes());
        if (!reader) {
            damage.push_back(fmt::format("{}: {}", segment.path.string(), reader.error().message));
            continue;
        }
        while (const auto entry = reader->Next()) {
            if (!visit(reader->header(), entry->record)) return {};
        }
        if (reader->damaged() != 0) {
            damage.push_back(fmt::format(
                "{}: {} bytes between good records are damaged, the first at {}",
                segment.path.string(),
                reader->damaged(),
                reader->first_damage()
            ));
        }
    }
    return {};
}

Result<Place> FindSaved(
    const std::vector<SegmentPath>& segments, std::vector<std::string>& damage
) {
    Place saved;
    TILTH_CHECK(ReadJournal(
        segments,
        [&saved](const SegmentHeader& header, const Record& record) {
            if (record.kind != Kind::kSaved) return true;
            const Mark mark{record.counter, static_cast<uint64_t>(record.arrival)};
            saved = Later(saved, {header.run.number, mark});
            return true;
        },
        damage
    ));
    return saved;
}

Result<Recovered> Recover(const std::vector<SegmentPath>& segments, const Publish& publish) {
    Recovered recovered;
    TILTH_TRY(recovered.saved, FindSaved(segments, recovered.damage));
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
