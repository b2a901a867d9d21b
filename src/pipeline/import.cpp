#include "pipeline/import.h"

#include "base/hash.h"
#include "base/zone_file.h"
#include "codec/file_block.h"
#include "codec/inflate.h"

#include <algorithm>

namespace tilth::pipeline {
namespace {

constexpr size_t kPiece = size_t{1} << 20;  ///< Bytes of the file given to the cutter at a time.
constexpr size_t kExamples = 20;
constexpr size_t kMaxUnpacked = size_t{4} << 30;  ///< Of a gzip file.

Result<codec::ImportRequest> MakeRequest(
    std::string_view name, std::string_view bytes, const ImportOptions& options
) {
    codec::ImportRequest request;
    request.file = name;
    request.digest = HexDigest(bytes);
    request.file_size = bytes.size();
    request.thing = options.thing;
    request.mapping = options.mapping;
    request.load_zone = LoadZoneFile;
    if (!options.columns.empty()) request.columns = options.columns;
    if (!options.zone.empty()) {
        TILTH_TRY(request.zone, codec::ParseTimeZone(options.zone, LoadZoneFile));
    }
    return request;
}

Result<const codec::ImportFormat*> FormatOf(
    std::string_view name, std::string_view bytes, const ImportOptions& options
) {
    if (!options.format.empty()) return codec::FindImportFormat(options.format);
    // Only a table that Tilth does not know by itself needs a mapping.
    if (!options.mapping.empty()) return codec::FindImportFormat("csv");
    return codec::RecogniseFormat(name, bytes.substr(0, 64 << 10));
}

/// A file as it is cut: without the gzip around it.
struct Content {
    std::string_view name;
    std::string unpacked;
    std::string_view bytes;
};

Status Unpack(std::string_view name, std::string_view bytes, Content& content) {
    content.name = name;
    content.bytes = bytes;
    if (!codec::IsGzip(bytes)) return {};
    Result<std::string> unpacked = codec::InflateGzip(bytes, kMaxUnpacked);
    if (!unpacked) return Fail(unpacked.error().fault, "{}: {}", name, unpacked.error().message);
    content.unpacked = std::move(*unpacked);
    content.bytes = content.unpacked;
    if (content.name.ends_with(".gz")) content.name.remove_suffix(3);
    return {};
}

/// One file on its way into the store.
class FileImport {
  public:
    FileImport(
        StreamStore& store,
        const Clock& clock,
        std::string_view name,
        std::string_view bytes,
        const ImportOptions& options,
        const ImportProgress& progress
    )
        : store_(store),
          clock_(clock),
          name_(name),
          bytes_(bytes),
          options_(options),
          progress_(progress) {}

    Result<ImportReport> Run() {
        report_.total_bytes = bytes_.size();
        TILTH_TRY(format_, FormatOf(name_, bytes_, options_));
        report_.format = format_->name;
        TILTH_TRY(const codec::ImportRequest request, MakeRequest(name_, bytes_, options_));
        if (options_.strict) TILTH_CHECK(RefuseBadRows(request));
        TILTH_TRY(writer_, store_.OpenWriter(fmt::format("import/{}", name_)));
        const Status status =
            Cut(request, [this](const codec::FileBlock& block) { return Keep(block); });
        TILTH_CHECK(store_.EndWriter(writer_));
        TILTH_CHECK(status);
        return std::move(report_);
    }

  private:
    /// Cuts the file and hands over block by block until one says stop (cancelled) or fails.
    template <class Take>
    Status Cut(const codec::ImportRequest& request, Take take) {
        TILTH_TRY(const std::unique_ptr<codec::BlockCutter> cutter, format_->cut(request));
        std::vector<codec::FileBlock> blocks;
        for (size_t at = 0; at <= bytes_.size(); at += kPiece) {
            const bool at_end = at + kPiece > bytes_.size();
            TILTH_CHECK(cutter->Add(bytes_.substr(at, kPiece), blocks));
            if (at_end) TILTH_CHECK(cutter->Finish(blocks));
            for (const codec::FileBlock& block : blocks) {
                TILTH_TRY(const bool go_on, take(block));
                if (!go_on) return {};
            }
            blocks.clear();
        }
        return {};
    }

