#include "codec/xml_scanner.h"

#include <gtest/gtest.h>

namespace tilth::codec {
namespace {

/// "<a" start, ">a" end, "'text" text, "!" error.
std::string Events(std::string_view xml) {
    XmlScanner scanner(xml);
    std::string events;
    while (true) {
        switch (scanner.Next()) {
            case XmlScanner::Event::kStart:
                events += "<" + std::string(scanner.name());
                break;
            case XmlScanner::Event::kEnd:
                events += ">" + std::string(scanner.name());
                break;
            case XmlScanner::Event::kText:
                events += "'" + std::string(scanner.text());
                break;
            case XmlScanner::Event::kDone:
                return events;
            case XmlScanner::Event::kError:
                return events + "!";
        }
    }
}

TEST(XmlScanner, TagsTextAndEmptyElementsComeInOrder) {
    EXPECT_EQ(Events("<?xml version='1.0'?><a><b>x</b><c/></a>"), "<a<b'x>b<c>c>a");
    EXPECT_EQ(Events("<x:a y:b='1'></x:a >"), "<a>a");
    EXPECT_EQ(Events("<!-- <b> --><a><![CDATA[<&]]></a>"), "<a'<&>a");
}

TEST(XmlScanner, EntitiesAndAttributesAreUnescaped) {
    EXPECT_EQ(Events("<a>&lt;&amp;&#176;&#xB3;&unknown; &</a>"), "<a'<&\u00b0\u00b3&unknown; &>a");
    XmlScanner scanner("<a r:id = \"x&quot;\" b='>'/>");
    EXPECT_EQ(scanner.Next(), XmlScanner::Event::kStart);
    EXPECT_EQ(scanner.Attribute("id"), "x\"");
    EXPECT_EQ(scanner.Attribute("b"), ">");
    EXPECT_EQ(scanner.Attribute("c"), std::nullopt);
}

TEST(XmlScanner, DamageAndDocumentTypesAreErrors) {
    for (const char* xml : {"<a", "<", "<a b='>", "<!-- x", "<?x", "<![CDATA[x", "<>", "</>"}) {
        EXPECT_TRUE(Events(xml).ends_with("!")) << xml;
    }
    EXPECT_EQ(Events("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), "!");
}

}  // namespace
}  // namespace tilth::codec
