// How the server behaves towards clients, good and bad, by a real socket.
#include "api/http/compress.h"
#include "api/http/testing/served_lab.h"
#include "base/guarded.h"

#include <zstd.h>

#include <thread>

namespace tilth::api {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;

class ServerTest : public testing::ServedLab {
  protected:
    std::string Observations() const {
        return fmt::format("/api/v1/observations?datastream={}", tilth::Raw(datastream_.id));
    }

    void AddManyRows(int count) {
        std::vector<Observation> rows;
        for (int i = 0; i < count; ++i)
            rows.push_back(query::testing::Row(kNow + std::chrono::seconds{i + 1}, i * 0.1));
        store_.AddRows(datastream_.id, rows);
    }
};

TEST_F(ServerTest, BytesThatAreNoRequestGetAnAnswerAndTheEnd) {
    Start();
    for (const char* bytes :
         {"nonsense\r\n\r\n",
          "GET /\r\n\r\n",
          "GET / HTTP/1.1\r\nbroken header\r\n\r\n",
          "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
          "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n"}) {
        RawClient client(server_->Port());
        client.Send(bytes);
        const Answer answer = client.Read();
        EXPECT_EQ(answer.status, 400) << bytes;
        EXPECT_EQ(answer.Header("Content-Type"), "application/problem+json");
        EXPECT_TRUE(client.WaitForEnd()) << bytes;
    }
    EXPECT_EQ(Get("/healthz").status, 200);
}

TEST_F(ServerTest, TooLongAHeadHasAStatusOfItsOwn) {
    Start();
    EXPECT_EQ(Get("/" + std::string(25'000, 'a')).status, 414);
    EXPECT_EQ(Get("/" + std::string(40'000, 'a')).status, 414);
    EXPECT_EQ(Get("/healthz", "X-Long: " + std::string(40'000, 'a') + "\r\n").status, 431);
}

TEST_F(ServerTest, PathsAndMethodsThatAreNotThere) {
    Start();
    EXPECT_EQ(Get("/api/v1/nothing").status, 404);
    EXPECT_EQ(Get("/api/v1/things/").status, 404);
    const Answer answer = Raw(Text("DELETE", "/api/v1/manual-flags"));
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.Header("Allow"), "GET, HEAD, POST");
    EXPECT_EQ(Raw(Text("BREW", "/api/v1/things")).status, 501);
    EXPECT_EQ(Get("http://elsewhere/api").status, 400);
    EXPECT_EQ(Get("/../etc/passwd").status, 404);
    EXPECT_EQ(Raw(Text("GET", "/api/v1/things", "", "body")).status, 400);
}

TEST_F(ServerTest, AForeignHostIsRefused) {
    options_.names = {"lab.example"};
    Start();
    const auto with_host = [&](std::string_view host, std::string_view path = "/api/v1/things") {
        return Raw(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, host)).status;
    };
    EXPECT_EQ(with_host("localhost"), 200);
    EXPECT_EQ(with_host("127.0.0.1:8080"), 200);
    EXPECT_EQ(with_host("[::1]:8080"), 200);
    EXPECT_EQ(with_host("LAB.example:80"), 200);
    EXPECT_EQ(with_host("evil.example"), 403);
    EXPECT_EQ(with_host("127.0.0.1.evil.example"), 403);
    EXPECT_EQ(with_host("localhost.evil.example"), 403);
    EXPECT_EQ(with_host("evil.example", "/healthz"), 200);
    EXPECT_EQ(Raw("GET /api/v1/things HTTP/1.1\r\n\r\n").status, 400);
}

TEST_F(ServerTest, AnotherSitesPageCannotChangeAnything) {
    Start();
    const std::string body = R"({"text":"hello"})";
    const auto post = [&](std::string_view headers) {
        return Raw(Text("POST", "/api/v1/notes", headers, body)).status;
    };
    const std::string json = "Content-Type: application/json; charset=utf-8\r\n";
    EXPECT_EQ(post(json), 201);
    EXPECT_EQ(post(json + fmt::format("Origin: http://localhost:{}\r\n", server_->Port())), 201);
    EXPECT_EQ(post(json + "Origin: http://evil.example\r\n"), 403);
    EXPECT_EQ(post(json + "Origin: null\r\n"), 403);
    EXPECT_EQ(post("Content-Type: text/plain\r\n"), 415);
    EXPECT_EQ(post("Content-Type: application/x-www-form-urlencoded\r\n"), 415);
    EXPECT_EQ(post(""), 415);
    EXPECT_EQ(Get("/api/v1/things").Header("Access-Control-Allow-Origin"), "");
}

TEST_F(ServerTest, RightsComeFromTokens) {
    options_.auth.tokens =
        Tokens::Parse(
            fmt::format(
                "reader read {}\nalice flag {} # the technician\n", HashToken("r"), HashToken("a")
            ),
            "tokens"
        )
            .value();
    Start();
    const std::string note = R"({"text":"hello"})";
    const auto post = [&](std::string_view path, std::string_view body, std::string_view token) {
        return Raw(Text(
            "POST",
            path,
            fmt::format("Content-Type: application/json\r\nAuthorization: Bearer {}\r\n", token),
            body
        ));
    };
    EXPECT_EQ(post("/api/v1/notes", note, "a").status, 201);
    EXPECT_EQ(commands_.LastAuthor().who, "alice");
    EXPECT_EQ(post("/api/v1/notes", note, "r").status, 403);
    EXPECT_EQ(post("/api/v1/replay", R"({"why":"x"})", "a").status, 403);
    const Answer unknown = post("/api/v1/notes", note, "x");
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(unknown.Header("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(Post("/api/v1/notes", note).status, 401);
    EXPECT_EQ(Get("/api/v1/things").status, 200);  // Loopback may read
    EXPECT_EQ(Get("/api/v1/things", "X-Forwarded-For: 10.0.0.9\r\n").status, 401);
}

TEST_F(ServerTest, ABodyHasALimit) {
    options_.max_body_bytes = 1000;
    options_.max_upload_bytes = 100'000;
    Start();
    const std::string large = fmt::format(R"({{"text":"{}"}})", std::string(2000, 'x'));
    EXPECT_EQ(Post("/api/v1/notes", large).status, 413);
    const std::string chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    EXPECT_EQ(
        Raw(Text("POST", "/api/v1/notes", chunked) + fmt::format("{:x}\r\n", large.size()) + large +
            "\r\n0\r\n\r\n")
            .status,
        413
    );
    const std::string upload =
        "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n";
    std::string chunks;
    for (int i = 0; i < 100; ++i) chunks += "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
    EXPECT_EQ(
        Raw(Text("POST", "/api/v1/imports?name=x", upload) + chunks + "0\r\n\r\n").status, 413
    );
    EXPECT_EQ(Raw(Text("POST", "/api/v1/notes", chunked) + "zz\r\n").status, 400);
}

TEST_F(ServerTest, ExpectContinueIsAnswered) {
    Start();
    RawClient client(server_->Port());
    const std::string body = R"({"text":"hello"})";
    client.Send(Text(
        "POST",
        "/api/v1/notes",
        fmt::format(
            "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: {}\r\n",
            body.size()
        )
    ));
    ASSERT_TRUE(client.ReadUntil("HTTP/1.1 100 Continue\r\n\r\n"));
    client.buffer().clear();
    client.Send(body);
    EXPECT_EQ(client.Read().status, 201);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
    Start();
    RawClient client(server_->Port());
    client.Send(
        Text("GET", "/healthz") + Text("GET", "/api/v1/nothing") + Text("GET", "/api/v1") +
        Text("GET", Observations())
    );
    EXPECT_EQ(client.Read().body, R"({"alive":true})");
    EXPECT_EQ(client.Read().status, 404);
    EXPECT_THAT(client.Read().body, HasSubstr("lab-1"));
    EXPECT_THAT(client.Read().body, HasSubstr("series"));
}

TEST_F(ServerTest, ASlowHeadIsCut) {
    options_.header_time = std::chrono::milliseconds{200};
    Start();
    RawClient client(server_->Port());
    client.Send("GET /healthz HTTP/1.1\r\n");
    EXPECT_TRUE(client.WaitForEnd());
}

TEST_F(ServerTest, AnIdleConnectionIsCut) {
    options_.idle_time = std::chrono::milliseconds{100};
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/healthz"));
    EXPECT_EQ(client.Read().status, 200);
    EXPECT_TRUE(client.WaitForEnd());
}

TEST_F(ServerTest, AClientThatDoesNotReadIsCutAndHoldsNoWorker) {
    options_.step_time = std::chrono::milliseconds{300};
    options_.workers = 1;
    AddManyRows(400'000);
    Start();
    RawClient lazy(server_->Port());
    lazy.Send(Text("GET", Observations()));
    ASSERT_TRUE(lazy.ReadUntil("\r\n\r\n"));
    EXPECT_EQ(Get("/api/v1").status, 200);  // The only worker is free meanwhile
    std::this_thread::sleep_for(std::chrono::milliseconds{1000});
    EXPECT_FALSE(lazy.Read().complete);
}

TEST_F(ServerTest, TooManyConnectionsAreTurnedAway) {
    options_.max_connections = 2;
    Start();
    RawClient first(server_->Port());
    RawClient second(server_->Port());
    first.Send(Text("GET", "/healthz"));
    EXPECT_EQ(first.Read().status, 200);
    second.Send(Text("GET", "/healthz"));
    EXPECT_EQ(second.Read().status, 200);
    RawClient third(server_->Port());
    const Answer answer = third.Read();
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.Header("Retry-After"), "2");
}

TEST_F(ServerTest, ALongAnswerIsStreamedWhole) {
    AddManyRows(100'000);
    Start();
    const Answer csv = Get(Observations() + "&format=csv");
    EXPECT_EQ(csv.Header("Transfer-Encoding"), "chunked");
    EXPECT_TRUE(csv.complete);
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 100'003);
}

TEST_F(ServerTest, Http10GetsAnAnswerWithoutChunks) {
    AddManyRows(100'000);
    Start();
    const Answer csv =
        Raw(fmt::format("GET {}&format=csv HTTP/1.0\r\nHost: localhost\r\n\r\n", Observations()));
    EXPECT_EQ(csv.Header("Transfer-Encoding"), "");
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 100'003);
}

TEST_F(ServerTest, AnswersAreCompressedOnRequest) {
    AddManyRows(20'000);
    Start();
    const std::string plain = Get(Observations()).body;
    const Answer gzip = Get(Observations(), "Accept-Encoding: gzip, br\r\n");
    EXPECT_EQ(gzip.Header("Content-Encoding"), "gzip");
    EXPECT_EQ(Gunzip(gzip.body), plain);
    const Answer zstd = Get(Observations(), "Accept-Encoding: gzip, zstd;q=0.5\r\n");
    EXPECT_EQ(zstd.Header("Content-Encoding"), "zstd");
    std::string unpacked(plain.size(), '\0');
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(
        ZSTD_createDCtx(), ZSTD_freeDCtx
    );
    ZSTD_inBuffer in{zstd.body.data(), zstd.body.size(), 0};
    ZSTD_outBuffer out{unpacked.data(), unpacked.size(), 0};
    while (in.pos < in.size && !ZSTD_isError(ZSTD_decompressStream(context.get(), &out, &in))) {
    }
    EXPECT_EQ(unpacked, plain);
    EXPECT_EQ(Get(Observations(), "Accept-Encoding: gzip;q=0\r\n").Header("Content-Encoding"), "");
}

TEST_F(ServerTest, WhatDidNotChangeIsNotSentAgain) {
    Start();
    const std::string etag = Get(Observations()).Header("ETag");
    ASSERT_FALSE(etag.empty());
    const Answer again = Get(Observations(), fmt::format("If-None-Match: {}\r\n", etag));
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.Header("ETag"), etag);
    AddManyRows(1);
    EXPECT_EQ(Get(Observations(), fmt::format("If-None-Match: {}\r\n", etag)).status, 200);
    const std::string home = Get("/api/v1").Header("ETag");
    EXPECT_EQ(Get("/api/v1", fmt::format("If-None-Match: \"x\", {}\r\n", home)).status, 304);
}

TEST_F(ServerTest, HeadIsAGetWithoutABody) {
    Start();
    RawClient client(server_->Port());
    for (const std::string& target :
         {std::string("/api/v1/things"), Observations(), std::string("/api/v1/nothing")}) {
        client.Send(Text("HEAD", target));
        EXPECT_EQ(client.Read(true).status, target.ends_with("nothing") ? 404 : 200);
    }
    client.Send(Text("GET", "/healthz"));
    EXPECT_EQ(client.Read().body, R"({"alive":true})");
}

TEST_F(ServerTest, AnErrorHalfwayLeavesTheAnswerIncomplete) {
    AddManyRows(400'000);
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", Observations()));
    ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
    store_.FailWith({Fault::kUnavailable, "away"});
    const Answer answer = client.Read();
    EXPECT_FALSE(answer.complete);
}

TEST_F(ServerTest, FilesOfTheDashboard) {
    std::string page;
    Compressor::Make(Coding::kGzip)->Add("<!doctype html><title>Tilth</title>", true, page);
    assets_ = {{"/", "text/html; charset=utf-8", "\"abc\"", page}};
    Start();
    const Answer packed = Get("/", "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(packed.body, page);
    EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
    EXPECT_THAT(packed.Header("Content-Security-Policy"), HasSubstr("default-src 'self'"));
    EXPECT_THAT(packed.Header("Content-Security-Policy"), Not(HasSubstr("http")));
    EXPECT_EQ(Get("/").body, "<!doctype html><title>Tilth</title>");
    EXPECT_EQ(Get("/", "If-None-Match: \"abc\"\r\n").status, 304);
    EXPECT_EQ(Raw(Text("DELETE", "/")).status, 405);
}

TEST_F(ServerTest, MapTilesAreNamedToThePageAndAllowedInItsPolicy) {
    options_.tiles = {"https://tiles.example/{z}/{x}/{y}.png", "(c) somebody"};
    Start();
    EXPECT_THAT(
        Get("/api/v1").body,
        HasSubstr(
            R"("map":{"tile_url":"https://tiles.example/{z}/{x}/{y}.png","attribution":"(c) somebody"})"
        )
    );
    EXPECT_THAT(
        Get("/api").Header("Content-Security-Policy"),
        HasSubstr("img-src 'self' data: https://tiles.example;")
    );
}

TEST_F(ServerTest, PagesForPeopleHoldNothingInline) {
    Start();
    const Answer page = Get("/api");
    EXPECT_THAT(page.body, Not(HasSubstr("<style")));
    EXPECT_THAT(page.body, HasSubstr("href=\"/api.css\""));
    EXPECT_EQ(Get("/api.css").Header("Content-Type"), "text/css; charset=utf-8");
}

/// A stream that a test feeds by hand.
class EventsTest : public ServerTest {
  protected:
    Result<TakeEvents> OpenStream(EventRequest request) override {
        const std::shared_ptr<void> open(nullptr, [this](void*) { --open_; });
        ++open_;
        feed_.With([&](Feed& feed) { feed.request = std::move(request); });
        return [this, open] {
            return feed_.With([](Feed& feed) { return std::exchange(feed.text, {}); });
        };
    }

    void Say(std::string_view text) {
        const auto wake = feed_.With([&](Feed& feed) {
            feed.text += text;
            return feed.request.wake;
        });
        wake();
    }

    void WaitUntilNoneIsOpen() {
        for (int i = 0; i < 2000 && open_ > 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }

    struct Feed {
        std::string text;
        EventRequest request;
    };
    Guarded<Feed> feed_;
    std::atomic<int> open_{0};
};

TEST_F(EventsTest, ArriveAsTheyAreSaid) {
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/api/v1/events", "Last-Event-ID: 42\r\n"));
    ASSERT_TRUE(client.ReadUntil("retry: 1000\n\n"));
    EXPECT_THAT(client.buffer(), HasSubstr("Content-Type: text/event-stream\r\n"));
    EXPECT_EQ(feed_.With([](Feed& feed) { return feed.request.after; }), ChangeToken{42});
    Say("event: a\ndata: 1\n\n");
    ASSERT_TRUE(client.ReadUntil("data: 1\n\n"));
    Say("event: b\ndata: 2\n\n");
    ASSERT_TRUE(client.ReadUntil("data: 2\n\n"));
}

TEST_F(EventsTest, AHeartbeatKeepsAnIdleStream) {
    options_.heartbeat = std::chrono::milliseconds{50};
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/api/v1/events"));
    ASSERT_TRUE(client.ReadUntil(": heartbeat\n\n"));
}

TEST_F(EventsTest, AStreamEndsWhenItsClientLeaves) {
    Start();
    {
        RawClient client(server_->Port());
        client.Send(Text("GET", "/api/v1/events"));
        ASSERT_TRUE(client.ReadUntil("retry"));
        EXPECT_EQ(open_, 1);
    }
    WaitUntilNoneIsOpen();
    EXPECT_EQ(open_, 0);
}

TEST_F(EventsTest, ThereIsALimitOfStreams) {
    options_.max_event_streams = 1;
    Start();
    RawClient first(server_->Port());
    first.Send(Text("GET", "/api/v1/events"));
    ASSERT_TRUE(first.ReadUntil("retry"));
    EXPECT_EQ(Get("/api/v1/events").status, 429);
}

TEST_F(EventsTest, AskForWhatExists) {
    Start();
    EXPECT_EQ(Get("/api/v1/events?datastreams=nothing").status, 404);
    EXPECT_EQ(Get("/api/v1/events?after=x").status, 400);
    RawClient client(server_->Port());
    client.Send(Text(
        "GET", fmt::format("/api/v1/events?datastreams={}&after=7", tilth::Raw(datastream_.id))
    ));
    ASSERT_TRUE(client.ReadUntil("retry"));
    feed_.With([&](Feed& feed) {
        EXPECT_EQ(feed.request.datastreams, std::vector{datastream_.id});
        EXPECT_EQ(feed.request.after, ChangeToken{7});
    });
}

TEST_F(EventsTest, TheServerStopsWithStreamsOpen) {
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", "/api/v1/events"));
    ASSERT_TRUE(client.ReadUntil("retry"));
    server_.reset();
    EXPECT_EQ(open_, 0);
    EXPECT_TRUE(client.WaitForEnd());
}

TEST_F(ServerTest, ATakenPortIsSaid) {
    Start();
    options_.port = server_->Port();
    const auto second = Server::Start(options_, {store_, clock_, commands_, nullptr, nullptr, {}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().fault, Fault::kUnavailable);
    EXPECT_THAT(second.error().message, HasSubstr(fmt::format("127.0.0.1:{}", options_.port)));
}

TEST_F(ServerTest, StopsWithConnectionsOpen) {
    Start();
    RawClient client(server_->Port());
    client.Send("GET /heal");
    server_.reset();
    EXPECT_TRUE(client.WaitForEnd());
}

}  // namespace
}  // namespace tilth::api