    Status RefuseBadRows(const codec::ImportRequest& request) {
        return Cut(request, [this](const codec::FileBlock& block) -> Result<bool> {
            TILTH_TRY(const codec::BlockReadings readings, codec::ReadBlock(block));
            if (readings.bad.empty()) return true;
            return Fail(
                Fault::kBadInput,
                "{}; nothing was imported (--strict). Without --strict the other rows go in",
                codec::Describe(readings.bad.front(), name_)
            );
        });
    }

    Result<bool> Keep(const codec::FileBlock& block) {
        TILTH_TRY(const codec::BlockReadings readings, codec::ReadBlock(block));
        TILTH_CHECK(Append(block));
        report_.bytes += block.FileBytes();
        report_.blocks += 1;
        report_.rows += readings.rows;
        report_.readings += readings.ReadingCount();
        report_.bad += readings.bad_count;
        for (const codec::BadCell& cell : readings.bad) {
            if (report_.examples.size() == kExamples) break;
            report_.examples.push_back(codec::Describe(cell, name_));
        }
        if (progress_ && !progress_(report_)) {
            report_.cancelled = !block.header.last;
            return !report_.cancelled;
        }
        return true;
    }

    Status Append(const codec::FileBlock& block) {
        const std::string payload = codec::EncodeFileBlock(block);
        const std::string id = "block-" + HexDigest(payload);
        RawRecordView record;
        record.id = id;
        record.writer = writer_;
        record.sequence = ++sequence_;
        record.partition =
            PartitionId{static_cast<uint16_t>(Hash64(block.header.digest) % kPartitions)};
        record.kind = RecordKind::kFileBlock;
        last_arrival_ = std::max(clock_.Now(), last_arrival_ + Duration{1});
        record.received_at = last_arrival_;
        record.topic = name_;
        record.payload = payload;
        record.device = block.header.thing;
        TILTH_TRY(const AppendOutcome outcome, store_.Append({&record, 1}));
        report_.blocks_known += outcome.duplicates;
        return {};
    }

    StreamStore& store_;
    const Clock& clock_;
    const std::string name_;
    const std::string_view bytes_;
    const ImportOptions& options_;
    const ImportProgress& progress_;
    const codec::ImportFormat* format_ = nullptr;
    WriterId writer_{};
    Sequence sequence_ = 0;
    Time last_arrival_{};
    ImportReport report_;
};

}  // namespace

Result<ImportReport> ImportFile(
    StreamStore& store,
    const Clock& clock,
    std::string_view name,
    std::string_view bytes,
    const ImportOptions& options,
    const ImportProgress& progress
) {
    Content content;
    TILTH_CHECK(Unpack(name, bytes, content));
    return FileImport(store, clock, content.name, content.bytes, options, progress).Run();
}

Status CheckImport(std::string_view name, std::string_view bytes, const ImportOptions& options) {
    Content content;
    TILTH_CHECK(Unpack(name, bytes, content));
    TILTH_TRY(
        const codec::ImportFormat* const format, FormatOf(content.name, content.bytes, options)
    );
    TILTH_TRY(
        const codec::ImportRequest request, MakeRequest(content.name, content.bytes, options)
    );
    TILTH_TRY(const std::unique_ptr<codec::BlockCutter> cutter, format->cut(request));
    std::vector<codec::FileBlock> blocks;
    return cutter->Add(content.bytes.substr(0, kPiece), blocks);
}

std::string Summary(const ImportReport& report) {
    std::string text = fmt::format("{} rows, {} readings", report.rows, report.readings);
    if (report.blocks > 0 && report.blocks_known == report.blocks)
        text += ", all of them known from an earlier import";
    else if (report.blocks_known > 0)
        text += fmt::format(
            ", going on after {} of its blocks that an earlier import had stored",
            report.blocks_known
        );
    if (report.cancelled) text += "; stopped: the same import goes on from here";
    if (report.bad > 0) text += fmt::format(", {} bad ({})", report.bad, report.examples.front());
    return text;
}

}  // namespace tilth::pipeline
