// links: tilth_api_http tilth_telemetry
// Everything a request goes through before its handler: target, parameters, headers, JSON body.
#include "api/http/compress.h"
#include "api/http/gate.h"
#include "api/http/json_body.h"
#include "api/http/negotiate.h"

#include <cstdlib>

namespace {

using namespace tilth;
using namespace tilth::api;

const Time kNow = FromMicros(1'746'079'200'000'000);

void Require(bool truth) {
    if (!truth) std::abort();
}

void ReadParameters(std::string_view text) {
    Result<Parameters> parameters = Parameters::Parse(text);
    if (!parameters) return;
    const auto range = parameters->Range(kNow);
    Require(!range || range->from <= range->to);
    const auto points = parameters->Integer("max_points", 4, 100'000);
    Require(!points || !*points || (**points >= 4 && **points <= 100'000));
    const auto depth = parameters->Number("depth");
    Require(!depth || !*depth || std::isfinite(**depth));
    (void)parameters->Flags("flags");
    (void)parameters->Flag("raw");
    for (const std::string& one : parameters->List("aggregate")) (void)query::ParseAggregate(one);
    if (const auto every = parameters->Text("every")) {
        const auto step = query::Every::Parse(*every);
        Require(!step || step->BucketStart(kNow) <= kNow);
        Require(!step || step->Next(step->BucketStart(kNow)) > kNow);
    }
    (void)ChooseFormat(parameters->Text("format"), text);
    (void)parameters->CheckAllKnown();
}

void ReadBody(const std::string& text) {
    Result<JsonBody> body = JsonBody::Parse(text);
    if (!body) return;
    (void)body->Text("datastream");
    (void)body->Range(kNow);
    (void)body->OptionalInteger("max_rows", 1, 10);
    (void)body->CheckAllKnown();
}

void PassGate(std::string_view text) {
    static const ServerOptions options;
    static const std::vector<Asset> assets;
    static const Gate gate(
        options,
        {{.method = Method::kGet,
          .pattern = "/api/v1/things/{name}",
          .handler = [](Request&) { return Response(); }},
         {.method = Method::kPost,
          .pattern = "/api/v1/notes",
          .handler = [](Request&) { return Response(); }}},
        assets
    );
    Head head;
    const size_t third = text.size() / 3;
    head.method = "GET";
    head.target = text;
    head.host = text.substr(0, third);
    head.origin = text.substr(third, third);
    head.sender.authorization = text.substr(0, third);
    head.accept_encoding = text;
    (void)gate.Admit(head);
    head.host = "localhost";
    const auto admission = gate.Admit(head);
    Require(admission || std::get<std::string>(admission.error().payload).starts_with("{\"type\""));
    head.method = "POST";
    head.content_type = text;
    (void)gate.Admit(head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    ReadParameters(text);
    ReadBody(text);
    PassGate(text);
    return 0;
}
