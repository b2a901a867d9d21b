// links: tilth_broker_plugin
#include "broker_plugin/saved_database.h"
#include "broker_plugin/segment.h"
#include "broker_plugin/subscription_book.h"

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace tilth::broker_plugin;

void Require(bool condition) {
    if (!condition) std::abort();
}

/// Takes numbers and pieces from the front of the input.
class Input {
  public:
    explicit Input(std::string_view bytes) : left_(bytes) {}

    bool empty() const { return left_.empty(); }
    uint8_t Byte() {
        if (left_.empty()) return 0;
        const auto byte = static_cast<uint8_t>(left_.front());
        left_.remove_prefix(1);
        return byte;
    }
    std::string_view Piece(size_t size) {
        const std::string_view piece = left_.substr(0, size);
        left_.remove_prefix(piece.size());
        return piece;
    }
    std::string_view Rest() const { return left_; }

  private:
    std::string_view left_;
};

std::vector<Record> ReadAll(std::string_view bytes) {
    std::vector<Record> records;
    auto reader = SegmentReader::Open(bytes);
    if (!reader) return records;
    while (const auto entry = reader->Next()) {
        Require(entry->offset + EncodedSize(entry->record) <= bytes.size());
        records.push_back(entry->record);
    }
    Require(reader->end() <= bytes.size());
    return records;
}

/// Records are written, bytes are changed, the end is cut: what is read then was written, and in
/// that order.
void FuzzRecovery(Input input) {
    const SegmentHeader header{1, {2, {3, 4}}, input.Byte(), 5};
    const SegmentPage page = Encode(header);
    std::string bytes(page.data(), page.size());
    std::vector<Record> written;
    for (uint64_t count = input.Byte() % 16; count > 0; --count) {
        Record record;
        record.qos = input.Byte() % 3;
        record.counter = count;
        record.topic = input.Piece(input.Byte());
        record.properties = input.Piece(input.Byte() % 16);
        record.payload = input.Piece(input.Byte());
        const size_t at = bytes.size();
        bytes.resize(at + EncodedSize(record));
        Encode(record, header.seed, {bytes.data() + at, bytes.size() - at});
        written.push_back(record);
    }
    Require(ReadAll(bytes) == written);
    const size_t body = bytes.size() - page.size();
    const size_t kept = body == 0 ? 0 : (input.Byte() * 257u + input.Byte()) % (body + 1);
    for (uint32_t changes = input.Byte() % 4; changes > 0 && body > 0; --changes)
        bytes[page.size() + (input.Byte() * 257u + input.Byte()) % body] ^=
            static_cast<char>(input.Byte());
    bytes.resize(page.size() + kept);
    auto next = written.begin();
    for (const Record& record : ReadAll(bytes)) {
        while (next != written.end() && !(*next == record)) ++next;
        Require(next != written.end());
        ++next;
    }
}

void FuzzBook(std::string_view bytes) {
    const auto book = SubscriptionBook::Decode(bytes);
    if (!book) return;
    const auto again = SubscriptionBook::Decode(book->Encode());
    Require(again && again->size() == book->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    Input input({reinterpret_cast<const char*>(data), size});
    switch (input.Byte() % 4) {
        case 0:
            FuzzRecovery(input);
            break;
        case 1:
            ReadAll(input.Rest());
            break;
        case 2:
            FuzzBook(input.Rest());
            break;
        default:
            (void)ParseSavedDatabase(input.Rest());
    }
    return 0;
}
