// A server over a store in memory, on a free port, for tests.
#pragma once

#include "api/http/server.h"
#include "api/http/testing/fake_commands.h"
#include "api/http/testing/raw_client.h"
#include "query/testing/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tilth::api::testing {

class ServedLab : public ::testing::Test {
  protected:
    ServedLab() {
        options_.port = 0;
        Thing thing;
        thing.name = "node 1";
        store_.AddThing(thing);
        Datastream datastream;
        datastream.thing = "node 1";
        datastream.property = "soil_temperature";
        datastream.depth = 0.05;
        datastream.unit = "Cel";
        datastream.cadence = std::chrono::minutes{5};
        datastream_ = store_.AddDatastream(datastream);
        store_.AddRows(
            datastream_.id,
            {query::testing::Row(kNow - std::chrono::minutes{5}, 12.5),
             query::testing::Row(kNow, 13)}
        );
    }

    /// Before the members of a derived class, which its handlers may use.
    void TearDown() override { server_.reset(); }

    void Start() {
        server_ = Server::Start(
                      options_,
                      {store_,
                       clock_,
                       commands_,
                       [](int test) { return fmt::format("test_{}", test); },
                       [this](EventRequest request) { return OpenStream(std::move(request)); },
                       assets_}
        )
                      .value();
    }

    virtual Result<TakeEvents> OpenStream(EventRequest) {
        return Fail(Fault::kUnavailable, "no events here");
    }

    /// A request with the usual headers.
    std::string Text(
        std::string_view method,
        std::string_view target,
        std::string_view headers = "",
        std::string_view body = ""
    ) {
        std::string text = fmt::format(
            "{} {} HTTP/1.1\r\nHost: localhost:{}\r\n{}", method, target, server_->Port(), headers
        );
        if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
        return text.append("\r\n").append(body);
    }

    Answer Raw(std::string_view bytes) {
        RawClient client(server_->Port());
        client.Send(bytes);
        return client.Read();
    }
    Answer Get(std::string_view target, std::string_view headers = "") {
        return Raw(Text("GET", target, headers));
    }
    Answer Post(std::string_view target, std::string_view json) {
        return Raw(Text("POST", target, "Content-Type: application/json\r\n", json));
    }

    /// Of the one datastream.
    std::string Observations() const {
        return fmt::format("/api/v1/observations?datastream={}", tilth::Raw(datastream_.id));
    }
    void AddManyRows(int count) {
        std::vector<Observation> rows;
        for (int i = 0; i < count; ++i)
            rows.push_back(query::testing::Row(kNow + std::chrono::seconds{i + 1}, i * 0.1));
        store_.AddRows(datastream_.id, rows);
    }

    static inline const Time kNow = ParseRfc3339("2025-05-01T06:00:00Z").value();
    query::testing::MemoryStore store_;
    ManualClock clock_{kNow};
    FakeCommands commands_;
    ServerOptions options_;
    std::vector<Asset> assets_;
    Datastream datastream_;
    std::unique_ptr<Server> server_;
};

}  // namespace tilth::api::testing
