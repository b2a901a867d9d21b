// links: tilth_store_archive
// What an archive file may hold: no bytes may be read beyond their end, and what is understood says
// the same when it is written again.
#include "store/archive/format.h"

#include <cstdlib>
#include <string>

namespace {

using namespace tilth::archive;
using tilth::RawRecordView;
using tilth::WriterId;

void Require(bool condition) {
    if (!condition) std::abort();
}

void TryFrame(std::string_view bytes) {
    if (const auto header = DecodeFrameHeader(bytes)) Require(bytes.size() >= kFrameHeaderBytes);
    static_cast<void>(UnpackFrame(bytes));
    const std::string frame = PackFrame(FrameKind::kIds, bytes, 1);
    const auto plain = UnpackFrame(frame);
    Require(plain && *plain == bytes);
}

void TryRecords(std::string_view plain, uint32_t count) {
    const auto records = DecodeRecords(plain, count, WriterId{1});
    if (!records) return;
    std::string again;
    RawRecordView previous;
    for (const RawRecordView& record : *records) {
        AppendRecord(again, record, previous);
        previous = record;
    }
    const auto once_more = DecodeRecords(again, count, WriterId{1});
    Require(once_more && once_more->size() == records->size());
    for (size_t i = 0; i < records->size(); ++i) {
        Require((*once_more)[i].payload == (*records)[i].payload);
        Require((*once_more)[i].received_at == (*records)[i].received_at);
        Require((*once_more)[i].sequence == (*records)[i].sequence);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const uint32_t count = data[0];
    const std::string_view rest = bytes.substr(1);
    TryFrame(rest);
    TryRecords(rest, count);
    static_cast<void>(DecodeIds(rest, count));
    if (const auto index = DecodeIndex(rest)) Require(DecodeIndex(EncodeIndex(*index)).has_value());
    return 0;
}
