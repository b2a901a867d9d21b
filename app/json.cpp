#include "app/json.h"

#include <simdjson.h>

namespace tilth::app {

struct Json::Document {
    simdjson::dom::parser parser;
};
struct Json::Node {
    simdjson::dom::element element;

    /// The element at a path of keys joined by dots; false: there is none.
    bool Find(std::string_view path, simdjson::dom::element& found) const {
        found = element;
        while (!path.empty()) {
            const size_t dot = path.find('.');
            if (found[path.substr(0, dot)].get(found) != simdjson::SUCCESS) return false;
            path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
        }
        return true;
    }
};

Result<Json> Json::Parse(std::string_view text) {
    auto document = std::make_shared<Document>();
    auto node = std::make_shared<Node>();
    if (document->parser.parse(text.data(), text.size()).get(node->element) != simdjson::SUCCESS) {
        return Fail(Fault::kCorrupt, "the lab's answer is not JSON");
    }
    Json json;
    json.document_ = std::move(document);
    json.node_ = std::move(node);
    return json;
}

std::string Json::Text(std::string_view path) const {
    simdjson::dom::element found;
    if (!node_->Find(path, found)) return {};
    std::string_view text;
    if (found.get(text) == simdjson::SUCCESS) return std::string(text);
    return found.is_null() ? std::string() : simdjson::minify(found);
}

double Json::Number(std::string_view path) const {
    simdjson::dom::element found;
    double number = 0;
    if (!node_->Find(path, found) || found.get(number) != simdjson::SUCCESS) return 0;
    return number;
}

bool Json::Bool(std::string_view path) const {
    simdjson::dom::element found;
    bool value = false;
    return node_->Find(path, found) && found.get(value) == simdjson::SUCCESS && value;
}

std::vector<Json> Json::Items(std::string_view path) const {
    simdjson::dom::element found;
    simdjson::dom::array array;
    std::vector<Json> items;
    if (!node_->Find(path, found) || found.get(array) != simdjson::SUCCESS) return items;
    for (const simdjson::dom::element element : array) {
        Json item;
        item.document_ = document_;
        item.node_ = std::make_shared<Node>(Node{element});
        items.push_back(std::move(item));
    }
    return items;
}

}  // namespace tilth::app
