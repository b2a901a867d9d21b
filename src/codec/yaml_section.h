// Strict reading of YAML: every key known, every value of its kind, every complaint with its line.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tilth::codec {

/// Keeps the first complaint about a document; later ones are often its consequence.
class YamlErrors {
  public:
    template <class... Args>
    void Add(const YAML::Node& at, fmt::format_string<Args...> format, Args&&... args) {
        AddAt(
            at.IsDefined() ? at.Mark().line : -1, fmt::format(format, std::forward<Args>(args)...)
        );
    }
    void AddAt(int line_from_zero, std::string message);
    bool Empty() const { return status_.has_value(); }  ///< No complaint.
    const Status& status() const { return status_; }

  private:
    Status status_;
};

/// Parses one document of at most 16 MB. kBadInput with the line when it is no YAML.
Result<YAML::Node> LoadYaml(std::string_view text);

/// A mapping with the keys it may have. What is asked for and has the wrong kind is a complaint to
/// `errors`, and the answer is the default. A key whose value is null counts as absent.
class YamlSection {
  public:
    /// Complains when `node` is no mapping, or about a key that is not in `keys` or stands twice.
    /// `what` names the section in messages: "a sensor".
    YamlSection(
        YamlErrors& errors,
        const YAML::Node& node,
        std::string_view what,
        const std::vector<std::string_view>& keys
    );

    bool Has(std::string_view key) const { return Get(key).IsDefined(); }
    /// An undefined node when there is none.
    YAML::Node Get(std::string_view key) const;
    const YAML::Node& node() const { return node_; }

    std::string Text(std::string_view key, std::string_view otherwise = {}) const;
    /// A text that must be there and be a key (base/text.h).
    std::string Key(std::string_view key) const;
    std::optional<double> Number(std::string_view key, double low, double high) const;
    std::optional<int64_t> Whole(std::string_view key, int64_t low, int64_t high) const;
    bool Truth(std::string_view key, bool otherwise) const;
    tilth::Duration Length(std::string_view key) const;
    /// One text or a list of texts.
    std::vector<std::string> Texts(std::string_view key) const;
    std::vector<double> Numbers(std::string_view key) const;
    /// The elements of a list.
    std::vector<YAML::Node> List(std::string_view key) const;
    /// Complains about what stands at `key`, or about the section when nothing does.
    template <class... Args>
    void Complain(std::string_view key, fmt::format_string<Args...> format, Args&&... args) const {
        const YAML::Node at = Get(key);
        errors_.Add(
            at.IsDefined() ? at : node_, "{}", fmt::format(format, std::forward<Args>(args)...)
        );
    }

  private:
    std::optional<std::string> Scalar(std::string_view key, std::string_view expected) const;

    YamlErrors& errors_;
    YAML::Node node_;
    std::string what_;
};

/// A finite number that is written out and nothing else.
std::optional<double> ParseNumber(std::string_view text);

}  // namespace tilth::codec
