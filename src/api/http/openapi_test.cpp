// The document and the table of routes say the same.
#include "api/http/openapi.h"

#include "api/http/api.h"
#include "api/http/testing/fake_commands.h"
#include "query/testing/memory_store.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>

namespace tilth::api {
namespace {

std::string Lower(std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return text;
}

using simdjson::dom::element;
using simdjson::dom::object;

object Members(element of) {
    return of;
}
std::string_view Text(element of, std::string_view key) {
    return of[key];
}

class OpenApiTest : public ::testing::Test {
  protected:
    std::vector<Route> Routes() { return api_.Routes(); }

    query::testing::MemoryStore store_;
    SystemClock clock_;
    testing::FakeCommands commands_;
    ServerCounters counters_;
    Api api_{{store_, clock_, commands_, nullptr, nullptr, {}}, {}, counters_};
    simdjson::dom::parser parser_;
    element document_ = parser_.parse(OpenApiDocument().data(), OpenApiDocument().size());
};

TEST_F(OpenApiTest, HasExactlyTheRoutesThereAreWithTheirRights) {
    std::set<std::string> documented;
    for (const auto& path : Members(document_["paths"])) {
        for (const auto& operation : Members(path.value)) {
            const std::string_view right = Text(operation.value, "x-right");
            documented.insert(fmt::format("{} {} {}", operation.key, path.key, right));
        }
    }
    std::set<std::string> served;
    for (const Route& route : Routes()) {
        served.insert(
            fmt::format("{} {} {}", Lower(Name(route.method)), route.pattern, Name(route.right))
        );
    }
    EXPECT_EQ(documented, served);
}

TEST_F(OpenApiTest, EveryParameterInAPathIsDescribed) {
    for (const auto& path : Members(document_["paths"])) {
        std::string_view left = path.key;
        while (left.find('{') != std::string_view::npos) {
            left.remove_prefix(left.find('{') + 1);
            const std::string_view name = left.substr(0, left.find('}'));
            for (const auto& operation : Members(path.value)) {
                bool found = false;
                const simdjson::dom::array parameters = operation.value["parameters"];
                for (const element parameter : parameters) {
                    found |= Text(parameter, "name") == name && Text(parameter, "in") == "path";
                }
                EXPECT_TRUE(found) << path.key << " " << name;
            }
        }
    }
}

TEST_F(OpenApiTest, EveryReferenceLeadsSomewhere) {
    const std::string_view text = OpenApiDocument();
    for (size_t at = text.find("\"#/"); at != std::string_view::npos;
         at = text.find("\"#/", at + 1)) {
        const std::string_view pointer = text.substr(at + 2, text.find('"', at + 1) - at - 2);
        EXPECT_EQ(document_.at_pointer(pointer).error(), simdjson::SUCCESS) << pointer;
    }
    EXPECT_EQ(Text(document_, "openapi"), "3.1.0");
}

}  // namespace
}  // namespace tilth::api
