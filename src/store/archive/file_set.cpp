#include "store/archive/file_set.h"

#include <algorithm>

namespace tilth::archive {
namespace {

constexpr size_t kKeptOpen = 32;

}  // namespace

Result<std::shared_ptr<const FileReader>> FileSet::Open(const ArchivedRange& range) {
    auto kept = opened_.With([&](std::list<Opened>& opened) {
        const auto found = std::ranges::find(opened, range.file, &Opened::first);
        if (found == opened.end()) return std::shared_ptr<const FileReader>();
        opened.splice(opened.begin(), opened, found);
        return found->second;
    });
    if (kept) return kept;
    Result<FileReader> reader = FileReader::Open(folder_ / range.file);
    if (!reader && reader.error().fault == Fault::kNotFound) {
        return Fail(
            Fault::kUnavailable,
            "{}: this archive file is missing; it has records {} to {} of writer {}: put it back, "
            "or name the folder it is in with --archive",
            (folder_ / range.file).string(),
            range.first,
            range.last,
            Raw(range.writer)
        );
    }
    if (!reader) return std::unexpected(reader.error());
    const Index& index = reader->index();
    if (index.lab_id != lab_id_ || index.writer != range.writer) {
        return Fail(
            Fault::kCorrupt,
            "{}: this archive file is of another lab or another writer",
            (folder_ / range.file).string()
        );
    }
    auto shared = std::make_shared<const FileReader>(std::move(*reader));
    opened_.With([&](std::list<Opened>& opened) {
        opened.emplace_front(range.file, shared);
        if (opened.size() > kKeptOpen) opened.pop_back();
    });
    return shared;
}

void FileSet::Forget(const std::string& file) {
    opened_.With([&](std::list<Opened>& opened) {
        std::erase_if(opened, [&file](const Opened& one) { return one.first == file; });
    });
}

}  // namespace tilth::archive
