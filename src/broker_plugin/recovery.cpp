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

void Saved::See(const SegmentHeader& header, const Record& note) {
    if (header.run.number != run_) all_ = exactly_once_ = 0;
    run_ = header.run.number;
    all_ = std::max(all_, note.counter);
    exactly_once_ = std::max(exactly_once_, static_cast<uint64_t>(note.arrival));
}

bool Saved::Covers(const SegmentHeader& header, const Record& record) const {
    if (header.run.number != run_) return header.run.number < run_;
    return record.counter <= (record.qos == 2 ? exactly_once_ : all_);
}

Result<Recovered> Recover(const std::vector<SegmentPath>& segments, const Publish& publish) {
    Recovered recovered;
    Saved saved;
    std::vector<std::string> damage_again;
    TILTH_CHECK(ReadJournal(
        segments,
        [&saved](const SegmentHeader& header, const Record& record) {
            if (record.kind == Kind::kSaved) saved.See(header, record);
            return true;
        },
        recovered.damage
    ));
    Status published;
    TILTH_CHECK(ReadJournal(
        segments,
        [&](const SegmentHeader& header, const Record& record) {
            if (record.kind != Kind::kMessage) return true;
            if (saved.Covers(header, record)) {
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
