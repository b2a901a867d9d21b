// What a message gets, and what is left of it after a kill.
#include "broker_plugin/testing/plugin_broker.h"

namespace tilth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class IdentityTest : public PluginTest,
                     public testing::WithParamInterface<std::tuple<const char*, int>> {};

TEST_P(IdentityTest, AMessageGetsAnIdAndATime) {
    const auto [version, qos] = GetParam();
    StartBroker();
    MakeSession("s", "other");
    const Output sent = Shell(fmt::format(
        "(sleep 0.5; mosquitto_pub -V {1} -q {2} -p {0} -t a/b -m hello) & "
        "mosquitto_sub -V mqttv5 -q 2 -p {0} -t 'a/#' -C 1 -W 20 -F '%p %P'",
        broker_->port(),
        version,
        qos
    ));
    EXPECT_THAT(
        sent.text,
        testing::MatchesRegex("hello tilth-id:[0-9a-f]{16}-[0-9a-f]{10}-[0-9a-f]{8}@[0-9]{16}\n")
    );
}

INSTANTIATE_TEST_SUITE_P(
    VersionsAndQos,
    IdentityTest,
    testing::Combine(testing::Values("mqttv311", "mqttv5"), testing::Values(0, 1, 2))
);

TEST_F(PluginTest, IdsThatAPublisherSetsAreRemovedAndNothingElse) {
    StartBroker();
    MakeSession("s", "a");
    Publish(
        "-V mqttv5 -q 1 -t a -m x -D publish user-property tilth-id forged "
        "-D publish user-property one 1 -D publish user-property tilth-arrival 5 "
        "-D publish user-property tilth-id again -D publish user-property two 2 "
        "-D publish content-type text/plain"
    );
    const auto lines = Receive("s", "a", "%P %C", "-C 1");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(
        lines[0], testing::MatchesRegex("one:1 two:2 tilth-id:[0-9a-f-]{36}@[0-9]{16} text/plain")
    );
}

TEST_F(PluginTest, ThePublishersTraceStaysAsItWasSentAlsoOverAKill) {
    StartBroker();
    MakeSession("s", "a");
    const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Publish(fmt::format(
        "-V mqttv5 -q 1 -t a -m x -D publish user-property traceparent {} "
        "-D publish user-property tracestate vendor=1,other=2",
        parent
    ));
    KillAndRestart();
    const auto lines = Receive("s", "a", "%P", "-C 1");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(
        lines[0],
        testing::StartsWith("traceparent:" + parent + " tracestate:vendor=1,other=2 tilth-id:")
    );
}

TEST_F(PluginTest, WhatWasAcknowledgedSurvivesAKillWithItsIdAndProperties) {
    StartBroker();
    MakeSession("plain", "a/#");
    MakeSession("member", "$share/group/a/#");
    Publish(
        "-V mqttv5 -q 1 -t a/1 -m one -D publish user-property key value "
        "-D publish content-type text/plain -D publish response-topic back "
        "-D publish correlation-data 123 -D publish payload-format-indicator 1"
    );
    Publish("-q 2 -t a/2 -m two");
    Publish("-q 0 -t a/3 -m three");
    KillAndRestart();
    const auto plain = WithoutTimeout(Receive("plain", "a/#", "%t %p %C %R %D %F %P"));
    ASSERT_EQ(plain.size(), 2u) << broker_->Log();
    EXPECT_THAT(plain[0], HasSubstr("a/1 one text/plain back 123 1 key:value tilth-id:"));
    EXPECT_THAT(plain[1], HasSubstr("a/2 two"));
    const auto member = WithoutTimeout(Receive("member", "$share/group/a/#", "%P"));
    EXPECT_EQ(Ids(member), Ids(plain));
}

TEST_F(PluginTest, IntervalLosesNothingWhenTheBrokerIsKilled) {
    StartBroker({"plugin_opt_sync interval", "plugin_opt_interval 1000"});
    MakeSession("s", "a");
    Publish("-q 1 -t a -m x");
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre("x"));
}

TEST_F(PluginTest, RetainedMessagesOfAnyQosAreJournalled) {
    StartBroker({"autosave_interval 100000"});
    Publish("-q 0 -r -t a/zero -m 0");
    Publish("-q 1 -r -t a/one -m old");
    Publish("-q 1 -r -t a/one -m new");
    KillAndRestart();
    EXPECT_THAT(
        WithoutTimeout(Receive("s", "a/#", "%t %p %r")),
        testing::UnorderedElementsAre("a/zero 0 1", "a/one new 1")
    );
}

TEST_F(PluginTest, RetainedMessagesCanBeLeftOut) {
    StartBroker({"autosave_interval 100000", "plugin_opt_retained false"});
    Publish("-q 1 -r -t a -m x");
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre());
}

TEST_F(PluginTest, OnlyChosenTopicsAreJournalledAndAllGetIds) {
    StartBroker({"plugin_opt_topic kept/#", "autosave_interval 100000"});
    MakeSession("s", "#");
    broker_->Save();
    Publish("-q 1 -t kept/a -m 1");
    Publish("-q 1 -t left -m 2");
    const auto lines = WithoutTimeout(Receive("s", "#", "%P"));
    EXPECT_EQ(Ids(lines).size(), 2u);
    KillAndRestart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "#", "%t")), ElementsAre("kept/a"));
}

TEST_F(PluginTest, ACleanStopEmptiesTheJournal) {
    StartBroker();
    MakeSession("s", "a");
    Publish("-q 1 -t a -m x");
    broker_->Stop();
    EXPECT_EQ(CountFiles(".journal"), 0u);
    Restart();
    EXPECT_THAT(WithoutTimeout(Receive("s", "a")), ElementsAre("x"));
}

TEST_F(PluginTest, WithoutAJournalThereAreIdsAndNoFiles) {
    StartBroker({"plugin_opt_sync off"});
    MakeSession("s", "a");
    Publish("-q 1 -t a -m x -V mqttv5 -D publish user-property tilth-id forged");
    const auto lines = WithoutTimeout(Receive("s", "a", "%P"));
    EXPECT_EQ(Ids(lines).size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(broker_->dir() / "journal"));
}

}  // namespace
}  // namespace tilth
