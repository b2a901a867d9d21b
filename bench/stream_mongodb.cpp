// The router into a MongoDB-compatible server against a bare libmongoc loop: the same documents,
// encoded beforehand, inserted unordered a few thousand at a time into a collection with the same
// indexes on the same server, with the same write concern.
//
//   tilth_bench_mongodb [MESSAGES [ROUNDS]]
#include "backend/mongodb/collections.h"
#include "backend/mongodb/record_document.h"
#include "backend/mongodb/stream_store.h"
#include "pipeline/route.h"
#include "support/ferretdb.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace tilth {
namespace {

using std::chrono::steady_clock;

constexpr size_t kBareBatch = 2'000;
constexpr size_t kOffered = 500;  ///< As one read of a socket brings.
constexpr size_t kMostWaiting = 20'000;

template <class T>
T Sure(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

double SecondsSince(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

double OwnCpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Messages as a soil node sends them, 120 bytes, with the broker plugin's ids.
struct Messages {
    explicit Messages(size_t count) {
        for (size_t i = 0; i < count; ++i) {
            topics.push_back(fmt::format("tilth/field/node-{:02}", i % 40));
            payloads.push_back(fmt::format(
                R"({{"device":"node-{:02}","time":"2025-05-01T06:{:02}:{:02}Z","moisture":0.{:04},"temperature":12.{:02},"battery":3.{:03}}})",
                i % 40,
                i / 60 % 60,
                i % 60,
                i % 10'000,
                i % 100,
                i % 1'000
            ));
            ids.push_back(fmt::format("5f1c9a/{}", i));
        }
    }
    std::vector<std::string> topics, payloads, ids;
};

struct Figures {
    double rate = 0;        ///< Messages a second.
    double own_micros = 0;  ///< CPU of this process a message.
};

Figures Since(steady_clock::time_point start, double cpu, size_t count) {
    const auto n = static_cast<double>(count);
    return {n / SecondsSince(start), (OwnCpuSeconds() - cpu) * 1e6 / n};
}

Figures Route(const std::string& url, const Messages& messages) {
    const auto store = Sure(mongodb::OpenStreamStore({.url = url}));
    const SystemClock clock;
    const auto router = Sure(pipeline::Router::Start(*store, clock, {}, [](uint64_t) {}));
    const auto start = steady_clock::now();
    const double cpu = OwnCpuSeconds();
    std::vector<pipeline::IncomingMessage> some;
    for (size_t i = 0; i < messages.ids.size(); ++i) {
        pipeline::IncomingMessage& message = some.emplace_back();
        message.topic = messages.topics[i];
        message.payload = messages.payloads[i];
        message.broker_id = messages.ids[i];
        message.qos = 1;
        message.packet_id = static_cast<uint16_t>(i % 65'000 + 1);
        if (some.size() < kOffered && i + 1 < messages.ids.size()) continue;
        router->Offer(some);
        some.clear();
        while (router->Statistics().waiting > kMostWaiting)
            std::this_thread::sleep_for(std::chrono::microseconds{200});
    }
    if (!router->Flush(std::chrono::minutes{10})) throw std::runtime_error("the router hangs");
    return Since(start, cpu, messages.ids.size());
}

/// The documents that the router makes of the messages.
std::vector<bson_t*> Encoded(const Messages& messages) {
    std::vector<bson_t*> documents;
    for (size_t i = 0; i < messages.ids.size(); ++i) {
        RawRecordView record;
        record.id = messages.ids[i];
        record.writer = WriterId{1};
        record.sequence = i + 1;
        record.device = pipeline::DeviceHint(messages.topics[i], messages.payloads[i]);
        record.partition = pipeline::PartitionOf(record.device);
        record.qos = 1;
        record.received_at = FromMicros(1'746'079'200'000'000 + static_cast<int64_t>(i));
        record.topic = messages.topics[i];
        record.payload = messages.payloads[i];
        documents.push_back(bson_new());
        mongodb::Encode(record, documents.back());
    }
    return documents;
}

Figures Bare(const std::string& url, const std::string& database, const Messages& messages) {
    static_cast<void>(Sure(mongodb::OpenStreamStore({.url = url})));  // makes the indexes
    std::vector<bson_t*> documents = Encoded(messages);
    mongoc_client_t* client = mongoc_client_new(url.c_str());
    mongoc_collection_t* collection =
        mongoc_client_get_collection(client, database.c_str(), mongodb::kRecords);
    mongoc_write_concern_t* concern = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(concern, 20'000);
    mongoc_write_concern_set_journal(concern, true);
    mongodb::Document options;
    options.Bool("ordered", false).Bool("validate", false);
    mongoc_write_concern_append(concern, options.get());
    const auto start = steady_clock::now();
    const double cpu = OwnCpuSeconds();
    for (size_t i = 0; i < documents.size(); i += kBareBatch) {
        auto* some = const_cast<const bson_t**>(documents.data() + i);
        const size_t count = std::min(kBareBatch, documents.size() - i);
        bson_error_t error;
        if (!mongoc_collection_insert_many(collection, some, count, options.get(), nullptr, &error))
            throw std::runtime_error(error.message);
    }
    const Figures figures = Since(start, cpu, documents.size());
    mongoc_write_concern_destroy(concern);
    mongoc_collection_destroy(collection);
    mongoc_client_destroy(client);
    for (bson_t* document : documents) bson_destroy(document);
    return figures;
}

double Median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void Run(size_t count, size_t rounds) {
    const Messages messages(count);
    test::FerretDb server;
    std::vector<double> ratios;
    for (size_t round = 0; round < rounds; ++round) {
        const std::string name = fmt::format("bare{}", round);
        const auto route = [&] {
            return Route(server.Url(fmt::format("route{}", round)), messages);
        };
        const auto bare = [&] { return Bare(server.Url(name), name, messages); };
        // In turn, so that neither side has the warmer machine.
        Figures a, b;
        if (round % 2 == 0) {
            a = route();
            b = bare();
        } else {
            b = bare();
            a = route();
        }
        ratios.push_back(a.rate / b.rate);
        fmt::print(
            "route {:.0f}/s ({:.1f} us of own CPU), bare {:.0f}/s ({:.1f} us): {:.2f}\n",
            a.rate,
            a.own_micros,
            b.rate,
            b.own_micros,
            ratios.back()
        );
        std::fflush(stdout);
    }
    std::string load;
    std::getline(std::ifstream("/proc/loadavg"), load);
    fmt::print(
        "median {:.2f} of {} rounds of {} messages; load {}\n", Median(ratios), rounds, count, load
    );
}

}  // namespace
}  // namespace tilth

int main(int argc, char** argv) {
    if (!tilth::test::FerretDb::Available()) {
        fmt::print("no MongoDB-compatible server: third_party/fetch ferretdb builds one\n");
        return 0;
    }
    const auto number = [&](int at, size_t otherwise) {
        return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
    };
    try {
        tilth::Run(number(1, 50'000), number(2, 5));
    } catch (const std::exception& e) {
        fmt::print(stderr, "{}\n", e.what());
        return 1;
    }
}
