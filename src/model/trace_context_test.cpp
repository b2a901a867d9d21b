#include "model/trace_context.h"

#include <gtest/gtest.h>

namespace tilth {
namespace {

/// The specification's own example.
const std::string kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const std::string kState = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE";

TEST(TraceContext, TheExampleOfTheSpecificationNamesTraceAndSpan) {
    const auto trace = ParseTraceContext(kParent, kState);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->TraceId(), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(trace->SpanId(), "00f067aa0ba902b7");
    EXPECT_EQ(trace->tracestate, kState);
}

TEST(TraceContext, WhatIsNotWellFormedIsNone) {
    for (const std::string& text : {
             std::string(),
             std::string("00"),
             kParent.substr(0, 54),
             kParent + "-00",  // version 00 has nothing more
             kParent + "0",
             "ff" + kParent.substr(2),
             "0G" + kParent.substr(2),
             std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
             std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
             std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
             std::string("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
             std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x"),
             "01" + kParent.substr(2) + "x",
             "01" + kParent.substr(2) + "-" + std::string(300, 'x'),
             "01" + kParent.substr(2) + "-a\nb",
         }) {
        EXPECT_FALSE(ParseTraceContext(text, kState)) << text;
    }
}

TEST(TraceContext, ALaterVersionMaySayMore) {
    EXPECT_TRUE(ParseTraceContext("01" + kParent.substr(2), ""));
    EXPECT_TRUE(ParseTraceContext("cc" + kParent.substr(2) + "-what-the-future-holds", ""));
}

TEST(TraceContext, AStateThatCannotBeKeptIsLeftOut) {
    EXPECT_EQ(ParseTraceContext(kParent, std::string(512, 'x'))->tracestate.size(), 512U);
    EXPECT_EQ(ParseTraceContext(kParent, std::string(513, 'x'))->tracestate, "");
    EXPECT_EQ(ParseTraceContext(kParent, "a=1\nb=2")->tracestate, "");
}

TEST(TraceContext, ANoteKeepsItBehindWhateverElseItSays) {
    for (const std::string before :
         {"", "packet 17", "13000000 bytes, digest 1234, refused: why"}) {
        for (const std::string& state : {std::string(), kState}) {
            std::string note = before;
            AppendTrace(note, *ParseTraceContext(kParent, state));
            const auto trace = TraceOf(note);
            ASSERT_TRUE(trace) << note;
            EXPECT_EQ(trace->traceparent, kParent);
            EXPECT_EQ(trace->tracestate, state);
            EXPECT_EQ(WithoutTrace(note), before);
        }
    }
}

TEST(TraceContext, ANoteWithoutOneIsAllThatItSays) {
    for (const std::string note :
         {"", "packet 17", "traceparent", "the traceparent 00-1 of a test"}) {
        EXPECT_FALSE(TraceOf(note)) << note;
        EXPECT_EQ(WithoutTrace(note), note);
    }
    EXPECT_FALSE(TraceOf("packet 3\ntraceparent 00-1"));
}

}  // namespace
}  // namespace tilth
