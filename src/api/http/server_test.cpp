// How the server behaves towards clients, good and bad, by a real socket.
#include "api/http/testing/served_lab.h"

#include <thread>

namespace tilth::api {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using testing::RawClient;

class ServerTest : public testing::ServedLab {};

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
