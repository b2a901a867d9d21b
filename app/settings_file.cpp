// Settings as a YAML file.
#include "app/settings.h"
#include "app/settings_words.h"
#include "base/text.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace tilth::app {

std::string Underscored(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string Suggestion(std::string_view word, const std::vector<std::string>& known) {
    const std::vector<std::string_view> views(known.begin(), known.end());
    const std::string_view closest = Closest(word, views);
    return closest.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                           : fmt::format("did you mean \"{}\"?", closest);
}

namespace {

/// One line of a settings file; sections are dissolved.
struct Entry {
    int line = 0;
    std::string key;
    YAML::Node value;
};

std::vector<Entry> EntriesOf(const YAML::Node& map, const std::string& prefix = "") {
    std::vector<Entry> entries;
    for (const auto& pair : map) {
        const std::string key = prefix + pair.first.Scalar();
        if (pair.second.IsMap()) {
            const std::vector<Entry> inside = EntriesOf(pair.second, key + "_");
            entries.insert(entries.end(), inside.begin(), inside.end());
        } else {
            entries.push_back({pair.first.Mark().line + 1, key, pair.second});
        }
    }
    return entries;
}

Status ApplyEntry(const std::string& file, const Entry& entry, std::vector<Option>& options) {
    std::vector<std::string> known;
    known.reserve(options.size());
    for (const Option& option : options) known.push_back(Underscored(option.name));
    const auto at = std::ranges::find(known, entry.key);
    if (at == known.end()) {
        return Fail(
            Fault::kBadInput,
            "{}:{}: unknown key \"{}\"; {}",
            file,
            entry.line,
            entry.key,
            Suggestion(entry.key, known)
        );
    }
    if (!entry.value.IsScalar())
        return Fail(Fault::kBadInput, "{}:{}: {} needs one value", file, entry.line, entry.key);
    const Status status =
        options[static_cast<size_t>(at - known.begin())].set(entry.value.Scalar());
    if (status) return {};
    return Fail(
        Fault::kBadInput, "{}:{}: {}: {}", file, entry.line, entry.key, status.error().message
    );
}

}  // namespace

Status ApplyFile(const std::filesystem::path& file, std::vector<Option>& options) {
    YAML::Node root;
    try {
        root = YAML::LoadFile(file.string());
    } catch (const YAML::BadFile&) {
        return Fail(Fault::kBadInput, "{} cannot be read", file.string());
    } catch (const YAML::Exception& e) {
        return Fail(Fault::kBadInput, "{}:{}: {}", file.string(), e.mark.line + 1, e.msg);
    }
    if (root.IsNull()) return {};
    if (!root.IsMap())
        return Fail(Fault::kBadInput, "{}: expected lines of the form key: value", file.string());
    for (const Entry& entry : EntriesOf(root))
        TILTH_CHECK(ApplyEntry(file.string(), entry, options));
    return {};
}

bool IsSettingsFile(const std::filesystem::path& file, const std::vector<Option>& options) {
    try {
        const YAML::Node root = YAML::LoadFile(file.string());
        return root.IsMap() && std::ranges::any_of(EntriesOf(root), [&](const Entry& entry) {
                   return entry.value.IsScalar() &&
                          std::ranges::any_of(options, [&](const Option& option) {
                              return Underscored(option.name) == entry.key;
                          });
               });
    } catch (const YAML::Exception&) {
        return false;
    }
}

}  // namespace tilth::app
