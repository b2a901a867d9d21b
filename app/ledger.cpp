#include "app/ledger.h"

#include "app/http_client.h"

#include <cerrno>
#include <cstring>

namespace tilth::app {

Ledger::Ledger(std::FILE* file, const Clock& clock) : clock_(clock) {
    book_.With([file](Book& book) { book.file.reset(file); });
}

Result<std::unique_ptr<Ledger>> Ledger::Open(const std::string& path, const Clock& clock) {
    std::FILE* file = std::fopen(path.c_str(), "ab");
    if (file == nullptr)
        return Fail(Fault::kBadInput, "{} cannot be written: {}", path, std::strerror(errno));
    return std::unique_ptr<Ledger>(new Ledger(file, clock));
}

void Ledger::Sent(uint64_t number, std::string_view topic, std::string_view payload) {
    std::string line = fmt::format(
        R"({{"number": {}, "topic": {}, "payload": {}, "acknowledged_at": )",
        number,
        JsonQuote(topic),
        JsonQuote(payload)
    );
    book_.With([&](Book& book) { book.open.insert_or_assign(number, std::move(line)); });
}

void Ledger::Acknowledged(uint64_t number) {
    const std::string end = fmt::format("\"{}\"}}\n", FormatRfc3339(clock_.Now()));
    book_.With([&](Book& book) {
        const auto found = book.open.find(number);
        if (found == book.open.end()) return;
        const std::string line = found->second + end;
        book.open.erase(found);
        book.failed |= std::fwrite(line.data(), 1, line.size(), book.file.get()) != line.size();
    });
}

void Ledger::Refused(uint64_t number) {
    book_.With([number](Book& book) { book.open.erase(number); });
}

bool Ledger::Flush() {
    return book_.With([](Book& book) {
        book.failed |= std::fflush(book.file.get()) != 0;
        return !book.failed;
    });
}

}  // namespace tilth::app
