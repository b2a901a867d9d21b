#include "api/http/openapi.h"
#include "base/append.h"

#include <simdjson.h>

namespace tilth::api {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::string Escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string Text(object from, std::string_view key) {
    std::string_view text;
    return from[key].get(text) == simdjson::SUCCESS ? Escape(text) : "";
}

std::string Upper(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return upper;
}

void AddParameters(std::string& page, object operation) {
    simdjson::dom::array parameters;
    if (operation["parameters"].get(parameters) != simdjson::SUCCESS) return;
    page += "<table><tr><th>parameter</th><th>in</th><th>meaning</th></tr>\n";
    for (const element parameter : parameters) {
        const object one = parameter;
        Append(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n",
            Text(one, "name"),
            Text(one, "in"),
            Text(one, "description")
        );
    }
    page += "</table>\n";
}

void AddBody(std::string& page, object operation) {
    object content;
    if (operation["requestBody"]["content"].get(content) != simdjson::SUCCESS) return;
    for (const auto& type : content) {
        Append(page, "<p>Body: <code>{}</code>", Escape(type.key));
        object properties;
        if (type.value["schema"]["properties"].get(properties) == simdjson::SUCCESS) {
            page += " with";
            for (const auto& property : properties)
                Append(page, " <code>{}</code>", Escape(property.key));
        }
        page += "</p>\n";
    }
}

void AddOperation(
    std::string& page, std::string_view method, std::string_view path, object operation
) {
    Append(
        page,
        "<section><h2><code>{} {}</code></h2>\n<p>{}. ",
        Upper(method),
        Escape(path),
        Text(operation, "summary")
    );
    Append(page, "Right: {}.</p>\n", Text(operation, "x-right"));
    AddParameters(page, operation);
    AddBody(page, operation);
    page += "</section>\n";
}

constexpr std::string_view kStyle = R"(:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}
h2{font-size:1.1rem;margin:2rem 0 .3rem}
table{border-collapse:collapse}
th,td{text-align:left;padding:.15rem .8rem .15rem 0;vertical-align:top}
)";

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Tilth: the HTTP API</title>
<link rel="stylesheet" href="/api.css">
</head><body><main>
<h1>Tilth: the HTTP API</h1>
<p>For machines, as OpenAPI 3.1: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>. Times are RFC 3339 in UTC; depth
is metres, positive down; errors are RFC 9457 problems.</p>
)";

}  // namespace

std::string_view OpenApiPageStyle() {
    return kStyle;
}

std::string OpenApiPage() {
    simdjson::dom::parser parser;
    object paths;
    const std::string_view document = OpenApiDocument();
    std::string page(kHead);
    if (parser.parse(document.data(), document.size())["paths"].get(paths) != simdjson::SUCCESS)
        return page;
    for (const auto& path : paths) {
        const object operations = path.value;
        for (const auto& operation : operations)
            AddOperation(page, operation.key, path.key, operation.value);
    }
    return page += "</main></body></html>\n";
}

}  // namespace tilth::api
