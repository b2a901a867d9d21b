#include "broker_plugin/subscription_book.h"

#include "broker_plugin/bytes.h"
#include "broker_plugin/segment.h"
#include "broker_plugin/segment_file.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

namespace tilth::broker_plugin {
namespace {

constexpr std::string_view kShare = "$share/";

// A book is written as a segment that has only records of the kind kSubscribe. What a message's
// properties are there are two places here.
constexpr size_t kPlaceBytes = 24;

void PutPlace(char* at, const Place& place) {
    Put(at, place.run);
    Put(at + 8, place.mark.all);
    Put(at + 16, place.mark.exactly_once);
}

Place PlaceOf(std::string_view bytes) {
    const char* const at = bytes.data();
    return {Get<uint64_t>(at), {Get<uint64_t>(at + 8), Get<uint64_t>(at + 16)}};
}

}  // namespace

bool IsShared(std::string_view subscription) noexcept {
    return subscription.starts_with(kShare);
}

std::string_view TopicFilter(std::string_view subscription) noexcept {
    if (!IsShared(subscription)) return subscription;
    const size_t slash = subscription.find('/', kShare.size());
    return slash == std::string_view::npos ? std::string_view{} : subscription.substr(slash + 1);
}

Result<SubscriptionBook> SubscriptionBook::Decode(std::string_view bytes) {
    TILTH_TRY(SegmentReader reader, SegmentReader::Open(bytes));
    SubscriptionBook book;
    while (const auto entry = reader.Next()) {
        const Record& record = entry->record;
        if (record.kind != Kind::kSubscribe || record.properties.size() != 2 * kPlaceBytes)
            return Fail(Fault::kCorrupt, "a record at {} is no subscription", entry->offset);
        const State state{
            PlaceOf(record.properties),
            PlaceOf(record.properties.substr(kPlaceBytes)),
            record.retain,
            record.arrival};
        book.known_[{std::string(record.payload), std::string(record.topic)}] = state;
    }
    if (reader.end() != bytes.size())
        return Fail(Fault::kCorrupt, "it is damaged at {}", reader.end());
    return book;
}

std::string SubscriptionBook::Encode() const {
    const SegmentHeader header;
    const SegmentPage page = broker_plugin::Encode(header);
    std::string bytes(page.data(), page.size());
    for (const auto& [subscription, state] : known_) {
        std::array<char, 2 * kPlaceBytes> places{};
        PutPlace(places.data(), state.owed);
        PutPlace(places.data() + kPlaceBytes, state.since);
        Record record;
        record.kind = Kind::kSubscribe;
        record.retain = state.is_absent;
        record.arrival = state.absent_since;
        record.topic = subscription.filter;
        record.properties = {places.data(), places.size()};
        record.payload = subscription.client;
        const size_t at = bytes.size();
        bytes.resize(at + EncodedSize(record));
        broker_plugin::Encode(record, header.seed, {bytes.data() + at, bytes.size() - at});
    }
    return bytes;
}

Result<SubscriptionBook> SubscriptionBook::Read(const std::filesystem::path& file) {
    const auto mapped = MappedFile::Open(file);
    if (!mapped && mapped.error().fault == Fault::kNotFound) return SubscriptionBook{};
    if (!mapped) return std::unexpected(mapped.error());
    auto book = Decode(mapped->bytes());
    if (!book) return Fail(book.error().fault, "{}: {}", file.string(), book.error().message);
    return book;
}

Status SubscriptionBook::Write(const std::filesystem::path& file) const {
    const std::string bytes = Encode();
    std::filesystem::path fresh = file;
    fresh += ".new";
    auto out = SegmentFile::Create(fresh, bytes.size());
    int error = out ? out->WriteAt(0, bytes) : out.error();
    if (error == 0) error = out->Sync();
    if (error == 0 && std::rename(fresh.c_str(), file.c_str()) != 0) error = errno;
    if (error == 0) error = SyncFolder(file.parent_path());
    if (error == 0) return {};
    std::remove(fresh.c_str());
    return Fail(
        Fault::kUnavailable, "{} cannot be written: {}", file.string(), std::strerror(error)
    );
}

bool SubscriptionBook::NoteRestored(
    const std::set<Subscription>& restored, const Place& covered, int64_t now
) {
    bool is_changed = false;
    for (auto& [subscription, state] : known_) {
        if (restored.contains(subscription) || state.is_absent) continue;
        // A save from before it was in force again has nothing of what was owed then.
        const Place owed = covered.Reaches(state.since) ? covered : state.owed;
        state = {owed, state.since, true, now};
        is_changed = true;
    }
    return is_changed;
}

SubscriptionBook::Subscribed SubscriptionBook::Subscribe(
    const Subscription& subscription, const Place& here
) {
    Subscribed result;
    const auto [at, is_new] = known_.try_emplace(subscription, State{here, here});
    result.is_changed = is_new;
    for (auto& [other, state] : known_) {
        const bool is_same_group =
            IsShared(subscription.filter) && other.filter == subscription.filter;
        if (!state.is_absent || (other != subscription && !is_same_group)) continue;
        // Of members that were lost at different times the earliest counts.
        if (!result.owed || result.owed->Reaches(state.owed)) result.owed = state.owed;
        state = State{state.owed, here};
        result.is_changed = true;
    }
    return result;
}

bool SubscriptionBook::Unsubscribe(const Subscription& subscription) {
    return known_.erase(subscription) != 0;
}

bool SubscriptionBook::Forget(std::string_view client) {
    return std::erase_if(known_, [client](const auto& entry) {
               return entry.first.client == client;
           }) != 0;
}

std::vector<Subscription> SubscriptionBook::ForgetAbsent(int64_t since) {
    std::vector<Subscription> forgotten;
    std::erase_if(known_, [&](const auto& entry) {
        const bool is_over = entry.second.is_absent && entry.second.absent_since < since;
        if (is_over) forgotten.push_back(entry.first);
        return is_over;
    });
    return forgotten;
}

size_t SubscriptionBook::CountAbsent() const {
    const auto count =
        std::ranges::count_if(known_, [](const auto& entry) { return entry.second.is_absent; });
    return static_cast<size_t>(count);
}

}  // namespace tilth::broker_plugin
