// What each route answers, by a real socket.
#include "api/http/testing/served_lab.h"

namespace tilth::api {
namespace {

using testing::Answer;
using ::testing::HasSubstr;

class RoutesTest : public testing::ServedLab {
  protected:
    RoutesTest() { Start(); }
};

TEST_F(RoutesTest, ThingsAndTheirPresentState) {
    const Answer answer = Get("/api/v1/things");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("Content-Type"), "application/json");
    EXPECT_EQ(
        answer.body,
        R"({"now":"2025-05-01T06:00:00Z","things":[{"name":"node 1","description":"","device":"","location":null,)"
        R"("registered_itself":false,"emulated":false,"state":"live","last_time":"2025-05-01T06:00:00Z","age_seconds":0,)"
        R"("battery":null,"datastreams":1}]})"
    );
    EXPECT_THAT(Get("/api/v1/things/node%201").body, HasSubstr(R"("datastreams":[{"id":")"));
    EXPECT_EQ(Get("/api/v1/things/node2").status, 404);
}

TEST_F(RoutesTest, DatastreamsByWhatFitsByIdAndByName) {
    EXPECT_THAT(
        Get("/api/v1/datastreams?property=soil_temp&depth=0.05").body,
        HasSubstr(R"("title":"Soil temperature","depth":0.05,"label":"","unit":"Cel")")
    );
    const std::string by_id =
        Get(fmt::format("/api/v1/datastreams/{}", tilth::Raw(datastream_.id))).body;
    EXPECT_THAT(
        by_id,
        HasSubstr(
            R"("last":{"time":"2025-05-01T06:00:00Z","value":13,"raw_value":130,"flag":"good","tests":[],"provisional":false})"
        )
    );
    EXPECT_EQ(Get("/api/v1/datastreams/node%201%2Fsoil_temperature%400.05m").body, by_id);
    EXPECT_EQ(Get("/api/v1/datastreams/7").status, 404);
}

TEST_F(RoutesTest, ObservationsInEveryFormat) {
    const std::string target =
        fmt::format("/api/v1/observations?datastream={}", tilth::Raw(datastream_.id));
    const Answer json = Get(target);
    EXPECT_EQ(json.status, 200);
    EXPECT_THAT(
        json.body,
        HasSubstr(
            R"("rows":[["2025-05-01T05:55:00Z",12.5,"good",[]],["2025-05-01T06:00:00Z",13,"good",[]]])"
        )
    );
    EXPECT_THAT(json.body, HasSubstr(R"("token":"1"})"));
    const Answer csv = Get(target, "Accept: text/csv\r\n");
    EXPECT_EQ(csv.Header("Content-Type"), "text/csv; charset=utf-8");
    EXPECT_THAT(
        csv.body,
        HasSubstr("2025-05-01T05:55:00Z,node 1,soil_temperature,0.05,Cel,12.5,125,good,\n")
    );
    const Answer parquet = Get(target + "&format=parquet");
    EXPECT_EQ(parquet.Header("Content-Type"), "application/vnd.apache.parquet");
    EXPECT_TRUE(parquet.body.starts_with("PAR1") && parquet.body.ends_with("PAR1"));
    EXPECT_THAT(
        Get(target + "&from=-1m").body,
        HasSubstr(R"("rows":[["2025-05-01T06:00:00Z",13,"good",[]]])")
    );
    EXPECT_THAT(
        Get(target + "&every=day&aggregate=mean,count").body,
        HasSubstr(R"("rows":[["2025-05-01T00:00:00Z",12.75,2]])")
    );
}

TEST_F(RoutesTest, EverySeriesAtOnceComesAsCsvButNotAsJson) {
    const Answer all = Get("/api/v1/observations?format=csv");
    EXPECT_EQ(all.status, 200);
    EXPECT_EQ(all.body, Get("/api/v1/observations?thing=node+1&format=csv").body);
    EXPECT_EQ(Get("/api/v1/observations").status, 400);
}

TEST_F(RoutesTest, BadParametersAreProblemsThatNameThem) {
    const std::string target = "/api/v1/observations?thing=node+1&";
    for (const auto& [parameter, word] : std::vector<std::pair<std::string, std::string>>{
             {"from=yesterday", "'from'"},
             {"to=2025-13-01", "'to'"},
             {"from=now&to=-1d", "'to'"},
             {"max_points=3", "from 4 to 100000"},
             {"max_points=1e3", "from 4 to 100000"},
             {"flags=good,wrong", "'flags'"},
             {"raw=yes", "'raw'"},
             {"every=year", "'every'"},
             {"every=day&aggregate=median", "'aggregate'"},
             {"aggregate=mean", "'every'"},
             {"every=day&max_points=100", "does not go together"},
             {"format=xml", "'format'"},
             {"depth=deep", "'depth'"},
             {"form=-7d", "did you mean 'from'?"},
             {"from=%zz", "'%zz'"},
             {"from=%ff", "UTF-8"},
             {"limit=0", "'limit'"}}) {
        const Answer answer = Get(target + parameter);
        EXPECT_EQ(answer.status, 400) << parameter;
        EXPECT_EQ(answer.Header("Content-Type"), "application/problem+json");
        EXPECT_THAT(answer.body, HasSubstr(word)) << parameter;
        EXPECT_THAT(
            answer.body,
            HasSubstr(R"("type":"urn:tilth:problem:bad-input","title":"Bad input","status":400)")
        );
    }
    EXPECT_EQ(Get("/api/v1/observations?datastream=nothing").status, 404);
    EXPECT_EQ(Get(target, "Accept: image/png\r\n").status, 406);
}

TEST_F(RoutesTest, AStoreThatIsAwayIs503) {
    store_.FailWith({Fault::kUnavailable, "the store is away"});
    const Answer answer = Get("/api/v1/things");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.Header("Retry-After"), "2");
    EXPECT_THAT(answer.body, HasSubstr("the store is away"));
}

TEST_F(RoutesTest, EvidenceOfAFlag) {
    const Answer answer = Get(fmt::format(
        "/api/v1/explanations?datastream={}&time=2025-05-01T06:00:00Z", tilth::Raw(datastream_.id)
    ));
    EXPECT_THAT(
        answer.body,
        HasSubstr(
            R"("reasons":[{"test":"gross_range","flag":"fail","text":"too high","thresholds":{"fail_max":60},)"
            R"("saw":[{"time":"2025-05-01T06:00:00Z","value":99}]}],"not_evaluated":[],"manual":null,"raw":{"writer":"0")"
        )
    );
    EXPECT_EQ(Get("/api/v1/explanations?time=now").status, 400);
    const Answer raw = Get("/api/v1/raw/3/17");
    EXPECT_THAT(
        raw.body, HasSubstr(R"("id":"3-17","writer":"3","sequence":"17","kind":"message")")
    );
    EXPECT_EQ(Get("/api/v1/raw/3/x").status, 400);
}

TEST_F(RoutesTest, AMessageIsShownWithTheTraceItsPublisherSent) {
    const std::string parent =
        R"("traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")";
    EXPECT_THAT(
        Get("/api/v1/raw/3/17").body,
        HasSubstr(R"("note":"packet 7",)" + parent + R"(,"tracestate":"a=1"})")
    );
    EXPECT_THAT(
        Get(fmt::format(
                "/api/v1/explanations?datastream={}&time=2025-05-01T06:00:00Z",
                tilth::Raw(datastream_.id)
            ))
            .body,
        HasSubstr(R"("message_id":"run-9",)" + parent + "}")
    );
    DeadLetter letter;
    letter.code = "not_json";
    letter.raw = {WriterId{3}, 17, 0};
    store_.AddDeadLetter(letter);
    EXPECT_THAT(
        Get("/api/v1/dead-letters").body,
        HasSubstr(R"("message_id":"3-17",)" + parent + R"(,"tracestate":"a=1"})")
    );
}

TEST_F(RoutesTest, DeadLettersAreListedAndCounted) {
    DeadLetter letter;
    letter.topic = "sensors";
    letter.code = "not_json";
    letter.reason = "not JSON";
    store_.AddDeadLetter(letter);
    EXPECT_THAT(
        Get("/api/v1/dead-letters?limit=5").body,
        HasSubstr(R"({"total":1,"counts":{"not_json":1},"dead_letters":[{"writer":"0")")
    );
    EXPECT_EQ(
        Post("/api/v1/dead-letters/retry", R"({"code":"not_json"})").body,
        R"({"retried":2,"understood":1})"
    );
}

TEST_F(RoutesTest, AManualFlagKeepsWhoAndWhy) {
    const std::string json =
        R"({"datastream":"node 1/soil_temperature@0.05m","from":"-1h","to":"now","flag":"fail","why":"frozen"})";
    const Answer answer = Post("/api/v1/manual-flags", json);
    EXPECT_EQ(answer.status, 201);
    EXPECT_THAT(
        answer.body,
        HasSubstr(
            R"("from":"2025-05-01T05:00:00Z","to":"2025-05-01T06:00:00Z","flag":"fail","withdraw":false,"who":"local","why":"frozen")"
        )
    );
    EXPECT_EQ(commands_.LastAuthor().who, "local");
    EXPECT_EQ(
        Post(
            "/api/v1/manual-flags/withdraw",
            R"({"datastream":"node 1/soil_temperature@0.05m","from":"-1h","to":"now","why":"no"})"
        )
            .status,
        201
    );
}

TEST_F(RoutesTest, BadBodiesAreProblemsThatNameTheMember) {
    for (const auto& [body, word] : std::vector<std::pair<std::string, std::string>>{
             {"{", "not JSON"},
             {"[]", "JSON object"},
             {R"({"datastream":"x","datastream":"y"})", "more than once"},
             {R"({"datastream":7})", "'datastream'"},
             {R"({"datastream":{"a":1}})", "'datastream'"},
             {R"({"datastream":"x","from":"now","to":"now","flag":"fail","why":"w"})", "'to'"},
             {R"({"datastream":"x","from":"-1h","to":"now","flag":"fail"})", "'why'"},
             {R"({"datastream":"x","from":"-1h","to":"now","flag":"fail","why":"w","wy":"w"})",
              "did you mean 'why'?"}}) {
        const Answer answer = Post("/api/v1/manual-flags", body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_THAT(answer.body, HasSubstr(word)) << body;
    }
}

TEST_F(RoutesTest, TheLab) {
    EXPECT_THAT(
        Get("/api/v1").body, HasSubstr(R"("name":"Tilth","version":"0.1.0","lab":"lab-1")")
    );
    EXPECT_THAT(
        Get("/api/v1/status").body, HasSubstr(R"("lag":{"records":0,"seconds":0},"tasks":[])")
    );
    EXPECT_THAT(
        Get("/api/v1/generations").body,
        HasSubstr(R"({"active":1,"generations":[{"id":1,"config":1,"state":"active")")
    );
    EXPECT_THAT(
        Get("/api/v1/config/2").body,
        HasSubstr(R"({"version":2,"active":false,"text":"site: demo\n")")
    );
    EXPECT_EQ(Get("/api/v1/config/x").status, 400);
    EXPECT_THAT(
        Post("/api/v1/config/check", R"({"text":"bad"})").body,
        HasSubstr(R"({"valid":false,"problems":[{"line":1,"column":2,)")
    );
    EXPECT_EQ(
        Post("/api/v1/config/apply", R"({"text":"site: x","why":"try"})").body,
        R"({"version":2,"generation":2})"
    );
    EXPECT_EQ(Post("/api/v1/replay", R"({"why":"try"})").status, 202);
    EXPECT_THAT(Get("/api/v1/tasks/import-1").body, HasSubstr(R"("id":"import-1")"));
    EXPECT_EQ(Get("/api/v1/tasks/x").status, 404);
    EXPECT_THAT(Get("/api/v1/notes?thing=node+1").body, HasSubstr("notes"));
    EXPECT_EQ(Post("/api/v1/notes", R"({"text":"saw a mole"})").status, 201);
    EXPECT_THAT(Get("/api/v1/properties").body, HasSubstr(R"("short_name":"vwc")"));
    EXPECT_EQ(Get("/healthz").body, R"({"alive":true})");
    EXPECT_EQ(Get("/readyz").status, 200);
    commands_.ready = false;
    EXPECT_EQ(Get("/readyz").status, 503);
    EXPECT_THAT(Get("/metrics").body, HasSubstr("tilth_up 1\n# HELP tilth_http_responses_total"));
    EXPECT_THAT(Get("/api").body, HasSubstr("<code>GET /api/v1/observations</code>"));
}

TEST_F(RoutesTest, AnUploadComesWholeWithItsOptions) {
    std::string file;
    for (int i = 0; i < 100'000; ++i) file += fmt::format("{},{}\n", i, i * 2);
    const Answer answer = Raw(Text(
        "POST",
        "/api/v1/imports?name=a.csv&strict=true",
        "Content-Type: application/octet-stream\r\n",
        file
    ));
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(commands_.uploaded, file);
    EXPECT_EQ(commands_.last_import.file_name, "a.csv");
    EXPECT_TRUE(commands_.last_import.strict);
    EXPECT_EQ(
        Raw(Text("POST", "/api/v1/imports", "Content-Type: application/octet-stream\r\n", file))
            .status,
        400
    );
    EXPECT_EQ(
        Raw(Text(
                "POST",
                "/api/v1/imports?name=b",
                "Content-Type: application/octet-stream\r\n",
                "poison" + file
            ))
            .status,
        400
    );
}

TEST_F(RoutesTest, AChunkedUploadComesWhole) {
    const Answer answer =
        Raw(Text(
                "POST",
                "/api/v1/imports?name=a.csv",
                "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n"
            ) +
            "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(commands_.uploaded, "abcdefg");
}

TEST_F(RoutesTest, SqlIsAskedWithItsQuery) {
    EXPECT_EQ(
        Post("/api/v1/sql", R"({"query":"SELECT 1"})").status, 403
    );  // The store in memory refuses
    EXPECT_EQ(Post("/api/v1/sql", R"({"query":""})").status, 400);
    EXPECT_EQ(Post("/api/v1/sql", R"({"query":"SELECT 1","max_rows":0})").status, 400);
}

}  // namespace
}  // namespace tilth::api
