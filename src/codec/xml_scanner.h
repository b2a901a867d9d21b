// Walks through XML without building a tree: start tags, end tags and text, one after the other.
// Enough for what spreadsheets are made of. Document types (and so entities of their own) are
// refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tilth::codec {

class XmlScanner {
  public:
    enum class Event { kStart, kEnd, kText, kDone, kError };

    /// The text must outlive the scanner.
    explicit XmlScanner(std::string_view text) : rest_(text) {}

    /// Goes on to the next event. An element <a/> is a start and an end. After kDone or kError it
    /// stays there.
    Event Next();

    /// Of kStart and kEnd: the name without its namespace prefix.
    std::string_view name() const { return name_; }
    /// Of kText: with entities replaced; valid until the next call.
    std::string_view text() const { return text_; }
    /// Of kStart: an attribute by its name without prefix, entities replaced.
    std::optional<std::string> Attribute(std::string_view name) const;

  private:
    Event TakeText();
    Event TakeTag();
    Event TakeCData();
    Event Error();
    bool SkipPast(std::string_view end);

    std::string_view rest_;
    std::string_view name_;
    std::string_view attributes_;
    std::string text_;
    bool pending_end_ = false;
    bool failed_ = false;
};

/// Replaces &amp; &lt; &gt; &quot; &apos; and character references; others stay as they are.
void AppendUnescaped(std::string& out, std::string_view text);

}  // namespace tilth::codec
