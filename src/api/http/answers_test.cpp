// How an answer is sent: in one piece, in chunks, compressed, not again, or not to its end.
#include "api/http/compress.h"
#include "api/http/testing/served_lab.h"

#include <zstd.h>

namespace tilth::api {
namespace {

using testing::Answer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawClient;

class AnswersTest : public testing::ServedLab {};

TEST_F(AnswersTest, ALongAnswerIsStreamedWhole) {
    AddManyRows(100'000);
    Start();
    const Answer csv = Get(Observations() + "&format=csv");
    EXPECT_EQ(csv.Header("Transfer-Encoding"), "chunked");
    EXPECT_TRUE(csv.complete);
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 100'003);
}

TEST_F(AnswersTest, Http10GetsAnAnswerWithoutChunks) {
    AddManyRows(100'000);
    Start();
    const Answer csv =
        Raw(fmt::format("GET {}&format=csv HTTP/1.0\r\nHost: localhost\r\n\r\n", Observations()));
    EXPECT_EQ(csv.Header("Transfer-Encoding"), "");
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 100'003);
}

TEST_F(AnswersTest, AnswersAreCompressedOnRequest) {
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

TEST_F(AnswersTest, WhatDidNotChangeIsNotSentAgain) {
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

TEST_F(AnswersTest, HeadIsAGetWithoutABody) {
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

TEST_F(AnswersTest, AnErrorHalfwayLeavesTheAnswerIncomplete) {
    AddManyRows(400'000);
    Start();
    RawClient client(server_->Port());
    client.Send(Text("GET", Observations()));
    ASSERT_TRUE(client.ReadUntil("\r\n\r\n"));
    store_.FailWith({Fault::kUnavailable, "away"});
    const Answer answer = client.Read();
    EXPECT_FALSE(answer.complete);
}

TEST_F(AnswersTest, FilesOfTheDashboard) {
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

TEST_F(AnswersTest, MapTilesAreNamedToThePageAndAllowedInItsPolicy) {
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

TEST_F(AnswersTest, PagesForPeopleHoldNothingInline) {
    Start();
    const Answer page = Get("/api");
    EXPECT_THAT(page.body, Not(HasSubstr("<style")));
    EXPECT_THAT(page.body, HasSubstr("href=\"/api.css\""));
    EXPECT_EQ(Get("/api.css").Header("Content-Type"), "text/css; charset=utf-8");
}

}  // namespace
}  // namespace tilth::api
