// Reads the answers of the API: values by path, with a default where there is none.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::app {

/// A parsed document or a part of it; copies share it.
class Json {
  public:
    /// kCorrupt: not JSON.
    static Result<Json> Parse(std::string_view text);

    /// Paths are keys joined by dots: "lag.records". Missing and null: empty text, 0, no items.
    std::string Text(std::string_view path) const;
    double Number(std::string_view path) const;
    bool Bool(std::string_view path) const;
    std::vector<Json> Items(std::string_view path) const;

  private:
    struct Document;
    struct Node;
    std::shared_ptr<const Document> document_;
    std::shared_ptr<const Node> node_;
};

}  // namespace tilth::app
